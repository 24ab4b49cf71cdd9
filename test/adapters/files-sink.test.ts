// The file sinks: conformance over the real and the simulated disk, what is written, what is refused, and crashes at any point.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { csv, csvSink, jsonl, jsonlSink, readEpochs } from '../../src/files.ts'
import type { MillraceError } from '../../src/model/errors.ts'
import { attempt, epoch } from '../../src/model/ids.ts'
import type { Json } from '../../src/model/manifest.ts'
import type { Sink } from '../../src/ports/sink.ts'
import { SimDisk } from '../../src/sim/disk.ts'
import { sinkConformance } from '../../src/sim/sink-kit.ts'
import { readSource } from './read-source.ts'
import { pick, seededRandom } from './seeded-random.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const context = (n = 1, job = 'job', operator = 'out') => ({ job, operator, attempt: attempt(n) })

async function all<T>(records: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const record of records) read.push(record)
  return read
}

/** Writes records as epoch n of a first attempt and commits it. */
async function written<T>(sink: Sink<T>, records: readonly T[], n = 1): Promise<void> {
  const committer = await sink.committer!(context())
  await committer.recover(epoch(n - 1), [])
  const writer = await sink.writer({ ...context(), subtask: 0 })
  await writer.write(records, records.length)
  await committer.commit(epoch(n), await writer.prepare(epoch(n)))
}

describe('conformance', () => {
  const kits = {
    'jsonl on a real disk': async () => {
      const path = `${await temporaryDirectory()}/out`
      return { sink: jsonlSink<object>(path), readBack: () => all(readEpochs<object>(path)) }
    },
    'csv on a real disk': async () => {
      const path = `${await temporaryDirectory()}/out.csv`
      return { sink: csvSink<object>(path), readBack: () => all(readEpochs<object>(path)) }
    },
    'jsonl on a simulated disk': async () => {
      const disk = new SimDisk({ random: seededRandom(1) })
      return { sink: jsonlSink<object>('/out', { disk }), readBack: () => all(readEpochs<object>('/out', { disk })) }
    },
  }
  for (const [name, make] of Object.entries(kits)) {
    for (const check of sinkConformance<object>({ make, record: (i) => ({ id: `${i}`, text: `"${i}",\n` }) })) {
      test(`SK30 ${name}: ${check.name}`, check.run)
    }
  }
})

