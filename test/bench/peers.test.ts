// The comparison with other engines, as far as it needs none: what is read from their processes, what is said about it, and what is refused.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { geomeanLine } from '../../bench/geomeans.ts'
import type { Line } from '../../bench/measure.ts'
import { readOptions } from '../../bench/options.ts'
import { choose } from '../../bench/peers/choice.ts'
import { fastestForms, idOf, lineOfPass, meansOfPasses } from '../../bench/peers/lines.ts'
import { checkResult, type PassResult } from '../../bench/peers/pass.ts'
import { type Pass, passesOf } from '../../bench/peers/plan.ts'
import { PassRecord } from '../../bench/peers/record.ts'
import { Side } from '../../bench/peers/side.ts'
import { parseTimed, type Timed } from '../../bench/peers/timed.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

function bench(args: readonly string[], env: NodeJS.ProcessEnv = process.env): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--import', 'tsx', 'bench/run.ts', ...args], { cwd: root, encoding: 'utf8', env })
}

const timed = (events: number, seconds: number, more: Partial<Timed> = {}): Timed => ({
  events,
  seconds,
  cpuSeconds: 2 * seconds,
  jobSeconds: seconds,
  rows: 3,
  checksum: '0000abcd',
  ...more,
})

const passOf = (query: string, form: string): Pass => {
  const found = passesOf(['flink']).find((pass) => pass.query === query && pass.form === form && pass.family === 'flink-1')
  if (found === undefined) throw new Error(`no pass of ${query} in ${form}`)
  return found
}

const resultOf = (pass: Pass, ours: readonly Timed[], peer: readonly Timed[]): PassResult => ({ pass, ours, peer })
const linesOf = (...results: readonly PassResult[]): Line[] => results.map((result) => lineOfPass(result, {}))

test('BE28 a line of a timed run is read, and anything else is refused', () => {
  const line = '{"events":10,"seconds":0.5,"cpuSeconds":0.75,"gcSeconds":0.1,"jobSeconds":0.6,"rows":4,"checksum":"00c0ffee"}'
  expect(parseTimed(line, 10)).toMatchObject({ events: 10, seconds: 0.5, cpuSeconds: 0.75, rows: 4, checksum: '00c0ffee' })
  const others = ['', 'WARNING: a line of a library', '{}', '[]', 'null', line.replace('0.5', '"0.5"'), line.replace('00c0ffee', 'c0ffee')]
  for (const other of others) expect(() => parseTimed(other, 10), other).toThrow(/no line of a timed run/)
  expect(() => parseTimed(line, 20)).toThrow(/a run of 10 events, not of 20/)
})

test('BE28 a process is asked for one run after the other; one that ends or answers nonsense is an error with its last words', async () => {
  const script = `
    require('node:readline').createInterface({ input: process.stdin }).on('line', (events) => {
      if (events === '3') { console.error('out of events'); process.exit(7) }
      console.log('a word of a library')
      console.log(events === '2' ? '{"events":2}' : JSON.stringify({ events: +events, seconds: 1, cpuSeconds: 1, jobSeconds: 1, rows: 0, checksum: '00000000' }))
    })`
  await using side = new Side({ file: process.execPath, args: ['-e', script] })
  expect((await side.run(1)).events).toBe(1)
  await expect(side.run(2)).rejects.toThrow(/no line of a timed run/)
  expect((await side.run(4)).events).toBe(4)
  await expect(side.run(3)).rejects.toThrow(/ended with 7[\s\S]*out of events/)
  await expect(side.run(5)).rejects.toThrow(/ended with 7/)
})

test('BE29 a query is judged by events a second, pair by pair, and by CPU time an event', () => {
  const [line] = linesOf(resultOf(passOf('q5', 'sql'), [timed(20, 1), timed(20, 2), timed(20, 1)], [timed(5, 2), timed(5, 2), timed(5, 1)]))
  expect(line).toMatchObject({ id: 'nexmark/q5-1', value: 20, base: 2.5, ratio: 4, must: 4, ok: true, runs: 3, spread: [4, 8] })
  expect(line!.detail).toMatchObject({ cpuRatio: 8, ns: 5e7, 'base.ns': 4e8 })
})

test('BE29 of two forms the one that is faster on their side counts', () => {
  const ours = [timed(20, 1)]
  const slow = resultOf(passOf('q5', 'datastream'), ours, [timed(5, 4)])
  const fast = resultOf(passOf('q5', 'sql'), ours, [timed(5, 2)])
  expect(fastestForms(linesOf(slow, fast)).map(({ env, ratio }) => [env.form, ratio])).toEqual([['sql', 8]])
  expect(fastestForms(linesOf(fast, slow)).map(({ env, ratio }) => [env.form, ratio])).toEqual([['sql', 8]])
})

