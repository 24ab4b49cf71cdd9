// `millrace run --state new --from old`: a job begins in a new state directory with a checkpoint of another one.

import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ManifestStore } from '../../actors/manifest-store.ts'
import { FileCheckpointStore } from '../../src/adapters/fs/checkpoint-store.ts'
import { NodeDisk } from '../../src/adapters/fs/disk.ts'
import { epoch, generation } from '../../src/model/ids.ts'
import type { LogEntry } from '../../src/model/manifest.ts'
import { type Ended, endAll, millrace, start } from './command.ts'
import { type Installed, installPackage } from './installed.ts'

const counting = fileURLToPath(new URL('fixtures/counting.ts', import.meta.url))
const total = 20_000

let installed: Installed
/** A state directory whose job was stopped, what it has read, and its newest checkpoint. */
let old: string
let read: number
let newest: number
let made = 0

const here = (env: Record<string, string> = {}) => ({ cwd: installed.folder, main: installed.main, env })
const run = (args: readonly string[], out: string): Promise<Ended> =>
  millrace(['run', counting, '--progress', 'none', ...args], here({ OUT: out, TOTAL: String(total), PER_SECOND: '1000000' }))

beforeAll(async () => {
  installed = await installPackage()
  old = join(installed.folder, 'old')
  const command = start(['run', counting, '--state', old, '--json', '--progress', '20ms'], here({ OUT: 'old-out', TOTAL: '1000000' }))
  await command.says(/"checkpoint":\{"number":(?:[4-9]|\d\d)/)
  command.signal('SIGINT')
  const { code, stdout } = await command.ended
  expect(code).toBe(0)
  const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { read: { numbers: number }; checkpoint: number }
  read = summary.read.numbers
  newest = summary.checkpoint
}, 120_000)
afterAll(() => installed.remove())
afterEach(endAll)

/** A path where nothing is yet. */
const fresh = (): string => join(installed.folder, `new-${made++}`)

async function copy(): Promise<string> {
  const to = fresh()
  await cp(old, to, { recursive: true })
  return to
}

async function linesIn(directory: string): Promise<string[]> {
  const root = join(installed.folder, directory)
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.jsonl') && !name.startsWith('.'))
  const texts = await Promise.all(files.map((name) => readFile(join(root, name), 'utf8')))
  return texts.join('').split('\n').filter(Boolean).sort()
}

/** What the job gives out of records `from` to `total`. */
const expected = (from: number): string[] =>
  Array.from({ length: total - from }, (_, i) => JSON.stringify({ key: (from + i) % 7, n: Math.floor((from + i) / 7) + 1 })).sort()

async function logSlots(state: string): Promise<readonly string[]> {
  return (await readdir(state)).includes('log') ? readdir(join(state, 'log')) : []
}

describe('a checkpoint of another directory', { timeout: 120_000 }, () => {
  test('CL20 the job goes on from the newest, at another parallelism, into other targets, and the other directory stays as it was', async () => {
    const state = fresh()
    const before = await readdir(old, { recursive: true })
    const { code, stderr } = await run(['--state', state, '--from', old, '--parallelism', '3'], 'out-newest')
    expect([code, stderr]).toEqual([0, expect.stringContaining(`goes on from checkpoint ${newest}\n`)])
    expect(await linesIn('out-newest')).toEqual(expected(read))
    expect(await readdir(old, { recursive: true })).toEqual(before)
    const again = await run(['--state', state], 'out-newest')
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('had finished before')])
  })

  test('CL20 an older one is chosen by its number', async () => {
    const { code, stderr } = await run(['--state', fresh(), '--from', `${old}#${newest - 1}`], 'out-older')
    expect([code, stderr]).toEqual([0, expect.stringContaining(`goes on from checkpoint ${newest - 1}\n`)])
    const lines = await linesIn('out-older')
    expect(lines.length).toBeGreaterThanOrEqual(total - read)
    expect(lines).toEqual(expected(total - lines.length))
  })

  test('CL20 a number that is not there, a damaged directory and a directory that is not empty are refused, and nothing is begun', async () => {
    const state = fresh()
    const missing = await run(['--state', state, '--from', `${old}#999`], 'out-refused')
    expect([missing.code, missing.stderr]).toEqual([3, expect.stringMatching(/^error: .*old has no complete checkpoint 999: it has .*\n$/)])
    const damaged = await copy()
    const padded = String(newest).padStart(8, '0')
    const [blob = ''] = await readdir(join(damaged, 'blob', padded))
    const bytes = await readFile(join(damaged, 'blob', padded, blob))
    await writeFile(join(damaged, 'blob', padded, blob), bytes.with(bytes.length - 3, bytes.at(-3)! ^ 4))
    const refused = await run(['--state', state, '--from', damaged], 'out-refused')
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringMatching(new RegExp(`^error: checkpoint ${newest} of .* is damaged: .*blob/${padded}/.*\\n$`)),
    ])
    expect(await logSlots(state)).toEqual([])
    const used = await copy()
    const full = await run(['--state', used, '--from', old], 'out-refused')
    expect([full.code, full.stderr]).toEqual([3, expect.stringContaining(`has checkpoint ${newest} already`)])
    expect(await logSlots(used)).toEqual(await logSlots(old))
    await mkdir(join(installed.folder, 'mine'))
    await writeFile(join(installed.folder, 'mine', 'thesis.txt'), 'x')
    const foreign = await run(['--state', state, '--from', old], 'mine')
    expect([foreign.code, foreign.stderr]).toEqual([3, expect.stringContaining('mine is not empty (thesis.txt)')])
    expect(await logSlots(state)).toEqual([])
    expect((await run(['--state', state, '--from', old], 'out-refused')).code).toBe(0)
    expect(await linesIn('out-refused')).toEqual(expected(read))
  })

  test('CL20 the output of a job that was killed comes along, and only into the targets that it was staged for', async () => {
    const dead = fresh()
    const command = start(['run', counting, '--state', dead, '--json', '--progress', '20ms'], here({ OUT: 'dead-out', TOTAL: '1000000' }))
    await command.says(/"checkpoint":\{"number":(?:[4-9]|\d\d)/)
    command.signal('SIGKILL')
    await command.ended
    const state = fresh()
    const elsewhere = await run(['--state', state, '--from', dead], 'elsewhere')
    expect([elsewhere.code, elsewhere.stderr]).toEqual([3, expect.stringContaining('nor what was staged for it')])
    expect(await logSlots(state)).toEqual([])
    expect((await run(['--state', state, '--from', dead], 'dead-out')).code).toBe(0)
    expect(await linesIn('dead-out')).toEqual(expected(0))
  })

  test('CL20 what was broken off is refused by a plain run, shown by the listing, and done by the same command', async () => {
    const state = fresh()
    const args = ['--state', state, '--from', old]
    const store = await FileCheckpointStore.open(new NodeDisk(), state, { writer: 'importer', exclusive: false })
    const begun: LogEntry = { kind: 'start', imports: epoch(newest), generation: generation(1), writer: 'w', attempts: [], below: 1 }
    await new ManifestStore(store).putEntry(1, begun)
    const plain = await run(['--state', state], 'out-broken')
    expect([plain.code, plain.stderr]).toEqual([3, expect.stringContaining('was broken off. Give the same command again')])
    const listing = await millrace(['checkpoints', state], here())
    expect(listing.stdout).toContain(`Checkpoint ${newest} is being brought in from another directory, or that was broken off.`)
    const again = await run(args, 'out-broken')
    expect([again.code, await linesIn('out-broken')]).toEqual([0, expected(read)])
  })
})