describe('what is written', () => {
  test('SK31 a directory of epochs, each with its parts, and nothing else to see', async () => {
    const path = `${await temporaryDirectory()}/report.csv`
    const sink = csvSink<{ a: number; b: string }>(path)
    await written(sink, [{ a: 1, b: 'x' }], 7)
    expect((await readdir(path)).sort()).toEqual(['.millrace-sink.json', '.pending', 'epoch-000000000007'])
    expect(await readFile(`${path}/epoch-000000000007/part-00000-000000.csv`, 'utf8')).toBe('a,b\n1,x\n')
    expect((await readSource(csv(path))).records).toEqual([{ a: '1', b: 'x' }])
  })

  test('SK31 a long epoch is staged in parts while it is written', async () => {
    const path = `${await temporaryDirectory()}/out`
    const sink = jsonlSink<{ i: number; text: string }>(path)
    const record = (i: number) => ({ i, text: 'x'.repeat(100_000) })
    const committer = await sink.committer!(context())
    await committer.recover(epoch(0), [])
    const writer = await sink.writer({ ...context(), subtask: 3 })
    for (let i = 0; i < 200; i++) await writer.write([record(i)], 1)
    expect((await readdir(`${path}/.pending`)).length).toBe(2)
    await committer.commit(epoch(1), await writer.prepare(epoch(1)))
    expect(await readdir(`${path}/epoch-000000000001`)).toEqual([
      'part-00003-000000.jsonl',
      'part-00003-000001.jsonl',
      'part-00003-000002.jsonl',
    ])
    expect((await readSource(jsonl(path))).records.map((r) => (r as { i: number }).i)).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect(await readdir(`${path}/.pending`)).toEqual([])
  })

  test('SK32 CSV cells come back as they were written', async () => {
    const disk = new SimDisk({ random: seededRandom(1) })
    const date = new Date(0)
    const rows = [
      { a: 'plain', b: 1, c: true, d: null },
      { a: 'x,"y"\r\nz', b: Number.NaN, c: undefined, d: { k: [1] } },
      { a: '', b: 10n, c: date, d: ' blank ' },
    ]
    await written(csvSink<object>('/out', { disk }), rows)
    const [part] = await disk.list('/out/epoch-000000000001')
    expect(new TextDecoder().decode(await disk.read(`/out/epoch-000000000001/${part}`))).toBe(
      'a,b,c,d\nplain,1,true,\n"x,""y""\r\nz",NaN,,"{""k"":[1]}"\n"",10,1970-01-01T00:00:00.000Z," blank "\n',
    )
    expect(await all(readEpochs('/out', { disk }))).toEqual([
      { a: 'plain', b: '1', c: 'true', d: '' },
      { a: 'x,"y"\r\nz', b: 'NaN', c: '', d: '{"k":[1]}' },
      { a: '', b: '10', c: date.toISOString(), d: ' blank ' },
    ])
  })

  test('SK32 CSV takes columns and a delimiter, and no row is an empty line', async () => {
    const disk = new SimDisk({ random: seededRandom(1) })
    await written(csvSink<{ a: string; b?: string }>('/x', { disk, columns: ['b', 'a'], delimiter: ';' }), [
      { a: '1;2' },
      { a: 'x', b: 'y' },
    ])
    expect(await all(readEpochs('/x', { disk, delimiter: ';' }))).toEqual([
      { a: '1;2', b: '' },
      { a: 'x', b: 'y' },
    ])
    await written(csvSink<{ a: string | null }>('/y', { disk }), [{ a: null }, { a: '' }, { a: 'z' }])
    expect(await all(readEpochs('/y', { disk }))).toEqual([{ a: '' }, { a: '' }, { a: 'z' }])
  })

  const refused: readonly [string, unknown, string][] = [
    ['NaN', { a: { b: [1, Number.NaN] } }, 'a.b[1]: NaN'],
    ['Infinity', -1 / 0, 'it: -Infinity'],
    ['a bigint', { a: 1n }, 'a: a bigint'],
    ['a function', { a: () => 1 }, 'a: function'],
    ['a symbol', [Symbol('x')], '[0]: symbol'],
    ['undefined in an array', [undefined], '[0]: undefined'],
    ['nothing', undefined, 'it: undefined'],
    ['a Map', { m: new Map([[1, 2]]) }, 'm: a Map'],
    ['a typed array', { m: new Uint8Array(1) }, 'm: a Uint8Array'],
    ['an invalid date', { at: new Date(Number.NaN) }, 'at: the date is invalid'],
  ]
  test.each(refused)('SK33 JSON refuses %s by name instead of losing it', async (_, value, message) => {
    const disk = new SimDisk({ random: seededRandom(1) })
    const writer = await jsonlSink<unknown>('/x', { disk }).writer({ ...context(), subtask: 0 })
    expect(() => writer.write([value], 1)).toThrow(
      expect.objectContaining({ code: 'UNENCODABLE', message: expect.stringContaining(message) as string }) as Error,
    )
  })

  test('SK33 JSON writes everything else, leaves undefined fields out, and refuses what contains itself', async () => {
    const disk = new SimDisk({ random: seededRandom(1) })
    const loop: { self?: unknown } = {}
    loop.self = loop
    const records = [
      { a: undefined, b: null, c: [{}], d: new Date(0) },
      'text\n',
      1.5,
      false,
      null,
      JSON.parse('{"__proto__":1}') as unknown,
    ]
    await written(jsonlSink<unknown>('/x', { disk }), records)
    expect(await all(readEpochs<unknown>('/x', { disk }))).toEqual([
      { b: null, c: [{}], d: '1970-01-01T00:00:00.000Z' },
      ...records.slice(1),
    ])
    const writer = await jsonlSink<unknown>('/y', { disk }).writer({ ...context(), subtask: 0 })
    expect(() => writer.write([loop], 1)).toThrow('contains itself')
  })

  test('SK33 CSV refuses what it would lose', async () => {
    const disk = new SimDisk({ random: seededRandom(1) })
    const refuse = async (records: readonly unknown[], message: string) => {
      const writer = await csvSink<object>('/x', { disk }).writer({ ...context(), subtask: 0 })
      expect(() => writer.write(records as object[], records.length)).toThrow(message)
    }
    await refuse([{ a: 1 }, { a: 1, b: 2 }], 'has the field "b", the first one had only a')
    await refuse([{ a: () => 1 }], 'column "a" holds a function')
    await refuse([{ a: '\ud800' }], 'no valid Unicode')
    await refuse([{ a: [Number.NaN] }], 'NaN has no form')
    await refuse([1], 'writes objects')
    await refuse([{}], 'no fields')
    expect(() => csvSink<{ a: 1 }>('/x', { columns: ['a', 'a'] })).toThrow('twice')
  })
})

