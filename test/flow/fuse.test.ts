// Fused steps: generated code and composed closures do the same, and name the step that failed.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compose, type FusedStep, fuse } from '../../src/flow/fuse.ts'
import { type RecordHost, refused, sourceRecord } from '../../src/flow/source-record.ts'
import { operatorId } from '../../src/model/ids.ts'
import type { StepDefinition } from '../../src/operators/definition.ts'
import type { KeyContext } from '../../src/operators/operator.ts'
import { boundedWatermarks } from '../../src/protocol/bounded-watermarks.ts'

const definitions: Record<string, StepDefinition> = {
  double: { kind: 'map', fn: (n: number) => n * 2 },
  next: { kind: 'map', fn: (n: number) => n + 1 },
  odd: { kind: 'filter', fn: (n: number) => n % 2 === 1 },
  small: { kind: 'filter', fn: (n: number) => n < 50 },
  twice: { kind: 'flatMap', fn: (n: number) => [n, n + 3] },
  none: { kind: 'flatMap', fn: () => [] },
  key: { kind: 'keyBy', fn: (n: number) => n % 5 },
  pass: { kind: 'pass' },
}

function run(make: typeof fuse, names: readonly string[], records: readonly number[]): unknown[] {
  const keys: KeyContext = { key: 'unset', group: 7 }
  const out: unknown[] = []
  const steps = names.map((name, i): FusedStep => ({ id: operatorId(`s${i}`), step: definitions[name]!, keys }))
  const receive = make(
    steps,
    (value, time) => out.push([value, time, keys.key, keys.group]),
    () => new Error('not reached'),
  )
  for (const record of records) receive(record, record * 10)
  return out
}

test('FL1 generated code and closures give the same for any run of steps', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...Object.keys(definitions)), { maxLength: 7 }),
      fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }),
      (names, records) => {
        expect(run(fuse, names, records)).toEqual(run(compose, names, records))
      },
    ),
  )
})

test('FL1 steps act in order, and a flatMap continues behind each of its elements', () => {
  expect(run(fuse, ['next', 'twice', 'key', 'double'], [1]).map((row) => (row as unknown[])[0])).toEqual([4, 10])
  expect(run(fuse, ['pass'], [1])).toEqual([[1, 10, 'unset', 7]])
})

for (const [name, make] of [
  ['generated', fuse],
  ['composed', compose],
] as const) {
  test(`FL2 ${name} code names the step that threw, and lets errors from behind it pass`, () => {
    const boom = new Error('boom')
    const behind = new Error('behind')
    const steps: FusedStep[] = [
      { id: operatorId('a'), step: { kind: 'map', fn: (n: number) => n }, keys: undefined },
      {
        id: operatorId('b'),
        step: {
          kind: 'flatMap',
          *fn(n: number) {
            yield n
            if (n === 2) throw boom
            yield n
          },
        },
        keys: undefined,
      },
      {
        id: operatorId('c'),
        step: {
          kind: 'filter',
          fn: (n: number) => {
            if (n === 3) throw boom
            return true
          },
        },
        keys: undefined,
      },
    ]
    const failures: unknown[] = []
    const out: unknown[] = []
    const receive = make(
      steps,
      (value) => {
        if (value === 4) throw behind
        out.push(value)
      },
      (thrown, { id }, value, time) => {
        failures.push([thrown, id, value, time])
        return new Error(`step ${id}`)
      },
    )
    receive(1, 10)
    expect(() => receive(2, 20)).toThrow('step b')
    expect(() => receive(3, 30)).toThrow('step c')
    expect(() => receive(4, 40)).toThrow(behind)
    expect(out).toEqual([1, 1, 2])
    expect(failures.slice(0, 2)).toEqual([
      [boom, 'b', 2, 20],
      [boom, 'c', 3, 30],
    ])
  })
}

const throwingOn =
  (refused: number, value: (n: number) => unknown = (n) => n) =>
  (n: number) => {
    if (n === refused) throw new Error(`not ${n}`)
    return value(n)
  }

test.each([
  { what: 'behind a step that does nothing', steps: [['pass'], ['map', throwingOn(3)]], failed: 's1' },
  {
    what: 'behind a step that changed the record',
    steps: [
      ['map', (n: number) => n * 100],
      ['map', throwingOn(300)],
    ],
    failed: 's1',
  },
  {
    what: 'in an iterator whose last element was filtered out',
    steps: [
      [
        'flatMap',
        function* (n: number) {
          yield n
          if (n === 3) throw new Error('not 3')
        },
      ],
      ['filter', (n: number) => n !== 3],
    ],
    failed: 's0',
  },
])('FL2 a failure $what is of the step that threw, for the record as it came', ({ steps, failed }) => {
  for (const make of [fuse, compose]) {
    const seen: unknown[] = []
    const run = steps.map(([kind, fn], i): FusedStep => ({ id: operatorId(`s${i}`), step: { kind, fn } as never, keys: undefined }))
    const receive = make(
      run,
      () => undefined,
      (_, { id }, value, time) => {
        seen.push([id, value, time])
        return new Error('named')
      },
    )
    receive(1, 10)
    expect(() => receive(3, 30)).toThrow('named')
    expect(seen).toEqual([[failed, 3, 30]])
  }
})

interface SourceKind {
  readonly timed: boolean
  readonly checked: boolean
  readonly punctuated: boolean
}

/** What happens to records of a source, as a log. */
function sourceRun(generated: boolean, { timed, checked, punctuated }: SourceKind, names: readonly string[], records: readonly number[]) {
  const log: unknown[] = []
  const keys: KeyContext = { key: 'unset', group: 7 }
  const host: RecordHost = {
    resuming: false,
    records: 0,
    watermarks: boundedWatermarks(0, undefined),
    keepBack: (raw) => log.push(['kept', raw]),
    admit: checked ? (raw) => ((raw as number) % 7 === 0 ? refused : (raw as number) + 1) : undefined,
    wake() {
      host.watermarks.restore(host.watermarks.greatest, false)
      log.push('wake')
    },
    timestamp: timed ? (value) => (value === 13 ? Number.NaN : (value as number) * 2) : undefined,
    noTimestamp: (at) => new Error(`no time ${String(at)}`),
    punctuation: timed && punctuated ? (value) => (value as number) % 3 : undefined,
    punctuate: (at) => log.push(['punctuation', at]),
  }
  const steps = names.map((name, i): FusedStep => ({ id: operatorId(`s${i}`), step: definitions[name]!, keys }))
  const next = fuse(
    steps,
    (value, time) => {
      if (value === 20) throw new Error('behind')
      log.push([value, time, keys.key])
    },
    () => new Error('not reached'),
  )
  const receive = sourceRecord(host, next, generated)
  for (const [i, record] of records.entries()) {
    host.resuming = record === 5
    if (i === 2) host.watermarks.restore(host.watermarks.greatest, true)
    try {
      receive(record)
    } catch (thrown) {
      log.push((thrown as Error).message)
    }
  }
  return [log, host.records, host.watermarks.greatest]
}

test('FL23 what a source does with a record is the same as generated code and as closures, with any steps behind it', () => {
  fc.assert(
    fc.property(
      fc.record({ timed: fc.boolean(), checked: fc.boolean(), punctuated: fc.boolean() }),
      fc.array(fc.constantFrom(...Object.keys(definitions)), { maxLength: 4 }),
      fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 8 }),
      (kind, names, records) => {
        expect(sourceRun(true, kind, names, records)).toEqual(sourceRun(false, kind, names, records))
      },
    ),
  )
})
