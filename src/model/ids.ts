// Branded identifiers and counters: an Epoch is never mistaken for an Attempt. Makers check where a value enters from outside.

import { MillraceError } from './errors.ts'

declare const brand: unique symbol
type Brand<T, B extends string> = T & { readonly [brand]: B }

/** Stable name of an operator, given by the user or derived from its place; unique in the job. */
export type OperatorId = Brand<string, 'OperatorId'>
/** Number of a checkpoint; rises, never reused. 0 stands for "none". */
export type Epoch = Brand<number, 'Epoch'>
/** One deployment of the job; unique over the job's life. */
export type Attempt = Brand<number, 'Attempt'>
/** One reign of a coordinator. */
export type Generation = Brand<number, 'Generation'>
/** Index of a vertex (a chain of operators) in the physical plan. */
export type VertexId = Brand<number, 'VertexId'>
/** Index of a channel in the physical plan, unique in the attempt. */
export type ChannelId = Brand<number, 'ChannelId'>
/** The unit in which keyed state moves: 0 … maxParallelism - 1. */
export type KeyGroup = number

export const epoch = (n: number): Epoch => n as Epoch
export const attempt = (n: number): Attempt => n as Attempt
export const generation = (n: number): Generation => n as Generation
export const vertexId = (n: number): VertexId => n as VertexId
export const channelId = (n: number): ChannelId => n as ChannelId

export const idPattern = /^[A-Za-z0-9_-]{1,64}$/

/** Checks an id that the user gave. */
export function operatorId(id: string): OperatorId {
  if (!idPattern.test(id)) {
    throw new MillraceError(
      'JOB_INVALID',
      `operator id ${JSON.stringify(id)} is not usable: ids have 1 to 64 characters out of A-Z a-z 0-9 _ - because they name files, subjects and metrics`,
    )
  }
  return id as OperatorId
}

/** One parallel instance of a chain. */
export interface SubtaskId {
  readonly vertex: VertexId
  readonly index: number
}
export const subtaskName = (vertex: VertexId, index: number): string => `${vertex}.${index}`