describe('what is refused', () => {
  const conflictOf = async (path: string, restored: number, who = context(2)) => {
    const committer = await jsonlSink<object>(path).committer!(who)
    return Promise.resolve(committer.recover(epoch(restored), [])).then(
      () => 'taken',
      (thrown: { code: string; message: string }) => `${thrown.code} ${thrown.message}`,
    )
  }

  test('SK34 another sink, another job, foreign files, and epochs beyond the checkpoint', async () => {
    const root = await temporaryDirectory()
    const path = `${root}/out`
    await written(jsonlSink<object>(path), [{ a: 1 }], 5)
    expect(await conflictOf(path, 5)).toBe('taken')
    expect(await conflictOf(path, 9)).toBe('taken')
    expect(await conflictOf(path, 4)).toMatch(/^OUTPUT_CONFLICT .*holds epoch 5, beyond checkpoint 4/)
    expect(await conflictOf(path, 0)).toMatch(/^OUTPUT_CONFLICT .*output of an earlier run .*starts from nothing.*another directory/)
    expect(await conflictOf(path, 5, context(2, 'other'))).toContain('belongs to sink "out" of job "job", not to "out" of "other"')
    expect(await conflictOf(path, 5, context(2, 'job', 'other'))).toContain('not to "other" of "job"')
    await mkdir(`${root}/mine`)
    await writeFile(`${root}/mine/thesis.txt`, 'x')
    expect(await conflictOf(`${root}/mine`, 0)).toMatch(/^OUTPUT_CONFLICT .*is not empty \(thesis\.txt\)/)
    expect(await readdir(`${root}/mine`)).toEqual(['thesis.txt'])
    await writeFile(`${root}/file`, 'x')
    expect(await conflictOf(`${root}/file`, 0)).toMatch(/^IO /)
  })

  test('SK42 is asked by `check` too, which changes nothing', async () => {
    const root = await temporaryDirectory()
    await written(jsonlSink<object>(`${root}/out`), [{ a: 1 }], 5)
    await mkdir(`${root}/mine`)
    await writeFile(`${root}/mine/thesis.txt`, 'x')
    const before = await readdir(root, { recursive: true })
    const checked = async (path: string, restored: number, of = context(2), committables: readonly Json[] = []): Promise<string> => {
      const committer = await jsonlSink<object>(`${root}/${path}`).committer!(of)
      const refusal = Promise.resolve(committer.check!(epoch(restored), committables))
      return refusal.then(
        () => 'fine',
        (thrown: MillraceError) => `${thrown.code} ${thrown.message}`,
      )
    }
    expect([await checked('out', 5), await checked('out', 9), await checked('none', 0)]).toEqual(['fine', 'fine', 'fine'])
    expect(await checked('out', 0)).toMatch(/^OUTPUT_CONFLICT .*output of an earlier run/)
    expect(await checked('out', 4)).toMatch(/^OUTPUT_CONFLICT .*holds epoch 5, beyond checkpoint 4/)
    expect(await checked('out', 5, context(2, 'other'))).toMatch(/^OUTPUT_CONFLICT .*belongs to sink "out" of job "job"/)
    const staged = [{ staged: '1-0-9', part: 'part-00000-000009.jsonl' }]
    expect(await checked('out', 5, context(2), staged)).toBe('fine')
    expect(await checked('out', 6, context(2), staged)).toMatch(/^OUTPUT_CONFLICT .*neither epoch 6 nor what was staged for it \(1-0-9\)/)
    expect(await checked('none', 6, context(2), staged)).toMatch(/^OUTPUT_CONFLICT .*was made with another directory/)
    expect(await checked('mine', 0)).toMatch(/^OUTPUT_CONFLICT .*is not empty \(thesis\.txt\)/)
    expect(await readdir(root, { recursive: true })).toEqual(before)
  })

  test('SK34 committables of another sink are refused, whatever they name', async () => {
    const committer = await jsonlSink<object>(`${await temporaryDirectory()}/out`).committer!(context())
    await committer.recover(epoch(0), [])
    for (const committable of [null, 1, {}, { staged: '../x', part: 'part-1-1.jsonl' }, { staged: '1-1-1', part: '../../x' }] as Json[]) {
      await expect(committer.commit(epoch(1), [committable])).rejects.toMatchObject({ code: 'STATE_MISMATCH' })
    }
  })
})

/** A small engine with a durable list of complete checkpoints writes numbered records; crashes and power cuts come at any point. */
test('SK35 whatever the crash, readers see whole epochs of complete checkpoints, once each, and none is lost', async () => {
  let committed = 0
  let crashes = 0
  for (let seed = 1; seed <= 400; seed++) {
    const run = new CrashingRun(seed)
    for (let life = 1; life <= 5; life++) await run.live(life)
    committed += run.complete.length
    crashes += run.crashes
  }
  expect(committed).toBeGreaterThan(300)
  expect(crashes).toBeGreaterThan(300)
})

