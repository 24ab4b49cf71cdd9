// What of the comparison is to be run, from what was written on the command line.

import { meanCheckpointed } from '../geomeans.ts'
import { idOf, meansOfPasses } from './lines.ts'
import { type Pass, type PassOptions, passesOf, queriesCompared } from './plan.ts'
import { startId } from './start.ts'
import { isPeer, type Peer, peers } from './tools.ts'

export interface Choice {
  readonly peers: readonly Peer[]
  readonly passes: readonly Pass[]
  /** Whose time to the first result is taken. */
  readonly starts: readonly Peer[]
  /** Whether ours runs with checkpoints against ours without. */
  readonly checkpointed: boolean
}

/**
 * @param against peers, with commas between them
 * @param names queries, figures, or `nexmark` for all of them. Queries and figures together: these figures' queries that are named
 * @returns a text where there is no such peer or name: what there is
 */
export function choose(against: string, names: readonly string[], options: PassOptions = {}): Choice | string {
  const written = against.split(',')
  const chosenPeers = written.filter(isPeer)
  const strangers = written.filter((name) => !isPeer(name))
  if (strangers.length > 0) return `--against: there is no peer ${strangers.join(', ') || '""'}: there are ${peers.join(', ')}`

  const startIds = peers.map(startId)
  const known = ['nexmark', ...queriesCompared, ...meansOfPasses.map(({ id }) => id), meanCheckpointed.id, 'start/peers', ...startIds]
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) return `there is nothing called ${unknown.join(', ')} to compare: there are ${known.join(', ')}`

  const everything = names.every((name) => name === 'nexmark')
  const queries = names.filter((name) => queriesCompared.includes(name))
  const members = new Set(meansOfPasses.filter(({ id }) => names.includes(id)).flatMap((mean) => mean.members))
  const isChosen = ({ query, family }: Pass): boolean => {
    if (queries.length === 0) return everything || members.has(idOf(family, query))
    return queries.includes(query) && (members.size === 0 || members.has(idOf(family, query)))
  }
  return {
    peers: chosenPeers,
    passes: passesOf(chosenPeers, options).filter(isChosen),
    starts: chosenPeers.filter((peer) => everything || names.includes('start/peers') || names.includes(startId(peer))),
    checkpointed: everything || names.includes(meanCheckpointed.id),
  }
}
