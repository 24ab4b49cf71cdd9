// The phases of an actor's life, and the legal moves between them.
//
//   starting     its behaviour is made in the next turn
//   running      takes messages
//   waiting      a promise of its behaviour has not settled
//   restarting   has failed; its children are stopping
//   backing-off  pauses before it is made again
//   stopping     takes nothing any more; its children are stopping
//   stopped      for good

import { assert } from '../model/errors.ts'

export type Phase = 'starting' | 'running' | 'waiting' | 'restarting' | 'backing-off' | 'stopping' | 'stopped'

const moves = {
  starting: ['running', 'restarting', 'stopping'],
  running: ['waiting', 'restarting', 'stopping'],
  waiting: ['running'],
  restarting: ['starting', 'backing-off', 'stopping'],
  'backing-off': ['starting', 'stopping'],
  stopping: ['stopped'],
  stopped: [],
} as const satisfies Record<Phase, readonly Phase[]>

/** @returns `to`, if an actor may go there */
export function move(from: Phase, to: Phase, address: string): Phase {
  assert((moves[from] as readonly Phase[]).includes(to), () => `actor ${address} went from ${from} to ${to}`)
  return to
}
