// The two formats in which a record is a line: plain lines, and JSON. A carriage return before the newline belongs to neither.

import { messageOf } from '../../model/errors.ts'
import type { RecordSink } from '../../model/reader.ts'
import { notUtf8, type TextBlock, type TextFormat } from './text-format.ts'

const carriageReturn = 13

const headerless = {
  lines: 1,
  header: false,
  readHeader: (_: TextBlock, at: number): number => at,
} as const

/** Every line as a string; empty ones too. */
export const plainLines: TextFormat<string> = {
  ...headerless,
  read(block, at, last, out) {
    const end = block.lineEnd(at, last)
    if (end < 0) return -1
    const textEnd = end > at && block.bytes[end - 1] === carriageReturn ? end - 1 : end
    if (block.isValid(at, end)) out.record(block.decode(at, textEnd))
    else out.malformed(block.show(at, textEnd), notUtf8)
    return behind(block, end)
  },
}

/** Every line that is not blank as the JSON value that it holds. */
export const jsonLines: TextFormat<unknown> = {
  ...headerless,
  read(block, at, last, out) {
    const end = block.lineEnd(at, last)
    if (end < 0) return -1
    if (!block.isValid(at, end)) out.malformed(block.show(at, end), notUtf8)
    else if (!isBlank(block, at, end)) readJson(block, at, end, out)
    return behind(block, end)
  },
}

/** What the user's code throws for a record is not mistaken for bad JSON. */
function readJson(block: TextBlock, at: number, end: number, out: RecordSink<unknown>): void {
  let value: unknown
  try {
    // JSON.parse copies what it takes, so the text may be a view of the block here.
    value = JSON.parse(block.ascii ? block.text.substring(at, end) : block.bytes.toString('utf8', at, end))
  } catch (thrown) {
    out.malformed(block.show(at, end), `it is not JSON: ${messageOf(thrown)}`)
    return
  }
  out.record(value)
}

function isBlank({ bytes }: TextBlock, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (bytes[i]! > 32) return false
  return true
}

const behind = (block: TextBlock, end: number): number => Math.min(end + 1, block.bytes.length)
