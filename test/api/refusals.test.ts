// What is refused while a job is written, for authors whose compiler did not see it.

import { describe, expect, test } from 'vitest'
import { discard } from '../../src/adapters/memory/for-each.ts'
import { job } from '../../src/api/job.ts'
import type { Job } from '../../src/api/job-types.ts'
import type { KeyedStream } from '../../src/api/keyed-types.ts'
import { output } from '../../src/api/process-types.ts'
import type { SourceStream } from '../../src/api/stream-types.ts'
import { MillraceError } from '../../src/model/errors.ts'
import { list } from '../../src/state/declarations.ts'
import { count, session, sliding, tumbling } from '../../src/windows/assigner.ts'

interface Item {
  readonly id: string
  readonly ts: number
}
interface Streams {
  readonly j: Job
  readonly s: SourceStream<Item>
  readonly k: KeyedStream<Item, string>
}

/** Anything at all, as an author without a compiler may write it. */
const any = (value: unknown): never => value as never

function refusal(wrong: (streams: Streams) => unknown): string {
  const j = job('j')
  const s = j.source('s', [{ id: 'a', ts: 0 }], { timestamp: (e) => e.ts })
  try {
    wrong({ j, s, k: s.keyBy((e) => e.id) })
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(MillraceError)
    expect(['JOB_INVALID', 'USAGE']).toContain((thrown as MillraceError).code)
    return (thrown as MillraceError).message
  }
  return 'accepted'
}