/** The committer of a deposed coordinator goes on beside that of its successor. */
test('SK36 two committers of one epoch show it once, whole at every moment', async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = seededRandom(seed)
    const events: (() => void)[] = []
    const disk = new SimDisk({ random, latencyMsMax: 3, schedule: (_, fire) => void events.push(fire) })
    const sink = jsonlSink<number>('/out', { disk })
    const run = async <R>(promise: Promise<R>, look?: () => void): Promise<R> => {
      let done = false
      const watched = promise.finally(() => {
        done = true
      })
      watched.then(undefined, () => undefined)
      for (;;) {
        for (let i = 0; i < 20; i++) await Promise.resolve()
        if (done) return watched
        events.splice(pick(random, events.length), 1)[0]?.()
        look?.()
      }
    }
    const [old, successor] = await Promise.all([1, 2].map((n) => sink.committer!(context(n))))
    await run(Promise.resolve(old!.recover(epoch(0), [])))
    const writers = await Promise.all([0, 1, 2].map((subtask) => sink.writer({ ...context(), subtask })))
    for (const [i, writer] of writers.entries()) await writer.write([i], 1)
    const staged = (await run(Promise.all(writers.map((writer) => writer.prepare(epoch(1)))))).flat()
    const commits = [old!.commit(epoch(1), staged), successor!.recover(epoch(1), staged)]
    await run(Promise.all(commits), () => {
      const files = disk.namesNow('/out/epoch-000000000001')
      expect([0, 3], `seed ${seed}`).toContain(files.length)
    })
    expect(await run(all(readEpochs<number>('/out', { disk })))).toEqual([0, 1, 2])
    expect(disk.namesNow('/out')).toEqual(['.millrace-sink.json', '.pending', 'epoch-000000000001'])
  }
})

interface Checkpoint {
  readonly n: number
  readonly staged: readonly Json[]
  /** Records written up to it. */
  readonly records: number
}

class Crash extends Error {}

class CrashingRun {
  readonly #random
  readonly #seed: number
  #events: (() => void)[] = []
  #disk: SimDisk
  #next = 1
  readonly complete: Checkpoint[] = []
  crashes = 0

  constructor(seed: number) {
    this.#seed = seed
    this.#random = seededRandom(seed)
    this.#disk = new SimDisk({ random: this.#random, latencyMsMax: 3, schedule: (_, fire) => void this.#events.push(fire) })
  }

  async live(life: number): Promise<void> {
    const budget = { steps: 10 + pick(this.#random, this.#random.next() < 0.6 ? 50 : 150) }
    try {
      await this.#run(life, budget)
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown
      this.crashes++
    }
    this.#disk = this.#disk.crash(this.#random.next() < 0.6 ? 'power' : 'process')
    this.#events = []
  }

  async #run(life: number, budget: { steps: number }): Promise<void> {
    const sink = jsonlSink<number>('/out', { disk: this.#disk })
    const committer = await sink.committer!(context(life))
    const last = this.complete.at(-1)
    await this.#driven(Promise.resolve(committer.recover(epoch(last?.n ?? 0), last?.staged ?? [])), budget)
    await this.#check(last?.records ?? 0, budget)
    const writers = await Promise.all([0, 1].map((subtask) => sink.writer({ ...context(life), subtask })))
    let records = last?.records ?? 0
    for (;;) {
      const n = this.#next++
      for (let i = pick(this.#random, 4); i > 0; i--)
        await this.#driven(Promise.resolve(writers[pick(this.#random, 2)]!.write([records++], 1)), budget)
      const staged = (await this.#driven(Promise.all(writers.map((writer) => writer.prepare(epoch(n)))), budget)).flat()
      if (this.#random.next() < 0.1) return
      this.complete.push({ n, staged, records })
      await this.#driven(Promise.resolve(committer.commit(epoch(n), staged)), budget)
      await this.#check(records, budget)
    }
  }

  async #check(records: number, budget: { steps: number }): Promise<void> {
    const seen = await this.#driven(all(readEpochs<number>('/out', { disk: this.#disk })), budget)
    expect(
      [...seen].sort((a, b) => a - b),
      `seed ${this.#seed}`,
    ).toEqual(Array.from({ length: records }, (_, i) => i))
  }

  async #driven<R>(promise: PromiseLike<R>, budget: { steps: number }): Promise<R> {
    let done = false
    const watched = Promise.resolve(promise).finally(() => {
      done = true
    })
    watched.then(undefined, () => undefined)
    for (;;) {
      for (let i = 0; i < 20; i++) await Promise.resolve()
      if (done) return watched
      if (budget.steps-- <= 0) throw new Crash()
      this.#events.splice(pick(this.#random, this.#events.length), 1)[0]?.()
    }
  }
}
