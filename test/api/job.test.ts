// Jobs as they are built: graphs, ids, definitions, taps. What runs them is elsewhere.

import { afterEach, describe, expect, test } from 'vitest'
import { collect } from '../../src/adapters/memory/collect.ts'
import { discard } from '../../src/adapters/memory/for-each.ts'
import { arraySource } from '../../src/api/code-sources.ts'
import { isJob, job, jobInternals } from '../../src/api/job.ts'
import { type JobRunner, setJobRunner } from '../../src/api/job-runner.ts'
import type { Job } from '../../src/api/job-types.ts'
import { output } from '../../src/api/process-types.ts'
import type { OperatorId } from '../../src/model/ids.ts'
import type { Plan } from '../../src/model/plan.ts'
import { value } from '../../src/state/declarations.ts'
import { session, tumbling } from '../../src/windows/assigner.ts'

interface Click {
  readonly page: string
  readonly ts: number
}
const clicks: Click[] = [{ page: '/', ts: 0 }]
const time = { timestamp: (c: Click) => c.ts }

/** Chains as `id id × n`, edges as `from.operator[.output] partition to[:input]`. */
function shape({ vertices, edges }: Plan): string[] {
  const chains = vertices.map(({ operators, parallelism }) => `${operators.map(({ id }) => id).join(' ')} × ${parallelism}`)
  const lines = edges.map(
    (e) => `${e.from}.${e.operator}${e.output && `.${e.output}`} ${e.partition} ${e.to}${e.input === 0 ? '' : `:${e.input}`}`,
  )
  return [...chains, ...lines]
}

describe('graph', () => {
  test('AP4 each call adds one operator, and handles may be read any number of times', () => {
    const j = job('j', { parallelism: 2 })
    const s = j.source('s', clicks, time)
    const pages = s.map((c) => c.page)
    pages.filter((p) => p !== '').to('a', discard())
    pages.flatMap((p) => [...p]).to('b', discard())
    expect(shape(j.plan())).toEqual(['s map-1 filter-1 a flatMap-1 b × 2'])
  })

  test('AP4 a keyBy stands in front of each keyed operator, once a stream, and behind keyed filters', () => {
    const j = job('j', { parallelism: 2 })
    const keyed = j.source('s', clicks, time).keyBy((c) => c.page)
    keyed.reduce('r', (a) => a).to('a', discard())
    keyed
      .window(tumbling('1 s'))
      .reduce('w', (a) => a)
      .to('b', discard())
    keyed
      .filter((c) => c.ts > 0)
      .reduce('f', (a) => a)
      .to('c', discard())
    keyed.map((c) => c.ts).to('d', discard())
    expect(shape(j.plan())).toEqual([
      's keyBy-1 filter-1 keyBy-2 map-1 d × 2',
      'r a × 2',
      'w b × 2',
      'f c × 2',
      '0.1 hash 1',
      '0.1 hash 2',
      '0.3 hash 3',
    ])
  })

  test('AP4 joins, unions, broadcasts and rebalances bring streams together', () => {
    const j = job('j', { parallelism: 2 })
    const a = j.source('a', clicks, time)
    const b = j.source('b', clicks, time)
    const keyed = a.union(b).keyBy((c) => c.page)
    keyed
      .join(
        'near',
        b.keyBy((c) => c.page),
        { between: [0, 1] },
        (l) => l,
      )
      .to('k1', discard())
    const shared = keyed.connect(a.broadcast()).process('both', { emits: output<number>(), onElement() {}, onBroadcast() {} })
    shared.rebalance().to('k2', discard())
    expect(shape(j.plan())).toEqual([
      'a × 2',
      'b keyBy-2 × 2',
      'union-1 keyBy-1 × 2',
      'near k1 × 2',
      'both × 2',
      'rebalance-1 k2 × 2',
      '0.0 forward 2',
      '1.0 forward 2',
      '2.1 hash 3',
      '1.1 hash 3:1',
      '2.1 hash 4',
      '0.0 broadcast 4:1',
      '4.0 rebalance 5',
    ])
  })

  test('AP4 side outputs are read from the operator that has them', () => {
    const j = job('j')
    const p = j
      .source('s', clicks, time)
      .keyBy((c) => c.page)
      .process('p', { emits: output<string>(), outputs: { odd: output<number>() }, onElement() {} })
    p.to('main', discard())
    p.side('odd').to('odd', discard())
    const { small, rest } = p.split({ small: (text) => text.length < 3 })
    small.to('small', discard())
    rest.to('rest', discard())
    const [vertex] = j.plan().vertices
    expect(vertex!.operators.map(({ id, parent, output: from }) => `${id} < ${parent} ${from}`)).toEqual([
      's < -1 ',
      'keyBy-1 < 0 ',
      'p < 1 ',
      'main < 2 ',
      'odd < 2 odd',
      'split-1 < 2 ',
      'small < 5 small',
      'rest < 5 rest',
    ])
  })

  test('AP4 merge tags each record with the name of its stream', () => {
    const j = job('j')
    const a = j.source('a', [{ n: 1 }])
    const b = j.source('b', [{ text: 'x' }])
    j.merge({ number: a, word: b }).to('k', discard())
    const { definitions } = jobInternals(j).compile()
    const tag = definitions.get('map-2' as OperatorId) as unknown as { fn: (record: object) => object }
    expect(tag.fn({ text: 'x' })).toEqual({ type: 'word', text: 'x' })
    expect(shape(j.plan())[2]).toBe('union-1 k × 1')
  })

  test('AP4 pipe gives its function the stream, with its key', () => {
    const j = job('j')
    const keyed = j.source('s', clicks).keyBy((c) => c.page)
    expect(keyed.pipe((s) => s)).toBe(keyed)
  })
})

