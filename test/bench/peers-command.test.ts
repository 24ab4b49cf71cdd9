// The command that compares with other engines, from its arguments to its exit code, over stand-ins for the engines.

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Line } from '../../bench/measure.ts'
import { StandInPeers } from './stand-in-peers.ts'

const small = ['--scale=0.001', '--pairs=1']
const timeout = 120_000

const linesOf = (stdout: string): Line[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)

test('BE34 a comparison prints a line for each figure that is chosen', { timeout }, async () => {
  const peers = new StandInPeers()
  const { status, stdout, stderr } = await peers.bench(['k1', 'start/peers', '--against', 'flink,jet', ...small])
  expect(stderr).toMatch(/^building the peers in .*millrace-peers: .*\n$/)
  expect(status).toBe(0)
  const lines = linesOf(stdout)
  const passes = ['nexmark/k1-1', 'nexmark/jet-k1-1', 'nexmark/jet-core-k1-1', 'nexmark/rocksdb-k1', 'nexmark/k1-2']
  expect(lines.map(({ id }) => id)).toEqual([...passes, 'start/peers-flink', 'start/peers-jet'])
  for (const { runs, ratio, spread, env } of lines) {
    expect(runs).toBe(1)
    expect(spread[0]).toBeLessThanOrEqual(ratio!)
    expect(env.java).toBe('17.0.15')
  }
  expect(peers.left()).toEqual([])
  const again = await peers.bench(['start/peers-jet', '--against', 'jet', ...small])
  expect(again).toMatchObject({ status: 0, stderr: '' })
})

test('BE2 BE34 an engine with other results is an error of that query alone', { timeout }, async () => {
  const peers = new StandInPeers({
    java: `const log = console.log
      if (optionOf('query') === 'q2') console.log = (line) => log(line.replace(/"checksum":"[^"]*"/, '"checksum":"00000000"'))`,
  })
  const { status, stdout, stderr } = await peers.bench(['q2', 'q8', '--against', 'flink', ...small])
  expect(status).toBe(1)
  expect(stderr).toMatch(/^nexmark\/q2-1 \(datastream\): q2 against flink \(datastream\): results differ/m)
  expect(linesOf(stdout).map(({ id }) => id)).toEqual(['nexmark/q8-1', 'nexmark/q8-2'])
})

test('BE34 an engine that ends is an error with its last words, and a mean names what it lacks', { timeout }, async () => {
  const peers = new StandInPeers({ java: `console.error('OutOfMemoryError: Java heap space'); process.exit(3)` })
  const { status, stdout, stderr } = await peers.bench(['nexmark/r1', '--against', 'flink', ...small])
  expect(status).toBe(1)
  expect(stderr).toMatch(/nexmark\/r1-1 \(datastream\): java .*: the process ended with 3\nOutOfMemoryError: Java heap space/)
  expect(linesOf(stdout)).toEqual([{ id: 'nexmark/r1', notMeasured: 'all of it failed' }])
})

test('BE30 engines that cannot be built are an error in the words of Maven', { timeout }, async () => {
  const peers = new StandInPeers({ mavenError: '[ERROR] Could not transfer artifact' })
  const { status, stdout, stderr } = await peers.bench(['q2', '--against', 'flink', ...small])
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/the peers cannot be built: mvn .* ended with 1\n\[ERROR\] Could not transfer artifact/)
})

test.each(['javac 11.0.2', 'javac 1.8.0_392'])('BE30 a JDK that is too old skips the comparison: %s', { timeout }, async (javac) => {
  const { status, stdout, stderr } = await new StandInPeers({ javac }).bench(['q2', '--against', 'flink', ...small])
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toBe(`skipped: nexmark against flink: ${javac} is too old: a JDK of 17 or later is needed\n`)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('BE35 %s ends the processes of both sides, and leaves nothing behind', { timeout }, async (signal, code) => {
  const peers = new StandInPeers({
    java: `require('node:fs').writeFileSync(require('node:path').join(__dirname, 'id'), process.pid + ' ')
      setInterval(() => undefined, 1_000)
      process.stdin.resume()
      return`,
  })
  let id = 0
  const { status, stdout, stderr } = await peers.bench(['q2', '--against', 'flink', ...small], async (send) => {
    while (!peers.written('id')?.endsWith(' ')) await sleep(20)
    id = Number(peers.written('id'))
    send(signal)
  })
  expect(status).toBe(code)
  expect(stdout).toBe('')
  const [, ended = ''] = new RegExp(`^broken off by ${signal}: ending ([0-9, ]+)$`, 'm').exec(stderr) ?? []
  const ids = ended.split(', ').map(Number)
  expect(ids).toContain(id)
  expect(ids).toHaveLength(2)
  for (const one of ids) expect(() => process.kill(one, 0)).toThrow(/ESRCH/)
  expect(peers.left()).toEqual([])
})
