// What a column is made of: the tag of a value says in which of the column's parts it lies. Parts of the constant tags have no bytes.
//
// Bounds that writer and reader share. A reader refuses what no writer makes, so hostile bytes cannot make it build more than
// `columnsMax` values for each value that it was told to expect.

import type { ByteWriter } from './bytes.ts'

export const nullTag = 0
export const undefinedTag = 1
export const falseTag = 2
export const trueTag = 3
export const numberTag = 4
export const stringTag = 5
export const bigintTag = 6
export const dateTag = 7
export const arrayTag = 8
/** Through the value codec. */
export const valueTag = 9
/** In frames only: strings by their numbers in a dictionary. No ColumnReader takes it. */
export const dictionaryTag = 10
/** The first shape of plain objects; the next ones follow. */
export const shapeTag = 16
/** Stands first in a column whose values have several tags. */
export const mixedTag = 255

/** Shapes in one column; further ones go through the value codec. */
export const shapesMax = 64
/** Fields of one shape. */
export const fieldsMax = 64
/** Objects and arrays inside of each other that are cut into columns; what lies deeper goes through the value codec. */
export const nestingMax = 8
/** Columns in one column, those of nested fields included. */
export const columnsMax = 256
/** Values that a column may hold without a byte for each. */
export const freeValues = 1_024

/** Where a column stands inside of an outermost one. */
export interface Nesting {
  /** Shared by all columns inside of one outermost column: how many more there may be. */
  readonly budget: { left: number }
  readonly depth: number
  /** Its count comes from data, not from an enclosing column: beyond `freeValues` it spends at least a byte a value. */
  readonly counted: boolean
}

export const outermost = (): Nesting => ({ budget: { left: columnsMax }, depth: 0, counted: true })
export const inside = ({ budget, depth }: Nesting, counted: boolean): Nesting => ({ budget, depth: depth + 1, counted })

/** A column that is being written. */
export interface Column {
  /** The value is encoded when this returns. After a throw the column must be reset. */
  append(value: unknown): void
  /** Writes the column; it then holds what it held. */
  finish(into: ByteWriter): void
  reset(): void
  /** Columns inside of it, itself included. */
  readonly size: number
}

/** What all values of a column are. Integers have 32 bits. */
export type ColumnForm = 'integers' | 'numbers' | 'anything'

/** A column that is being read. */
export interface ColumnSource {
  readonly form: ColumnForm
  next(): unknown
}
