// `millrace checkpoints` on the state directory of a real run: lists, explains, verifies, and changes nothing.

import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, endAll, millrace, start } from './command.ts'
import { type Installed, installPackage } from './installed.ts'

const counting = fileURLToPath(new URL('fixtures/counting.ts', import.meta.url))

let installed: Installed
let stopped: string
let made = 0

const here = (env: Record<string, string> = {}) => ({ cwd: installed.folder, main: installed.main, env })
const checkpoints = (...args: readonly string[]): Promise<Ended> => millrace(['checkpoints', ...args], here())

beforeAll(async () => {
  installed = await installPackage()
  stopped = join(installed.folder, 'stopped')
  const command = start(['run', counting, '--state', stopped, '--json', '--progress', '20ms'], here({ TOTAL: '1000000' }))
  await command.says(/"checkpoint":\{"number":(?:[4-9]|\d\d)/)
  command.signal('SIGINT')
  expect((await command.ended).code).toBe(0)
}, 120_000)
afterAll(() => installed.remove())
afterEach(endAll)

/** A copy to be damaged. */
async function copy(): Promise<string> {
  const to = join(installed.folder, `copy-${made++}`)
  await cp(stopped, to, { recursive: true })
  return to
}

async function filesIn(directory: string): Promise<string[]> {
  const names = (await readdir(directory, { recursive: true })).sort()
  return Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs, isDirectory } = await stat(join(directory, name)).then((s) => ({
        size: s.size,
        mtimeMs: s.mtimeMs,
        isDirectory: s.isDirectory(),
      }))
      return isDirectory ? name : `${name} ${size} ${mtimeMs}`
    }),
  )
}

async function flipBit(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at < 0 ? bytes.length + at : at]! ^= 4
  await writeFile(path, bytes)
}

async function newest(directory: string): Promise<{ number: number; padded: string }> {
  const names = (await readdir(join(directory, 'manifest'))).sort()
  return { number: Number(names.at(-1)), padded: names.at(-1)! }
}

