// Names in the checkpoint store. They are made of numbers only, padded so that a listing is in order.
//
//   log/00000001                      slot 1 of the log
//   manifest/00000007                 manifest of checkpoint 7
//   blob/00000007/00000003-2.0        snapshot of subtask 2.0 for checkpoint 7, written by attempt 3

import { type Attempt, type Epoch, epoch, type SubtaskId, subtaskName } from '../model/ids.ts'

const padded = (n: number): string => String(n).padStart(8, '0')

export const logPrefix = 'log/'
export const manifestPrefix = 'manifest/'
export const blobsPrefix = 'blob/'

export const logName = (slot: number): string => logPrefix + padded(slot)
export const manifestName = (of: Epoch): string => manifestPrefix + padded(of)
export const blobPrefix = (of: Epoch): string => `${blobsPrefix}${padded(of)}/`
export const blobName = (of: Epoch, attempt: Attempt, { vertex, index }: SubtaskId): string =>
  `${blobPrefix(of)}${padded(attempt)}-${subtaskName(vertex, index)}`

/** The number that a name carries behind its prefix, or undefined where it carries none: then it is no name of ours. */
export function numberIn(name: string, prefix: string): number | undefined {
  const digits = name.startsWith(prefix) ? /^\d{8,}/.exec(name.slice(prefix.length))?.[0] : undefined
  return digits === undefined ? undefined : Number(digits)
}

/** The checkpoint that a manifest's or a blob's name belongs to. */
export function epochIn(name: string): Epoch | undefined {
  const number = numberIn(name, manifestPrefix) ?? numberIn(name, blobsPrefix)
  return number === undefined ? undefined : epoch(number)
}