test('BE29 a mean over queries is geometric, and names what it lacks', () => {
  const mean = { id: 'm', members: ['nexmark/q0-1', 'nexmark/q1-1'], of: 'ratio', must: 2, aim: 3 } as const
  const lines = linesOf(
    resultOf(passOf('q0', 'datastream'), [timed(8, 1)], [timed(8, 1)]),
    resultOf(passOf('q1', 'datastream'), [timed(8, 1)], [timed(8, 4)]),
  )
  expect(geomeanLine(mean, lines)).toMatchObject({ ratio: 2, ok: true, spread: [2, 2] })
  expect(geomeanLine({ ...mean, of: 'cpuRatio', must: 2.5 }, lines)).toMatchObject({ ratio: 2, ok: false })
  expect(geomeanLine(mean, lines.slice(1))).toEqual({ id: 'm', notMeasured: 'without nexmark/q0-1' })
  expect(geomeanLine(mean, [])).toBeUndefined()
})

test('BE29 the means are over the queries that are promised', () => {
  const members = new Map(meansOfPasses.map(({ id, members: of }) => [id, of.length]))
  expect(Object.fromEntries(members)).toEqual({
    'nexmark/geomean-1': 15,
    'nexmark/cpu-geomean-1': 15,
    'nexmark/r1': 1,
    'nexmark/geomean-2': 15,
    'nexmark/jet-1': 6,
    'nexmark/jet-core-1': 6,
    'nexmark/geomean-rocksdb': 5,
  })
})

test('BE2 results that differ between the sides are an error; where changes depend on the interleaving, nothing is compared', () => {
  const other = timed(8, 1, { checksum: '0000abce' })
  const pass = passOf('q0', 'datastream')
  checkResult(resultOf(pass, [timed(8, 1)], [timed(8, 1)]))
  expect(() => checkResult(resultOf(pass, [timed(8, 1)], [other]))).toThrow(/q0 against flink.*results differ.*3:0000abcd, 3:0000abce/)
  const atTwo = passesOf(['flink']).find(({ query, parallelism }) => query === 'q18' && parallelism === 2)!
  checkResult(resultOf(atTwo, [timed(8, 1)], [other]))
})

test('BE30 without a JDK and Maven the comparison is skipped by name, and that is no error', () => {
  const { status, stdout, stderr } = bench(['nexmark', '--against', 'flink,jet'], { ...process.env, PATH: '' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^skipped: nexmark against flink, jet: not on the PATH: javac .*, mvn .*\n$/)
})

test('BE33 queries and figures that are named choose what is run; the group, or nothing, is all of it', () => {
  const idsOf = (...names: string[]): string[] => {
    const chosen = choose('flink', names)
    if (typeof chosen === 'string') throw new Error(chosen)
    return [...chosen.passes.map(({ family, query }) => idOf(family, query)), ...chosen.starts]
  }
  expect(new Set(idsOf('nexmark', 'k1'))).toEqual(new Set(['nexmark/k1-1', 'nexmark/rocksdb-k1', 'nexmark/k1-2']))
  expect(idsOf('nexmark/r1')).toEqual(['nexmark/r1-1'])
  expect(idsOf('k1', 'nexmark/geomean-rocksdb')).toEqual(['nexmark/rocksdb-k1'])
  expect(idsOf('start/peers')).toEqual(['flink'])
  expect(idsOf()).toEqual(idsOf('nexmark'))
  expect(idsOf()).toContain('flink')
  expect(new Set(idsOf()).size).toBe(15 + 15 + 5 + 1)
  const checkpointed = (...names: string[]): unknown => choose('flink', names)
  expect(checkpointed('nexmark/checkpointed')).toMatchObject({ passes: [], starts: [], checkpointed: true })
  expect(checkpointed('q5')).toMatchObject({ checkpointed: false })
  expect(checkpointed()).toMatchObject({ checkpointed: true })
})

test('BE31 a peer or a query that does not exist is refused, and those that do are named', () => {
  const spark = bench(['nexmark', '--against', 'flink,spark'])
  expect(spark.status).toBe(2)
  expect(spark.stderr).toMatch(/there is no peer spark: there are flink, jet/)
  expect(choose('flink', ['nexmark', 'q99'])).toMatch(/nothing called q99 to compare: there are .*q22/)
  for (const wrong of [['--against'], ['--pairs=0'], ['--pairs=2.5'], ['--pair=3'], ['--scale=0'], ['--scale=half'], ['--scale=21']]) {
    expect(readOptions(['--against', 'jet', ...wrong]), wrong[0]).toMatch(/--(against|pairs?|scale)/)
  }
  expect(readOptions(['q5', '--against', 'jet', '--quick'])).toMatchObject({ names: ['q5'], against: 'jet', size: 'quick', scale: 0.02 })
})

test('BE32 a recorded pass is found again, and a line that was cut off is passed over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-peers-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'passes.jsonl')
  const pass = passOf('q0', 'datastream')
  const result = { ...resultOf(pass, [timed(8, 1)], [timed(8, 2)]), env: { load: 1 } }
  new PassRecord(file).add(result)
  writeFileSync(file, '{"pass":{"query":"q1"', { flag: 'a' })
  const record = new PassRecord(file)
  expect(record.of(pass)).toEqual(result)
  expect(record.of(passOf('q1', 'datastream'))).toBeUndefined()
  record.add({ ...result, env: { load: 2 } })
  expect(new PassRecord(file).of(pass)?.env).toEqual({ load: 2 })
  expect(new PassRecord(undefined).of(pass)).toBeUndefined()
})
