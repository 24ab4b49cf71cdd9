// Jobs on threads: the same results, the same guarantees, and what is refused.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { join, type Node } from '../../src/index.ts'
import { rowsOf } from '../engine/rows.ts'
import { temporaryDirectory } from '../engine/temporary.ts'
import type * as Jobs from './fixtures/jobs.ts'

const module = new URL('./fixtures/jobs.ts', import.meta.url).href
const started: Node[] = []
let imports = 0

afterEach(async () => {
  for (const node of started.splice(0)) await node.close().catch(() => undefined)
  vi.unstubAllEnvs()
})

/** The fixture, as it reads the environment now: threads import it with the same one. */
async function jobs(env: Readonly<Record<string, string>> = {}): Promise<{ readonly jobs: typeof Jobs; readonly directory: string }> {
  const directory = temporaryDirectory()
  vi.stubEnv('MILLRACE_TEST_OUTPUT', directory)
  for (const [name, text] of Object.entries(env)) vi.stubEnv(name, text)
  return { jobs: (await import(/* @vite-ignore */ `${module}?${++imports}`)) as typeof Jobs, directory }
}

const sorted = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort()
const idsUpTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id)
const inOrder = (ids: readonly number[]): number[] => [...ids].sort((a, b) => a - b)

const threaded = { threads: 2, module }

async function runToEnd(node: Promise<Node>): Promise<void> {
  const running = await node
  started.push(running)
  await running.done
}

describe('a job on threads', () => {
  test('TH1 gives what it gives without them', async () => {
    const alone = await jobs()
    await runToEnd(join(alone.jobs.counting))
    const spread = await jobs()
    await runToEnd(join(spread.jobs.counting, threaded))
    const [expected, found] = await Promise.all([alone, spread].map(({ directory }) => rowsOf(`${directory}/counts`)))
    expect(found!.length).toBeGreaterThan(3_000)
    expect(sorted(found!)).toEqual(sorted(expected!))
    expect(inOrder((await rowsOf<Jobs.Event>(`${spread.directory}/ids`)).map(({ id }) => id))).toEqual(idsUpTo(20_000))
  })

  test('TH2 TH3 keeps what belongs to the main thread there, and answers from where a key is', async () => {
    const { jobs: fixture } = await jobs({ MILLRACE_TEST_COUNT: '1000000', MILLRACE_TEST_RATE: '20000' })
    const node = await join(fixture.totals, threaded)
    started.push(node)
    const asked = async (key: string): Promise<number> => {
      const count = async (): Promise<number> =>
        node.ask(fixture.totalOfKeys, key).then(
          (held) => held?.n ?? 0,
          () => 0,
        )
      return vi.waitUntil(async () => ((await count()) > 10 ? count() : 0), { timeout: 30_000 })
    }
    const counts = [await asked('key 1'), await asked('key 2')]
    await node.drain()
    const last = new Map(fixture.collected.records.map(({ key, n }) => [key, n]))
    expect([...last.values()].reduce((sum, n) => sum + n, 0)).toBe(fixture.collected.records.length)
    expect(last.get('key 1')).toBeGreaterThanOrEqual(counts[0]!)
    expect(last.get('key 2')).toBeGreaterThanOrEqual(counts[1]!)
    const read = node.stats().filter(({ operators }) => operators[0] === 'events')
    expect(read.map(({ recordsIn }) => recordsIn > 0)).toEqual([true, true])
    expect(read.reduce((sum, { recordsIn }) => sum + recordsIn, 0)).toBe(fixture.collected.records.length)
  })

  test.each(['throws', 'throws outside', 'exits'])('TH4 user code that %s in a thread costs a restart and nothing else', async (kind) => {
    const { jobs: fixture, directory } = await jobs({ MILLRACE_TEST_HARM: kind })
    const node = await join(fixture.harmed, threaded)
    started.push(node)
    await node.done
    expect(node.status()!.restarts).toBe(1)
    expect(inOrder(await rowsOf<number>(`${directory}/harmed-ids`))).toEqual(idsUpTo(20_000))
  })

  test('TH5 goes on from its state directory with other threads, and without', async () => {
    const { jobs: fixture, directory } = await jobs({ MILLRACE_TEST_RATE: '20000', MILLRACE_TEST_COUNT: '100000' })
    const state = `${directory}/state`
    const first = await join(fixture.counting, { ...threaded, state })
    await vi.waitUntil(() => (first.status()?.lastCheckpoint?.epoch ?? 0) >= 2, { timeout: 30_000 })
    await first.close()
    const second = await join(fixture.counting, { state })
    await vi.waitUntil(() => second.stats().some(({ recordsIn }) => recordsIn > 0), { timeout: 30_000 })
    await second.close()
    await runToEnd(join(fixture.counting, { threads: 3, module, state }))
    const ids = (await rowsOf<Jobs.Event>(`${directory}/ids`)).map(({ id }) => id)
    expect(inOrder(ids)).toEqual(idsUpTo(100_000))
  })
})

describe('what threads cannot run', () => {
  const refusal = async (name: 'counting' | 'unencodable' | 'fickle', options: Parameters<typeof join>[1]): Promise<unknown> => {
    const { jobs: fixture } = await jobs()
    return runToEnd(join(fixture[name], options)).then(
      () => 'it ran',
      (error: Error) => error.message,
    )
  }

  test('TH6 numbers of threads that make no sense', async () => {
    expect(await refusal('counting', { threads: 0, module })).toMatch('threads is 0: it must be a whole number from 1 to 256')
    expect(await refusal('counting', { threads: 1.5, module })).toMatch('threads is 1.5')
    expect(await refusal('counting', { threads: 3, parallelism: 2, module })).toMatch(
      '3 threads are more than the subtasks of job counting can use: 2 would work',
    )
    expect(await refusal('counting', { threads: 2 })).toMatch('give the module that exports job counting')
  })

  test('TH7 a record that cannot be encoded, named with operator and field', async () => {
    expect(await refusal('unencodable', threaded)).toMatch(/operator "map-1" gives cannot go to another thread: .*later/)
  })

  test('TH8 a job that every import builds anew', async () => {
    expect(await refusal('fickle', threaded)).toMatch('builds another job fickle in a thread than in the main one')
  })

  test('TH9 a module that starts a job when it is imported, or is not there', async () => {
    const { starting } = await import('./fixtures/starting.ts')
    vi.stubEnv('MILLRACE_TEST_STARTS', 'yes')
    const url = new URL('./fixtures/starting.ts', import.meta.url).href
    await expect(runToEnd(join(starting, { threads: 2, module: url }))).rejects.toThrow('starts a job while it is imported')
    const missing = new URL('./fixtures/missing.ts', import.meta.url).href
    await expect(runToEnd(join(starting, { threads: 2, module: missing }))).rejects.toThrow('missing.ts is not there')
  })
})
