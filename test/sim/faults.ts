// What goes wrong in a run: a mix drawn for each seed, all of it before the moment of healing. Behind that the world is kind, and the job
// must come to its end.

import { committerCrashPoints } from '../../actors/committer.ts'
import { coordinatorCrashPoints } from '../../actors/coordinator.ts'
import { subtaskCrashPoints } from '../../actors/subtask.ts'
import type { Choices } from '../../src/sim/choices.ts'
import { diskCrashPoints } from './process-disk.ts'

/** Every named place at which a process of the simulation can end. */
export const crashPoints: readonly string[] = [
  ...coordinatorCrashPoints,
  ...committerCrashPoints,
  ...subtaskCrashPoints,
  ...diskCrashPoints,
]

/** What happens at a moment of virtual time. */
const strikes = [
  'kill',
  'power-cut',
  'pause',
  'stop',
  'savepoint',
  'drain',
  'clock-forward',
  'clock-back',
  'disk-full',
  'flipped-bit',
] as const
export type Strike = (typeof strikes)[number]

/** Every class of fault that a run over many seeds must have met. */
export const faultClasses: readonly string[] = [
  ...strikes,
  'crash-point',
  'crash-in-recovery',
  'second-crash',
  'slow-disk',
  'user-throws',
  'async-hangs',
  'async-rejects',
  'rescale',
  'poison',
  'fresh',
  'go-back',
  'not-gone-back',
  'deposed',
  'lost-name',
  'lost-file',
  'torn-file',
  'empty-file',
  'unfinished',
  'no-space',
]

export interface FaultPlan {
  readonly healAtMs: number
  readonly strikes: readonly { readonly atMs: number; readonly kind: Strike }[]
  /** Ends the process when it comes to this point for the n-th time since the last crash; '' = any point. In this order. */
  readonly crashes: readonly { readonly point: string; readonly visit: number; readonly power: boolean }[]
  readonly diskLatencyMs: number
  readonly turnMs: number
  /** Calls of user code up to the next that throws, at most; 0 = none throws. */
  readonly throwsWithin: number
  readonly hangs: boolean
  readonly rejects: boolean
  readonly rescales: boolean
  /** A process may begin from nothing, or go back to an older checkpoint. */
  readonly goesBack: boolean
}

const voidPoints = crashPoints.filter((point) => point.includes('void'))

/**
 * @param quiet the job gives nothing out before its end: then it may step back behind a damaged checkpoint, so bits flip more often
 * @param poisoned a record fails every attempt: whatever else failed thrice would be set aside, too, so nothing else of the user's fails
 */
export function drawFaults(choices: Choices, { quiet, poisoned }: { readonly quiet: boolean; readonly poisoned: boolean }): FaultPlan {
  const stream = choices.stream('faults')
  const goesBack = stream.chance(quiet ? 0.5 : 0.1)
  const healAtMs = 500 + stream.below(2_000)
  // Bits flip in few runs: whoever finds one may refuse to go on, and that run tells less about everything else.
  const kinds = goesBack
    ? (['kill', 'stop', 'power-cut'] as const)
    : stream.chance(quiet ? 0.6 : 0.1)
      ? (['flipped-bit', 'flipped-bit', 'kill'] as const)
      : strikes.filter((kind) => kind !== 'flipped-bit')
  return {
    healAtMs,
    strikes: Array.from({ length: goesBack ? stream.between(2, 5) : stream.below(5) }, () => ({
      atMs: quiet ? 50 + stream.below(400) : stream.below(healAtMs),
      kind: stream.of(kinds),
    })),
    crashes: Array.from({ length: stream.below(4) }, () => {
      const points = goesBack && stream.chance(0.5) ? voidPoints : crashPoints
      const point = stream.chance(0.7) ? stream.of(points) : ''
      return { point, visit: point === '' ? 1 + stream.below(300) : 1 + stream.below(3), power: stream.chance(0.4) }
    }),
    diskLatencyMs: stream.of([1, 0, 5, 40]),
    turnMs: stream.of([0.1, 0.02, 1]),
    throwsWithin: stream.chance(0.3) && !poisoned ? stream.of([400, 50]) : 0,
    hangs: stream.chance(0.3) && !poisoned,
    rejects: stream.chance(0.3) && !poisoned,
    rescales: stream.chance(0.6),
    goesBack,
  }
}