describe('ids', () => {
  test('AP5 stateless operators get ids that no author took', () => {
    const j = job('j')
    j.source('map-1', clicks)
      .map((c) => c.page)
      .map((p) => p.length)
      .to('map-3', discard())
    expect(shape(j.plan())).toEqual(['map-1 map-2 map-4 map-3 × 1'])
  })

  test.each([
    ['two operators', (j: Job) => j.source('s', clicks), 'source "s" and source "s" have the same id'],
    [
      'an operator and a lane',
      (j: Job) => j.source('t', clicks).fork('f', { a: (lane) => lane.asyncMap('s', async () => 1) }),
      'source "s" and asyncMap "s" in lane a of fork "f" have the same id',
    ],
    ['an id with a space', (j: Job) => j.source('a b', clicks), 'operator id "a b" is not usable'],
    ['no id', (j: Job) => j.source(undefined as never, clicks), 'job.source takes an id first'],
  ])('AP5 %s are refused', (_, wrong, message) => {
    const j = job('j')
    j.source('s', clicks)
    expect(() => wrong(j)).toThrow(message)
  })

  test('AP5 a name that cannot be one is refused', () => {
    expect(() => job('my job')).toThrow('job name "my job" is not usable')
    expect(() => job(5 as never)).toThrow('job name 5 is not usable')
  })
})

