// The end of a run, in a few lines for people.

import { counted, plural, rate, span } from './figures.ts'
import type { RunSummary } from './report.ts'

export function summaryLines(summary: RunSummary): string[] {
  const { job, outcome, state, resume } = summary
  if (outcome.kind === 'finished' && outcome.already) {
    return [`${job} had finished before, at checkpoint ${outcome.epoch} in ${state}: nothing was run. --fresh begins anew`]
  }
  // What failed before anything ran is told by its error alone.
  const ran = summary.checkpoints > 0 || Object.values(summary.read).some((records) => records > 0)
  if (outcome.kind === 'failed' && !ran) return []
  return [
    headline(summary),
    ...factsOf(summary).map(([name, text]) => `  ${name.padEnd(12)}${text}`),
    ...(resume === undefined
      ? []
      : [`${outcome.kind === 'failed' ? 'Its state is kept. When the cause is mended, go on with' : 'Go on with'}: ${resume}`]),
  ]
}

function headline({ job, outcome, seconds, state }: RunSummary): string {
  const time = span(seconds * 1_000)
  if (outcome.kind === 'finished') return `${job} finished in ${time}`
  if (outcome.kind === 'failed') return `${job} failed after ${time}`
  if (state === undefined) return `${job} stopped after ${time}; without --state nothing is kept, and a later run begins anew`
  if (outcome.epoch === 0) return `${job} stopped after ${time}, before its first checkpoint: a later run begins anew`
  return `${job} stopped after ${time} at checkpoint ${outcome.epoch}`
}

function factsOf(summary: RunSummary): [string, string][] {
  const { read, written, seconds, checkpoints, checkpointsFailed, restarts, counters, state } = summary
  const total = Object.values(read).reduce((a, b) => a + b, 0)
  const facts: [string, string][] = [['read', `${plural(total, 'record')}, ${rate(total / Math.max(seconds, 0.001))}/s${bySource(read)}`]]
  for (const sink of written)
    facts.push(['written', `${plural(sink.records, 'record')} to ${sink.id}: ${sink.describe}, ${sink.guarantee}`])
  const failed = checkpointsFailed === 0 ? '' : `, ${checkpointsFailed} given up`
  facts.push(['checkpoints', `${counted(checkpoints)}${failed}, ${state === undefined ? 'in memory only' : `in ${state}`}`])
  if (restarts > 0) facts.push(['restarts', `${counted(restarts)}; what was read again is counted again`])
  for (const [name, n] of Object.entries(counters)) if (n > 0) facts.push(['counted', `${name} ${counted(n)}`])
  return facts
}

function bySource(read: Readonly<Record<string, number>>): string {
  const sources = Object.entries(read)
  return sources.length < 2 ? '' : ` (${sources.map(([id, n]) => `${id} ${counted(n)}`).join(', ')})`
}