describe('checkpoints', { timeout: 60_000 }, () => {
  test('CL4 are listed with number, time, size and standing, and nothing is changed', async () => {
    const before = await filesIn(stopped)
    const { code, stdout, stderr } = await checkpoints(stopped, '--verify')
    expect([code, stderr]).toEqual([0, ''])
    const { number } = await newest(stopped)
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toBe(`job counting in ${stopped}`)
    expect(lines[1]).toMatch(/^checkpoint +taken +age +size +kind +standing$/)
    expect(lines).toHaveLength(6)
    expect(lines.slice(2, 5).map((line) => Number(line.trim().split(' ')[0]))).toEqual([number - 2, number - 1, number])
    expect(lines[4]).toMatch(/^ +\d+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +[\d.]+ m?s +\d+ B +checkpoint +complete, verified$/)
    expect(lines[5]).toBe(`The job was stopped at checkpoint ${number}; a run goes on from checkpoint ${number}.`)
    expect(await filesIn(stopped)).toEqual(before)
    const { checkpoints: listed } = JSON.parse((await checkpoints(stopped, '--json')).stdout) as { checkpoints: object[] }
    expect(listed.at(-1)).toMatchObject({ checkpoint: number, standing: 'complete', damage: null, job: 'counting', savepoint: false })
  })

  test('CL4 one is explained in words', async () => {
    const { number } = await newest(stopped)
    const { code, stdout } = await checkpoints(stopped, '--explain', String(number))
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^checkpoint ${number} of job counting: complete, \\d+ B$`, 'm'))
    expect(stdout).toMatch(/^128 key groups by murmur3/m)
    expect(stdout).toMatch(
      /^operator count, 1 subtask\n {2}state [\w.]+, version 1: 7 entries in \d key groups, at most \d in one \(group \d+\)$/m,
    )
    expect(stdout).toMatch(/^source numbers: 1 split, 0 finished\n {2}0: at \d+, seen up to 1970-01-01/m)
    const unknown = await checkpoints(stopped, '--explain', '77')
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining(`has no checkpoint 77: it has ${number - 2}, ${number - 1}, ${number}`),
    ])
  })

  test('CL4 may be listed while the job runs', async () => {
    const state = join(installed.folder, 'running')
    const command = start(
      ['run', counting, '--state', state, '--json', '--progress', '20ms', '--checkpoint-every', '10ms'],
      here({ OUT: 'out-2', TOTAL: '1000000' }),
    )
    await command.says(/"checkpoint":\{"number":(?:[5-9]|\d\d)/)
    for (let i = 0; i < 3; i++) {
      const { code, stdout, stderr } = await checkpoints(state, '--verify')
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toContain('The job is running, or died')
    }
    command.signal('SIGINT')
    expect((await command.ended).code).toBe(0)
  })

  test('CL4 of a directory that has none yet', async () => {
    const empty = join(installed.folder, 'empty')
    await mkdir(empty)
    const { code, stdout } = await checkpoints(empty)
    expect([code, stdout]).toEqual([0, `${empty} holds no checkpoints yet\n`])
    expect(await readdir(empty)).toEqual([])
  })

  test('CL5 a flipped bit in a snapshot is found and its file is named, and a run refuses the checkpoint', async () => {
    const state = await copy()
    const { number, padded } = await newest(state)
    const [blob = ''] = await readdir(join(state, 'blob', padded))
    await flipBit(join(state, 'blob', padded, blob), -3)
    const unseen = await checkpoints(state)
    expect(unseen.code).toBe(0)
    const { code, stdout, stderr } = await checkpoints(state, '--verify')
    expect(code).toBe(3)
    expect(stdout).toMatch(new RegExp(`^ +${number} .*complete, damaged$`, 'm'))
    expect(stderr).toMatch(new RegExp(`^error: checkpoint ${number} is damaged: .*blob/${padded}/${blob} .*checksum`))
    const explained = await checkpoints(state, '--explain', String(number))
    expect(explained.stdout).toMatch(/^subtask 0\.0: damaged: .*checksum/m)
    const run = await millrace(['run', counting, '--state', state], here())
    expect([run.code, run.stderr]).toEqual([3, expect.stringContaining(`checkpoint ${number}`)])
  })

  test('CL5 a snapshot that is gone is found without reading the others', async () => {
    const state = await copy()
    const { number, padded } = await newest(state)
    await rm(join(state, 'blob', padded), { recursive: true })
    const { code, stderr } = await checkpoints(state)
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(new RegExp(`^error: checkpoint ${number} is damaged: blob/${padded}/.* is missing`)),
    ])
  })

  test('CL5 a flipped bit in a manifest, and a manifest that is gone', async () => {
    const state = await copy()
    const { number, padded } = await newest(state)
    await flipBit(join(state, 'manifest', padded), 60)
    const flipped = await checkpoints(state)
    expect([flipped.code, flipped.stderr]).toEqual([3, expect.stringContaining(`checkpoint ${number} is damaged: manifest/${padded}`)])
    await rm(join(state, 'manifest', padded))
    const gone = await checkpoints(state)
    expect([gone.code, gone.stderr]).toEqual([3, expect.stringContaining(`manifest/${padded} is missing`)])
  })

  test('CL5 a damaged log is told, by the listing and by a run', async () => {
    const state = await copy()
    const [, slot = ''] = (await readdir(join(state, 'log'))).sort()
    await flipBit(join(state, 'log', slot), 50)
    const listing = await checkpoints(state)
    expect([listing.code, listing.stderr]).toEqual([3, expect.stringContaining("the job's log cannot be trusted")])
    const run = await millrace(['run', counting, '--state', state], here())
    expect([run.code, run.stderr]).toEqual([3, expect.stringContaining("the job's log cannot be trusted")])
  })
})
