// How a file sink's directory is laid out, for who writes it and who reads it.
//
//   epoch-000000000007/part-00000-000000.jsonl   visible: all output of checkpoint 7, or nothing of it
//   .pending/3-0-12                              staged by attempt 3, subtask 0; belongs to a checkpoint that may yet come
//   .commit-3-7/…                                on its way from one to the other
//   .millrace-sink.json                          whose directory it is
// What begins with a dot is not for readers.

export interface StagedPart {
  /** Its name under `.pending`. */
  readonly staged: string
  /** Its name in the epoch's directory. */
  readonly part: string
}

export const ownerFile = '.millrace-sink.json'
export const pendingDirectory = '.pending'
export const commitPrefix = '.commit-'

export const epochDirectory = (epoch: number): string => `epoch-${String(epoch).padStart(12, '0')}`

export const commitDirectory = (attempt: number, epoch: number): string => `${commitPrefix}${attempt}-${epoch}`

export const stagedName = (attempt: number, subtask: number, count: number): string => `${attempt}-${subtask}-${count}`

export const partName = (subtask: number, index: number, extension: string): string =>
  `part-${String(subtask).padStart(5, '0')}-${String(index).padStart(6, '0')}.${extension}`

/** The attempt that made a staged part or a directory on its way; Infinity for other names. */
export const attemptIn = (name: string): number => Number(/^(?:\.commit-)?(\d+)-/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY)

/** Numbers of the epochs among the names of a directory, ascending. */
export function epochsIn(names: readonly string[]): number[] {
  return names
    .flatMap((name) => /^epoch-(\d{12})\/$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}
