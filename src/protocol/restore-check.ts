// Whether a checkpoint fits the job that wants to restore it. What does not fit is refused by name, never dropped silently.
//
// Matching is by operator id: an operator that the checkpoint does not know starts empty; state, splits or staged output that no operator
// of the job owns are refused unless the user named them to be dropped. Parallelism and the shape of chains may differ.

import { MillraceError } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import { keyHashName } from '../model/key.ts'
import type { Manifest } from '../model/manifest.ts'
import type { Plan } from '../model/plan.ts'

export interface RestoringJob {
  readonly plan: Plan
  readonly valueCodec: string
  /** Operators whose saved state the user gives up. */
  readonly dropped: ReadonlySet<string>
}

/** @returns why it is not of this job, or undefined */
export function checkOwner(manifest: Manifest, { plan }: Pick<RestoringJob, 'plan'>): MillraceError | undefined {
  if (manifest.job === plan.job) return undefined
  return mismatch(
    manifest,
    `it was written by job ${manifest.job}, and this job is ${plan.job}: use another state directory for another job`,
  )
}

/** @returns why it does not fit, or undefined */
export function checkRestore(manifest: Manifest, job: RestoringJob): MillraceError | undefined {
  const { plan } = job
  const other = checkOwner(manifest, job)
  if (other !== undefined) return other
  const fixed = [
    ['max parallelism', manifest.maxParallelism, plan.maxParallelism, 'set it back: it decides which state belongs to which key'],
    ['key hash', manifest.keyHash, keyHashName, 'restore it with the version of the engine that wrote it'],
    ['value codec', manifest.valueCodec, job.valueCodec, 'run the job with that codec'],
  ] as const
  for (const [what, saved, now, advice] of fixed) {
    if (saved !== now) return mismatch(manifest, `it was written with ${what} ${saved}, and this job has ${now}: ${advice}`)
  }
  const owners = new Set<string>(plan.vertices.flatMap(({ operators }) => operators.map(({ id }) => id)))
  const saved = new Set<string>([...withState(manifest), ...Object.keys(manifest.sources), ...withOutput(manifest)])
  const orphans = [...saved].filter((id) => !owners.has(id) && !job.dropped.has(id)).sort()
  if (orphans.length === 0) return undefined
  return mismatch(
    manifest,
    `it holds state of ${orphans.join(', ')}, which this job does not have. Give the operator its old id back, or drop its state with ${orphans.map((id) => `--drop ${id}`).join(' ')}`,
  )
}

const withState = (manifest: Manifest): string[] =>
  Object.keys(manifest.operators).filter((id) => Object.keys(manifest.operators[id as OperatorId]!.states).length > 0)

const withOutput = (manifest: Manifest): string[] =>
  Object.keys(manifest.committables).filter((id) => manifest.committables[id as OperatorId]!.length > 0)

function mismatch(manifest: Manifest, why: string): MillraceError {
  return new MillraceError('STATE_MISMATCH', `checkpoint ${manifest.epoch} of ${manifest.job} does not fit this job: ${why}`)
}
