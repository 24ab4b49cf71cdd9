// Reads a whole source as the engine does: all splits in turn, malformed input apart.

import type { Json } from '../../src/model/manifest.ts'
import type { Reader, Source, SourceContext, Split } from '../../src/ports/source.ts'

export interface Read {
  readonly records: unknown[]
  readonly malformed: { readonly raw: unknown; readonly issue: string; readonly where: string }[]
}

export const sourceContext = (): SourceContext => ({ operator: 'in', now: () => 0, after: () => () => undefined })

/** Splits one after the other. */
export async function readSource(source: Source<unknown>, max = 1_000): Promise<Read> {
  const read: Read = { records: [], malformed: [] }
  for (const split of await source.splits([])) await readSplit(source, split, undefined, read, max)
  return read
}

export async function readSplit(source: Source<unknown>, split: Split, offset: Json | undefined, read: Read, max = 1_000): Promise<void> {
  const reader = await source.open(split, offset, sourceContext())
  const out = {
    record: (value: unknown) => void read.records.push(value),
    malformed: (raw: unknown, issue: string) => void read.malformed.push({ raw, issue, where: reader.where() }),
  }
  await drain(reader, out, max)
  reader.close?.()
}

async function drain(reader: Reader<unknown>, out: Parameters<Reader<unknown>['poll']>[0], max: number): Promise<void> {
  for (;;) {
    const result = reader.poll(out, max)
    if (result === 'end') return
    if (result === 'wait') await reader.ready()
  }
}