describe('parallelism', () => {
  test('AP6 is that of the operator that made the stream', () => {
    const j = job('j', { parallelism: 2 })
    const s = j.source('s', clicks, time).parallelism(1)
    const counts = s
      .keyBy((c) => c.page)
      .window(tumbling('1 s'))
      .reduce('w', (a) => a)
      .parallelism(4)
    counts.late().to('late', discard())
    counts.to('k', discard(), { parallelism: 1 })
    expect(shape(j.plan())).toEqual(['s keyBy-1 × 1', 'w late × 4', 'k × 1', '0.1 hash 1', '1.0 rebalance 2'])
    expect(shape(j.plan({ parallelism: 8 }))).toEqual(shape(j.plan()))
  })

  test('AP6 of a keyed stream is that of its keyBy, set before or after it is used', () => {
    const j = job('j')
    const early = j
      .source('a', clicks)
      .keyBy((c) => c.page)
      .parallelism(2)
    early.reduce('x', (a) => a).to('k1', discard())
    const late = j.source('b', clicks).keyBy((c) => c.page)
    late.reduce('y', (a) => a).to('k2', discard())
    late.parallelism(3)
    expect(shape(j.plan()).filter((line) => line.includes('keyBy'))).toEqual(['keyBy-1 × 2', 'keyBy-2 × 3'])
  })

  test('AP6 out of bounds is refused where it is said', () => {
    const j = job('j', { maxParallelism: 4 })
    const s = j.source('s', clicks)
    expect(() => s.parallelism(5)).toThrow('parallelism of source "s" is 5, more than the 4 key groups')
    expect(() => s.map((c) => c.ts).parallelism(0)).toThrow('parallelism of map is 0')
    expect(() => s.to('k', discard(), { parallelism: 0.5 })).toThrow('parallelism of sink "k" is 0.5')
    s.to('k', discard())
    expect(() => j.plan({ parallelism: 9 })).toThrow('parallelism of the job is 9')
  })
})

describe('handles', () => {
  test('AP7 a stream of another job is refused by name', () => {
    const one = job('one')
    const other = job('other')
    const s = one.source('s', clicks)
    const foreign = other.source('s', clicks)
    const message = 'the stream belongs to job "other", not to "one"'
    expect(() => s.union(foreign)).toThrow(message)
    expect(() => one.merge({ foreign })).toThrow(message)
    expect(() => s.connect(foreign.broadcast())).toThrow(message)
    const keyed = s.keyBy((c) => c.page)
    expect(() =>
      keyed.join(
        'x',
        foreign.keyBy((c) => c.page),
        { between: [0, 1] },
        (l) => l,
      ),
    ).toThrow(message)
    expect(() => jobInternals(one).placeOf(foreign)).toThrow(message)
    expect(jobInternals(one).placeOf(s)).toEqual({ node: 0, output: '' })
  })

  test('AP7 only jobs are jobs, and only streams are streams', () => {
    const j = job('j')
    expect([isJob(j), isJob({}), isJob(undefined)]).toEqual([true, false, false])
    expect(() => jobInternals({} as Job)).toThrow('an object is no job')
    expect(() => j.source('s', clicks).union(5 as never)).toThrow('union takes an object, not 5')
    expect(() => j.source('t', clicks).union({} as never)).toThrow('union takes a stream of the job')
  })

  test('AP7 stateful streams carry their id', () => {
    const keyed = job('j')
      .source('s', clicks, time)
      .keyBy((c) => c.page)
    expect(keyed.reduce('r', (a) => a).id).toBe('r')
    expect(keyed.window(session('1 s')).reduce('w', (a) => a).id).toBe('w')
    expect(keyed.process('p', { state: { n: value(0) }, onElement() {} }).id).toBe('p')
  })
})