const functions: [what: string, wrong: (streams: Streams) => unknown, message: string][] = [
  ['map without a function', ({ s }) => s.map(any('x')), 'map takes a function, not "x"'],
  ['an async map', ({ s }) => s.map(any(async () => 1)), 'map is synchronous, but its function is async: use asyncMap(id, fn)'],
  ['an async filter', ({ s }) => s.filter(any(async () => true)), 'filter is synchronous, but its function is async: use asyncMap(id, fn)'],
  [
    'flatMap with an async generator',
    ({ s }) => s.flatMap(any(async function* () {})),
    'flatMap is synchronous, but its function is async',
  ],
  ['keyBy with the name of a field', ({ s }) => s.keyBy(any('id')), 'keyBy takes a function, not "id"'],
  ['split without tests', ({ s }) => s.split(any([])), 'split takes an object, not an array'],
  ['split into rest', ({ s }) => s.split(any({ rest: () => true })), 'split has outputs rest'],
  ['pipe into nothing', ({ s }) => s.pipe(any(undefined)), 'pipe takes a function, not undefined'],
  [
    'asyncMap without an id',
    ({ s }) =>
      s.asyncMap(
        any(async () => 1),
        any(undefined),
      ),
    'asyncMap takes an id first: a text that names its state, metrics and errors, not a function',
  ],
  [
    'asyncMap with order per key on a stream without',
    ({ s }) => s.asyncMap('a', async () => 1, any({ ordered: 'per-key' })),
    'asyncMap a keeps order per key, but its stream has no key: put keyBy in front of it',
  ],
  [
    'an unknown order',
    ({ k }) => k.asyncMap('a', async () => 1, any({ ordered: 'no' })),
    `asyncMap a: ordered is "no": it is true, false or 'per-key'`,
  ],
  [
    'an async substitute',
    ({ s }) => s.asyncMap('a', async () => 1, any({ timeout: 5, onTimeout: async () => 1 })),
    'onTimeout of asyncMap a is synchronous, but its function is async: it gives a substitute at once',
  ],
  [
    'a misspelt option of a call',
    ({ s }) => s.asyncMap('a', async () => 1, any({ retry: 3 })),
    'asyncMap a: unknown option retry: there are concurrency, timeout, retries, backoff, onTimeout',
  ],
  ['a lane called __proto__', ({ s }) => s.fork('f', any({ ['__proto__']: (lane: unknown) => lane })), '__proto__ is no field'],
  ['a lane that ends elsewhere', ({ s }) => s.fork('f', any({ a: () => s })), 'lane a of fork f must give back the lane that it was given'],
  ['no lanes', ({ s }) => s.fork('f', {}), 'fork has no lanes'],
  [
    'an async onElement',
    ({ k }) => k.process('p', any({ async onElement() {} })),
    'onElement of process p is synchronous, but its function is async: await things with asyncMap before or behind it',
  ],
  ['process without onElement', ({ k }) => k.process('p', any({})), 'onElement of process p takes a function, not undefined'],
  [
    'a misspelt field',
    ({ k }) => k.process('p', any({ onElement() {}, ontimer() {} })),
    'process p: unknown field ontimer: there are state, timers, emits, outputs, onElement, onTimer',
  ],
  [
    'an output that is not declared',
    ({ k }) => k.process('p', any({ emits: true, onElement() {} })),
    'emits of process p is true: write output<T>()',
  ],
  [
    'a side output named like the dead letters',
    ({ k }) => k.process('p', { outputs: { 'dead-letters': output<number>() }, onElement() {} }),
    'output name "dead-letters" of process p is not usable',
  ],
  ['a state that is a value', ({ k }) => k.process('p', any({ state: { n: 0 }, onElement() {} })), 'state n is not declared'],
  [
    'timers by a text',
    ({ k }) => k.process('p', any({ timers: 'x', onElement() {}, onTimer() {} })),
    'timers of process p is "x": it is a list of names',
  ],
  [
    'a side output that is not there',
    ({ k }) => (k.process('p', any({ onElement() {} })) as unknown as { side(name: string): unknown }).side('x'),
    'p has no side output "x": it declares none',
  ],
  ['an aggregate without init', ({ k }) => k.aggregate('a', any({ add: () => 1 })), 'init of aggregate a takes a function, not undefined'],
  [
    'a misspelt part of an aggregate',
    ({ k }) => k.aggregate('a', any({ init: () => 0, add: () => 1, results: () => 1 })),
    'aggregate a: unknown field results',
  ],
  [
    'an async reduce',
    ({ k }) =>
      k.reduce(
        'r',
        any(async () => 1),
      ),
    'reduce r is synchronous, but its function is async',
  ],
  ['connect without broadcast', ({ s }) => s.connect(any(s)), 'connect takes a broadcast stream: connect(rules.broadcast())'],
  [
    'connect without onBroadcast',
    ({ s }) => s.connect(s.broadcast()).process('c', any({ onElement() {} })),
    'onBroadcast of process c takes a function, not undefined',
  ],
  ['a sink that is none', ({ s }) => s.to('k', any({})), 'to("k", …) takes a sink, such as print(), not an object'],
  ['a sink that is a date', ({ s }) => s.to('k', any(new Date(0))), 'to("k", …) takes a sink, such as print(), not an instance of Date'],
  ['a key of null', ({ s }) => s.keyBy(any(null)), 'keyBy takes a function, not null'],
  ['no sink', ({ s }) => s.to('k', any(undefined)), 'the sink of to("k", …) takes an object, not undefined'],
]

const windows: typeof functions = [
  [
    'sessions without merge',
    ({ k }) => k.window(session('1 s')).aggregate('w', any({ init: () => 0, add: () => 1 })),
    'window w: its aggregate has no merge, and sessions with a gap of 1000 ms merge: give it merge(a, b)',
  ],
  ['a size of nothing', () => tumbling(0), 'the size of tumbling windows is 0 ms: it must be positive'],
  ['a slide over the size', () => sliding('1 s', '2 s'), 'would lose what falls between them'],
  ['a negative gap', () => session('-1 s'), 'the gap of session windows is -1000 ms: it must be positive'],
  [
    'negative lateness',
    ({ k }) => k.window(tumbling('1 s')).allowedLateness('-1 s'),
    'allowedLateness is -1000 ms: it must not be negative',
  ],
  [
    'lateness of count windows',
    ({ k }) => (k.window(count(3)) as unknown as { allowedLateness(d: string): unknown }).allowedLateness('1 s'),
    'only windows on event time have late records',
  ],
  ['a window that is none', ({ k }) => k.window(any({ size: 5 })), 'this is no assigner'],
  ['a trigger that is none', ({ k }) => k.window(tumbling('1 s')).trigger(any({})), 'this is no trigger'],
  ['an evictor that is none', ({ k }) => k.window(tumbling('1 s')).evictor(any({})), 'this is no evictor'],
  ['a duration in words', () => tumbling(any('5 minutes')), '"5 minutes" is not a duration'],
  [
    'a window on event time without it',
    ({ j }) =>
      j
        .source('t', [{ id: '' }])
        .keyBy((e) => e.id)
        .window(tumbling('1 s'))
        .reduce('w', (a) => a),
    'window "w" works on event time, but source "t" gives none',
  ],
  [
    'state that ages by event time without it',
    ({ j }) =>
      j
        .source('t', [{ id: '' }])
        .keyBy((e) => e.id)
        .process('p', { state: { l: list<string>({ ttl: '1 s', ttlTime: 'event' }) }, onElement() {} }),
    'process "p" works on event time, but source "t" gives none',
  ],
]

