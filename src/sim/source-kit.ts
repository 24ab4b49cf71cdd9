// The conformance kit for sources: what the engine relies on, as named checks that any test runner can run.
//
//   for (const check of sourceConformance(() => mySource())) test(check.name, check.run)
//
// It reads every split to its end, or `recordsMax` records of an unbounded one, so the source needs data to give.

import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../model/manifest.ts'
import type { RecordSink } from '../model/reader.ts'
import type { Reader, Source, SourceContext, Split } from '../ports/source.ts'
import { type ConformanceCheck, must } from './conformance.ts'

export interface SourceConformanceOptions {
  /** Records read of a split that does not end; default 1,000. */
  readonly recordsMax?: number | undefined
  /** Offsets of a split from which reading is tried again; default 12. */
  readonly resumePoints?: number | undefined
}

/** What a reader gave, in order. */
type Given = readonly { readonly record: unknown; readonly issue?: string | undefined }[]

/** @param make a fresh source over the same data, as another process would have it */
export function sourceConformance(
  make: () => Source<unknown, never> | PromiseLike<Source<unknown, never>>,
  options: SourceConformanceOptions = {},
): readonly ConformanceCheck[] {
  const { recordsMax = 1_000, resumePoints = 12 } = options
  const each = async (check: (source: Source<unknown, never>, split: Split) => Promise<void>): Promise<void> => {
    const source = await make()
    for (const split of await source.splits([])) await check(source, split)
  }
  return [
    {
      name: 'lists the same splits every time, each with an id of its own',
      run: async () => {
        const first = await (await make()).splits([])
        const again = await (await make()).splits([])
        must(isDeepStrictEqual(first, again), () => 'two listings of the same data differ')
        must(new Set(first.map(({ id }) => id)).size === first.length, () => 'two splits have the same id')
        must(isDeepStrictEqual(throughJson(first), first), () => 'a split is not the same after it has been JSON')
      },
    },
    {
      name: 'gives the same records, in the same order, each time a split is read',
      run: () =>
        each(async (source, split) => {
          const first = await readAll(source, split, undefined, 64, recordsMax)
          const again = await readAll(await make(), split, undefined, 1_024, recordsMax)
          must(
            isDeepStrictEqual(first.slice(0, again.length), again.slice(0, first.length)),
            () => `split ${split.id} gave other records the second time`,
          )
        }),
    },
    {
      name: 'never gives more than it was asked for',
      run: () => each((source, split) => neverMore(source, split, recordsMax)),
    },
    {
      name: 'goes on from every offset as if it had never stopped',
      run: () => each((source, split) => resumesEverywhere(source, split, make, recordsMax, resumePoints)),
    },
    {
      name: 'stays ended, and ends at once when it is opened at its end',
      run: () => each((source, split) => (source.bounded ? staysEnded(source, split) : Promise.resolve())),
    },
    {
      name: 'can be closed at any time, also twice',
      run: () =>
        each(async (source, split) => {
          ;(await open(source, split, undefined)).close?.()
          const reader = await open(source, split, undefined)
          reader.poll(collecting([]), 1)
          reader.close?.()
          reader.close?.()
        }),
    },
  ]
}

async function neverMore(source: Source<unknown, never>, split: Split, recordsMax: number): Promise<void> {
  const reader = await open(source, split, undefined)
  let total = 0
  for (let turn = 0; total < recordsMax; turn++) {
    const max = [1, 2, 3, 7, 100][turn % 5]!
    const given: Given[number][] = []
    const result = reader.poll(collecting(given), max)
    must(given.length <= max, () => `split ${split.id} gave ${given.length} records where ${max} were asked for`)
    total += given.length
    if (result === 'end') break
    if (result === 'wait') await reader.ready()
  }
  reader.close?.()
}

async function resumesEverywhere(
  source: Source<unknown, never>,
  split: Split,
  make: () => Source<unknown, never> | PromiseLike<Source<unknown, never>>,
  recordsMax: number,
  points: number,
): Promise<void> {
  const whole = await readAll(source, split, undefined, 100, recordsMax)
  const step = Math.max(1, Math.floor(whole.length / points))
  for (let after = 0; after <= whole.length; after += after === 0 ? 1 : step) {
    const reader = await open(source, split, undefined)
    const before: Given[number][] = []
    while (before.length < after) {
      const result = reader.poll(collecting(before), Math.min(3, after - before.length))
      if (result === 'end') break
      if (result === 'wait') await reader.ready()
    }
    const offset = throughJson(reader.offset())
    reader.close?.()
    const rest = await readAll(await make(), split, offset, 5, recordsMax - before.length)
    const expected = whole.slice(before.length, before.length + rest.length)
    const complete = !source.bounded || before.length + rest.length >= Math.min(whole.length, recordsMax)
    must(
      complete && isDeepStrictEqual(expected, rest.slice(0, expected.length)),
      () => `split ${split.id} reopened at ${JSON.stringify(offset)}, after ${before.length} records, does not give the rest`,
    )
  }
}

async function staysEnded(source: Source<unknown, never>, split: Split): Promise<void> {
  const reader = await open(source, split, undefined)
  for (let result = reader.poll(collecting([]), 100); result !== 'end'; result = reader.poll(collecting([]), 100)) {
    if (result === 'wait') await reader.ready()
  }
  const late: Given[number][] = []
  must(reader.poll(collecting(late), 1) === 'end' && late.length === 0, () => `split ${split.id} went on after its end`)
  const rest = await readAll(source, split, throughJson(reader.offset()), 10, 10)
  must(rest.length === 0, () => `split ${split.id} opened at its end gave records`)
  reader.close?.()
}

async function readAll(
  source: Source<unknown, never>,
  split: Split,
  offset: Json | undefined,
  max: number,
  recordsMax: number,
): Promise<Given> {
  const reader = await open(source, split, offset)
  const given: Given[number][] = []
  while (given.length < recordsMax) {
    const result = reader.poll(collecting(given), Math.min(max, recordsMax - given.length))
    if (result === 'end') break
    if (result === 'wait') await reader.ready()
  }
  reader.close?.()
  return given
}

async function open(source: Source<unknown, never>, split: Split, offset: Json | undefined): Promise<Reader<unknown>> {
  return source.open(split, offset, context())
}

/** A clock that moves with every look, so that a source with a rate gives something. */
function context(): SourceContext {
  let now = 0
  return {
    operator: 'conformance',
    now: () => {
      now += 1_000
      return now
    },
    after: (_, fire) => {
      let wanted = true
      void Promise.resolve().then(() => {
        if (wanted) fire()
      })
      return () => {
        wanted = false
      }
    },
  }
}

const collecting = (given: Given[number][]): RecordSink<unknown> => ({
  record: (record) => void given.push({ record }),
  malformed: (record, issue) => void given.push({ record, issue }),
})

const throughJson = <J>(value: J): J => JSON.parse(JSON.stringify(value)) as J