describe('compile', () => {
  test('AP8 gives the functions, sources and sinks of the plan by id', () => {
    const j = job('j', { checkpointEvery: '5 s' })
    const s = j.source('s', clicks, { timestamp: (c) => c.ts, outOfOrder: '1 s', idleAfter: '1 min' })
    const sink = collect<string>()
    s.map((c) => c.page).to('k', sink)
    const { definitions, sources, sinks, plan, options } = jobInternals(j).compile()
    expect([...definitions.keys()]).toEqual(['map-1'])
    expect(sinks.get('k' as OperatorId)).toBe(sink)
    const source = sources.get('s' as OperatorId)!
    expect(source.time).toMatchObject({ outOfOrderMs: 1_000, idleAfterMs: 60_000 })
    expect(source.invalidIsRead).toBe(false)
    expect(options).toMatchObject({
      checkpointEveryMs: 5_000,
      checkpointTimeoutMs: 60_000,
      parallelism: 1,
      onPoison: 'fail',
      restarts: undefined,
    })
    expect(plan).toEqual(j.plan())
  })

  test('AP8 says whether invalid records are read', () => {
    const j = job('j')
    const s = j.source('s', clicks)
    s.to('k', discard())
    s.onInvalid().to('bad', discard())
    expect(
      jobInternals(j)
        .compile()
        .sources.get('s' as OperatorId)!.invalidIsRead,
    ).toBe(true)
  })

  test('AP8 taps and other sources belong to one compilation only', () => {
    const j = job('j')
    const s = j.source('s', clicks)
    const pages = s.map((c) => c.page)
    const internals = jobInternals(j)
    const sink = collect<string>()
    const fed = arraySource<unknown>([])
    const compiled = internals.compile({ taps: [{ place: internals.placeOf(pages), id: 'tap', sink }], sources: new Map([['s', fed]]) })
    expect(shape(compiled.plan)).toEqual(['s map-1 tap × 1'])
    expect(compiled.sinks.get('tap' as OperatorId)).toBe(sink)
    expect(compiled.sources.get('s' as OperatorId)!.source).toBe(fed)
    expect(() => j.plan()).toThrow('nothing reads map "map-1"')
    expect(() => internals.compile({ sources: new Map([['x', fed]]) })).toThrow('has no source "x" to be fed')
  })

  test('AP8 knows the places of all streams that the author holds', () => {
    const j = job('j')
    const s = j.source('s', clicks, time)
    s.keyBy((c) => c.page)
      .window(tumbling('1 s'))
      .reduce('w', (a) => a)
      .late()
    expect(jobInternals(j).handed).toEqual([
      { node: 0, output: '' },
      { node: 2, output: '' },
      { node: 2, output: 'late' },
    ])
  })
})

describe('dead letters', () => {
  const withLetters = (onPoison?: 'fail' | 'dead-letter'): Job => {
    const j = job('j', { onPoison })
    j.source('s', clicks)
      .map((c) => c.page)
      .to('k', discard())
    j.deadLetters().to('dead', discard())
    j.deadLetters()
      .map((d) => d.error)
      .to('errors', discard())
    return j
  }

  test('AP9 one stream of them, from every chain; reading it sets the policy', () => {
    const { plan, options } = jobInternals(withLetters()).compile()
    expect(shape(plan)).toEqual(['s map-1 k × 1', 'dead-letters-1 dead map-2 errors × 1', '0.0.dead-letters rebalance 1'])
    expect(options.onPoison).toBe('dead-letter')
  })

  test('AP9 a policy that contradicts the job is refused', () => {
    expect(() => withLetters('fail').plan()).toThrow("deadLetters() is read, but onPoison is 'fail'")
    const unread = job('j', { onPoison: 'dead-letter' })
    unread.source('s', clicks).to('k', discard())
    expect(() => unread.plan()).toThrow("onPoison is 'dead-letter', but nobody reads deadLetters()")
  })
})

describe('toAsyncIterable', () => {
  afterEach(() => setJobRunner(undefined as never))

  test('AP10 asks the runner when it is iterated, with job and stream', async () => {
    const j = job('j')
    const s = j.source('s', clicks)
    const iterable = s.toAsyncIterable()
    expect(() => iterable[Symbol.asyncIterator]()).toThrow("import from 'millrace'")
    const asked: unknown[] = []
    const runner = {
      iterate: (...given: unknown[]) => {
        asked.push(...given)
        return arrayIterator([1, 2])
      },
    }
    setJobRunner(runner as unknown as JobRunner)
    const records: unknown[] = []
    for await (const record of iterable) records.push(record)
    expect(records).toEqual([1, 2])
    expect(asked).toEqual([j, s])
  })
})

const arrayIterator = (items: unknown[]): AsyncIterator<unknown> => {
  const iterator = items[Symbol.iterator]()
  return { next: async () => iterator.next() }
}
