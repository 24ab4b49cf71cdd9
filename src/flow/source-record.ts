// What is done with one record that a reader gives: it is checked, gets its event time, is observed for the watermark, and goes on.
//
// It owns the order of these, not what they do. All that a record does not need each time is a call of the driver. Like a run of steps
// (fuse.ts) it is written out as text and compiled, together with the run behind the source, so that V8 sees one function a source: where
// a process has several chains the call between the two cost 5 ns a record, and what V8 could no longer inline as much again.

import { noTime } from '../model/elements.ts'
import type { Receive } from '../operators/operator.ts'
import type { SplitWatermarks } from '../protocol/bounded-watermarks.ts'
import { codeGenerationAllowed, runOf, textOf } from './fuse.ts'

/** The source's part of it. */
export interface RecordHost {
  /** A watermark is under way: records of a source with event time are kept back. */
  resuming: boolean
  /** Records so far. */
  records: number
  /** Of the split in hand. */
  watermarks: SplitWatermarks
  keepBack(raw: unknown): void
  /** The record as it is from now on, or `refused`. */
  readonly admit: ((raw: unknown) => unknown) | undefined
  /** The split in hand is not idle any more. */
  wake(): void
  readonly timestamp: ((value: unknown) => number) | undefined
  noTimestamp(at: unknown): Error
  readonly punctuation: ((value: unknown) => number | undefined) | undefined
  punctuate(time: number | undefined): void
}

/** Stands for a record that was not admitted. */
export const refused = Symbol('refused')

/** @param generated false = of closures; unset where the process allows code to be generated */
export function sourceRecord(host: RecordHost, output: Receive, generated = codeGenerationAllowed()): (raw: unknown) => void {
  return generated ? compiled(host, output) : composed(host, output)
}

function compiled(host: RecordHost, output: Receive): (raw: unknown) => void {
  const { admit, timestamp, punctuation } = host
  const run = textOf(runOf(output))
  const pieces = [
    timestamp === undefined ? '' : 'if (host.resuming) { host.keepBack(raw); return }',
    'host.records++;',
    admit === undefined ? 'const v = raw;' : 'const v = admit(raw); if (v === refused) return;',
    timestamp === undefined ? 'const t = NaN;' : 'const t = timestamp(v); if (!Number.isFinite(t)) throw host.noTimestamp(t);',
    timestamp === undefined ? '' : 'const w = host.watermarks; if (w.idle) host.wake();',
    timestamp === undefined || punctuation !== undefined ? '' : 'w.observe(t);',
    run.text,
    timestamp === undefined || punctuation === undefined ? '' : 'host.punctuate(punctuation(v));',
  ]
  const names = ['host', 'admit', 'refused', 'timestamp', 'punctuation', ...run.names]
  const text = `"use strict"; return function record(raw) { ${pieces.join(' ')} }`
  return new Function(...names, text)(host, admit, refused, timestamp, punctuation, ...run.values) as (raw: unknown) => void
}

function composed(host: RecordHost, output: Receive): (raw: unknown) => void {
  const { admit, timestamp, punctuation } = host
  return (raw) => {
    if (timestamp !== undefined && host.resuming) {
      host.keepBack(raw)
      return
    }
    host.records++
    const value = admit === undefined ? raw : admit(raw)
    if (value === refused) return
    if (timestamp === undefined) {
      output(value, noTime)
      return
    }
    const at = timestamp(value)
    if (!Number.isFinite(at)) throw host.noTimestamp(at)
    const { watermarks } = host
    if (watermarks.idle) host.wake()
    if (punctuation === undefined) watermarks.observe(at)
    output(value, at)
    if (punctuation !== undefined) host.punctuate(punctuation(value))
  }
}