const joins: typeof functions = [
  ['neither bounds nor window', ({ k }) => k.join('x', k, any({}), (l) => l), 'join x takes either { between: [from, to] } or { window }'],
  ['one bound', ({ k }) => k.join('x', k, any({ between: [0] }), (l) => l), 'join x: between is an array: it is [from, to]'],
  [
    'bounds the wrong way round',
    ({ k }) => k.join('x', k, { between: ['1 s', 0] }, (l) => l),
    'a join between 1000 ms and 0 ms can pair nothing',
  ],
  [
    'an unknown exclusion',
    ({ k }) => k.join('x', k, any({ between: [0, 1], exclusive: 'none' }), (l) => l),
    `join x: exclusive is "none": it is 'lower', 'upper' or 'both'`,
  ],
  ['a right side without key', ({ k, s }) => k.join('x', any(s), { between: [0, 1] }, (l) => l), 'both sides need a key'],
  ['windows that never end', ({ k }) => k.coGroup('x', k, count(3), () => []), 'would never end'],
]

const sources: typeof functions = [
  ['a text', ({ j }) => j.source('t', any('hello')), 'source t takes a source, an array or a function that gives an iterable, not "hello"'],
  [
    'an iterator',
    ({ j }) => j.source('t', any([1].values())),
    'source t: an iterable can be read only once, so a restart could not replay it',
  ],
  ['no timestamp', ({ j }) => j.source('t', [1], any({})), 'timestamp of source t takes a function, not undefined'],
  [
    'negative disorder',
    ({ j }) => j.source('t', [1], { timestamp: (n) => n, outOfOrder: '-1 s' }),
    'outOfOrder of source t is -1000 ms: it must be at least 0 ms',
  ],
  [
    'disorder beside punctuation',
    ({ j }) => j.source('t', [1], { timestamp: (n) => n, outOfOrder: 1, punctuation: (n) => n }),
    'punctuation says how far event time is',
  ],
  ['merging nothing', ({ j }) => j.merge({}), 'job.merge takes streams by name, at least one'],
]

const options: typeof functions = [
  ['an unknown option', () => job('x', any({ checkpointInterval: 1 })), 'unknown option checkpointInterval'],
  ['no time between checkpoints', () => job('x', { checkpointEvery: 0 }), 'checkpointEvery is 0 ms: it must be at least 1 ms'],
  ['an unknown policy', () => job('x', any({ onPoison: 'ignore' })), `onPoison is "ignore": it is 'fail' or 'dead-letter'`],
  ['half a restart', () => job('x', { restarts: { max: 0.5 } }), 'restarts.max is 0.5: it must be a whole number'],
  ['options that are none', () => job('x', any(5)), 'the options of job x takes an object, not 5'],
]

describe('refused', () => {
  const refused = (_: string, wrong: (streams: Streams) => unknown, message: string): void => expect(refusal(wrong)).toContain(message)
  test.each(functions)('AP11 %s', refused)
  test.each(windows)('AP12 %s', refused)
  test.each(joins)('AP12 %s', refused)
  test.each(sources)('AP13 %s', refused)
  test.each(options)('AP13 %s', refused)
})

test('AP11 what is refused leaves the job as it was', () => {
  const j = job('j')
  const s = j.source('s', [1])
  expect(() => s.map(any(5))).toThrow('map takes a function')
  expect(() => s.asyncMap('s', async (n) => n)).toThrow('the same id')
  s.to('k', discard())
  expect(j.plan().vertices[0]!.operators.map(({ id }) => id)).toEqual(['s', 'k'])
})
