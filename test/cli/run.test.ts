// `millrace run` as a child process: to the end, stopped, killed, refused.

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Command, type Ended, endAll, millrace, type StartOptions, start } from './command.ts'
import { type Installed, installPackage } from './installed.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const counting = fixture('counting.ts')
const telling = fixture('telling.ts')

let installed: Installed
let folder: string
let made = 0

beforeAll(async () => {
  installed = await installPackage()
}, 120_000)
afterAll(() => installed.remove())
beforeEach(async () => {
  folder = join(installed.folder, `case-${made++}`)
  await mkdir(folder)
})
afterEach(endAll)

const here = (env: Record<string, string> = {}): StartOptions => ({ cwd: folder, main: installed.main, env })
const run = (args: readonly string[], env?: Record<string, string>): Promise<Ended> => millrace(['run', ...args], here(env))
const begin = (args: readonly string[], env?: Record<string, string>): Command => start(['run', ...args], here(env))

/** All lines that the sink has made visible, in order. */
async function output(directory = 'out'): Promise<{ key: number; n: number }[]> {
  const root = join(folder, directory)
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.jsonl') && !name.startsWith('.')).sort()
  const texts = await Promise.all(files.map((name) => readFile(join(root, name), 'utf8')))
  return texts
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { key: number; n: number })
}

/** More than any test waits for. */
const endless = { TOTAL: '1000000' }

const expected = (total: number): { key: number; n: number }[] =>
  Array.from({ length: total }, (_, at) => ({ key: at % 7, n: Math.floor(at / 7) + 1 }))

const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('a run', { timeout: 120_000 }, () => {
  test('CL1 runs the job of a module and says what was read and where it went', async () => {
    const { code, stdout, stderr } = await run([counting, '--progress', '200ms'], { EXTRA: '1' })
    expect(code).toBe(0)
    expect(await output()).toEqual(expected(3_000))
    expect(stdout).toContain('shown  0    1\n')
    expect(stderr).toContain('counting starts: 1 chain, 1 subtask, checkpoints in memory only\n')
    expect(stderr).toMatch(/^running \d.*\| numbers [\d,.]+\/s \| event time 1970-01-01 00:00:0\dZ/m)
    expect(stderr).toMatch(/^counting finished in \d/m)
    expect(stderr).toMatch(/^ {2}read {8}3,000 records, [\d,]+\/s$/m)
    expect(stderr).toMatch(/^ {2}written {5}3,000 records to out: jsonlSink out, exactly-once$/m)
    expect(stderr).toMatch(/^ {2}written {5}3,000 records to shown: print, at-least-once$/m)
  })

  test('CL2 --json puts one object on each line of standard output, and what the job prints elsewhere', async () => {
    const { code, stdout, stderr } = await run([telling, '--json', '--progress', '100ms'])
    expect(code).toBe(0)
    const lines = jsonLines(stdout)
    expect(lines.map(({ type }) => type)).toEqual(['started', ...lines.slice(1, -1).map(() => 'progress'), 'summary'])
    expect(lines.length).toBeGreaterThan(3)
    const looks = lines.slice(1, -1) as unknown as { chains: { recordsIn: number; operators: string[] }[] }[]
    // The last look may fall behind the end of the source, and what has ended is not idle.
    const amid = looks.find(({ chains: [chain] }) => chain !== undefined && chain.recordsIn > 0 && chain.recordsIn < 400)!
    expect(amid.chains[0]).toMatchObject({ vertex: 0, subtasks: 1, idle: true, watermark: null })
    expect(amid.chains[0]!.operators[0]).toBe('numbers')
    expect(lines.at(-1)).toMatchObject({ job: 'telling', outcome: 'finished', read: { numbers: 400 }, state: null, error: null })
    expect(lines.at(-1)!.written).toEqual([{ id: 'shown', describe: 'print', guarantee: 'at-least-once', records: 400 }])
    expect(stderr).toContain('shown  total 400\n')
  })

  test('CL6 the first signal takes a checkpoint and stops, and the command that it names goes on exactly', async () => {
    const args = [counting, '--state', 'my state', '--checkpoint-every', '5s', '--fresh', '--progress', '50ms']
    const first = begin(args, endless)
    await first.says(/numbers [1-9]/)
    first.signal('SIGINT')
    const stopped = await first.ended
    expect(stopped.code).toBe(0)
    expect(stopped.stderr).toContain('SIGINT: takes a checkpoint and stops')
    expect(stopped.stderr).toMatch(/^counting stopped after .* at checkpoint \d+$/m)
    const told = /^Go on with: (.*)$/m.exec(stopped.stderr)?.[1]
    expect(told).toBe(`node ${installed.main} run ${counting} --state 'my state' --checkpoint-every 5s --progress 50ms`)
    const read = Number(/read {8}([\d,]+) records/.exec(stopped.stderr)![1]!.replaceAll(',', ''))
    expect(await output()).toEqual(expected(read))
    const second = await run([counting, '--state', 'my state'], { TOTAL: String(read + 1_000) })
    expect(second.code).toBe(0)
    expect(second.stderr).toMatch(/^goes on from checkpoint \d+$/m)
    expect(await output()).toEqual(expected(read + 1_000))
  })

  test('CL6 SIGTERM does the same, and says so in JSON', async () => {
    const first = begin([counting, '--state', 'state', '--json', '--progress', '50ms'], endless)
    await first.says(/"recordsIn":[1-9]/)
    first.signal('SIGTERM')
    const { code, stdout } = await first.ended
    expect(code).toBe(0)
    const lines = jsonLines(stdout)
    expect(lines.find(({ type }) => type === 'stopping')).toMatchObject({ signal: 'SIGTERM' })
    expect(lines.at(-1)).toMatchObject({ type: 'summary', outcome: 'stopped', error: null })
    expect(lines.at(-1)!.resume).toContain('--state state')
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('CL7 a second %s ends the process at once, whatever the job does', async (signal, code) => {
    await writeFile(
      join(folder, 'stuck.mjs'),
      `import { forEach, job } from 'millrace'
       export const stuck = job('stuck')
       stuck.source('s', [1, 2, 3]).to('never', forEach(() => { console.log('stuck now'); return new Promise(() => {}) }))`,
    )
    const command = begin(['stuck.mjs', '--progress', 'none'])
    await command.says(/stuck now/)
    command.signal(signal)
    await command.says(/once more ends it/)
    await new Promise((resolve) => setTimeout(resolve, 700))
    command.signal(signal)
    const ended = await command.ended
    expect(ended.code).toBe(code)
    expect(ended.stderr).toContain(`${signal} again: ended at once`)
  })

  test('CL8 killed without warning, the same command goes on exactly', async () => {
    const args = [counting, '--state', 'state', '--json', '--progress', '20ms']
    for (const past of [300, 1_200]) {
      const command = begin(args, endless)
      await command.says(new RegExp(`"recordsIn":(?:${numbersFrom(past)}).*"checkpoint":\\{`))
      command.signal('SIGKILL')
      expect((await command.ended).code).toBe('SIGKILL')
    }
    const last = await run(args, { TOTAL: '30000', PER_SECOND: '1000000' })
    expect(last.code).toBe(0)
    expect(jsonLines(last.stdout).find(({ type }) => type === 'restored')).toBeDefined()
    expect(await output()).toEqual(expected(30_000))
  })

  test('CL9 a second process on a state directory is refused, and the first goes on', async () => {
    const first = begin([counting, '--state', 'state', '--json', '--progress', '50ms'], endless)
    await first.says(/"recordsIn":[1-9]/)
    const second = await run([counting, '--state', 'state'], { OUT: 'other' })
    expect(second.code).toBe(3)
    expect(second.stderr).toMatch(/^error: .*state is in use by process \d+ on /)
    expect(second.stderr.trim().split('\n')).toHaveLength(1)
    first.signal('SIGINT')
    const { code, stdout } = await first.ended
    expect(code).toBe(0)
    const { read } = jsonLines(stdout).at(-1) as unknown as { read: Record<string, number> }
    expect(await output()).toEqual(expected(read.numbers!))
  })

  test('CL9 the state of another job is refused, finished or not, fresh or not, and stays as it was', async () => {
    expect((await run([telling, '--state', 'state', '--progress', 'none'], { TOTAL: '10' })).code).toBe(0)
    for (const more of [[], ['--fresh'], ['--from', '1']]) {
      const other = await run([counting, '--state', 'state', '--progress', 'none', ...more])
      expect([other.code, other.stderr]).toEqual([3, expect.stringContaining('it was written by job telling, and this job is counting')])
    }
    const again = await run([telling, '--state', 'state', '--progress', 'none'])
    expect([again.code, again.stderr]).toEqual([
      0,
      expect.stringMatching(/^telling had finished before, at checkpoint \d+ in .*--fresh begins anew$/m),
    ])
    const anew = await run([telling, '--state', 'state', '--progress', 'none', '--fresh'], { TOTAL: '10' })
    expect([anew.code, anew.stdout]).toEqual([0, expect.stringContaining('total 10\n')])
  })

  test.each(['a-file', 'a-file/state'])('CL9 a state directory that cannot be made is refused: %s', async (state) => {
    await writeFile(join(folder, 'a-file'), '')
    const { code, stderr } = await run([counting, '--state', state])
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^error: .*a-file.*\. A file stands where a directory is expected.*\n$/)])
  })

  test('CL12 a job that throws fails with its operator named, and the stack only where it is asked for', async () => {
    await writeFile(
      join(folder, 'fails.mjs'),
      `import { job, print } from 'millrace'
       export const fails = job('fails')
       fails.source('s', [1, 2, 3]).map((n) => { if (n === 2) throw new Error('two is bad'); return 2 * n }).to('o', print())`,
    )
    const { code, stderr } = await run(['fails.mjs'])
    expect(code).toBe(1)
    expect(stderr.match(/two is bad/g)).toHaveLength(1)
    expect(stderr).toMatch(/^error: job fails failed: operator "map-1" failed: two is bad \(source "s", .*element 1\)\n$/m)
    expect(stderr).not.toMatch(/^\s+at /m)
    const verbose = await run(['fails.mjs', '--verbose'])
    expect(verbose.stderr).toMatch(/^ {4}at .*fails\.mjs:3/m)
    const json = await run(['fails.mjs', '--json'])
    expect(json.code).toBe(1)
    expect(jsonLines(json.stdout).at(-1)).toMatchObject({ outcome: 'failed', error: { code: 'USER_CODE' } })
  })

  test('CL12 an error outside of the job ends the process with one message', async () => {
    await writeFile(
      join(folder, 'outside.mjs'),
      `import { discard, generator, job } from 'millrace'
       export const outside = job('outside')
       outside.source('s', generator((n) => n)).to('o', discard())
       setTimeout(() => { throw new Error('a stray timer') }, 200)`,
    )
    const { code, stderr } = await run(['outside.mjs', '--progress', 'none'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: nobody caught: a stray timer\n {2}at .*outside\.mjs:4:\d+\n$/m)
  })

  test('CL13 restarts are told, and what was read again is counted', async () => {
    const { code, stderr } = await run([counting, '--state', 'state', '--progress', '200ms'], { FAIL_ONCE: join(folder, 'failed-once') })
    expect(code).toBe(0)
    expect(await output()).toEqual(expected(3_000))
    expect(stderr).toMatch(/^failure: region 0 failed in attempt 1: operator "map-1" failed.*: fifteen hundred/m)
    expect(stderr).toMatch(/^ {2}restarts {4}1; what was read again is counted again$/m)
    expect(Number(/read {8}([\d,]+) records/.exec(stderr)![1]!.replaceAll(',', ''))).toBeGreaterThanOrEqual(3_000)
  })

  test('CL14 --from goes back to an older checkpoint, and where a sink has gone beyond it, it is refused like --fresh and changes nothing', async () => {
    const first = begin([telling, '--state', 'state', '--json', '--progress', '20ms'], endless)
    await first.says(/"checkpoint":\{"number":(?:[3-9]|\d\d)/)
    first.signal('SIGINT')
    await first.ended
    const newest = Math.max(...(await listed('state')))
    const toEnd = { TOTAL: '20000', PER_SECOND: '1000000' }
    const back = await run([telling, '--state', 'state', '--from', String(newest - 1), '--progress', 'none'], toEnd)
    expect(back.code).toBe(0)
    expect(back.stderr).toContain(`goes on from checkpoint ${newest - 1}\n`)
    expect(back.stdout.trimEnd().split('\n').at(-1)).toBe('shown  total 20000')
    const unknown = await run([telling, '--state', 'state', '--from', '999'])
    expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('there is no complete checkpoint 999')])

    const committing = begin([counting, '--state', 'committed', '--json', '--progress', '20ms'], endless)
    await committing.says(/"checkpoint":\{"number":(?:[4-9]|\d\d)/)
    committing.signal('SIGINT')
    await committing.ended
    const at = Math.max(...(await listed('committed')))
    const refused = await run([counting, '--state', 'committed', '--from', String(at - 1)])
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining(`checkpoint ${at - 1} cannot be gone back to`)])
    const anew = await run([counting, '--state', 'committed', '--fresh'])
    expect([anew.code, anew.stderr]).toEqual([3, expect.stringContaining('holds output of an earlier run')])
    expect((await run([counting, '--state', 'committed', '--progress', 'none'], toEnd)).code).toBe(0)
    expect(await output()).toEqual(expected(20_000))
  })

  test('CL14 state that nobody owns is refused, unless it is dropped by name', async () => {
    const source = (id: string): string =>
      `import { generator, job, print } from 'millrace'
       export const j = job('j', { checkpointEvery: '50 ms' })
       j.source('s', generator((n) => n, { perSecond: 200 })).keyBy(() => 1).aggregate('${id}', { init: () => 0, add: (n) => n + 1 }).to('o', print())`
    await writeFile(join(folder, 'j.mjs'), source('old'))
    const stop = async (args: readonly string[]): Promise<Ended> => {
      const command = begin(['j.mjs', '--state', 'state', '--json', '--progress', '20ms', ...args])
      await Promise.race([command.says(/"checkpoint":\{"number"/), command.ended])
      command.signal('SIGINT')
      return command.ended
    }
    expect((await stop([])).code).toBe(0)
    await writeFile(join(folder, 'j.mjs'), source('new'))
    const refused = await run(['j.mjs', '--state', 'state'])
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('--drop old')])
    expect((await stop(['--drop', 'old'])).code).toBe(0)
    const present = await run(['j.mjs', '--state', 'state', '--drop', 'new'])
    expect([present.code, present.stderr]).toEqual([2, expect.stringContaining('job j has that operator')])
  })

  test('CL15 --rate caps what each source gives', async () => {
    const { code, stdout } = await run([counting, '--json', '--rate', '1000'], { TOTAL: '1500', PER_SECOND: '1000000' })
    expect(code).toBe(0)
    const summary = jsonLines(stdout).at(-1) as unknown as { seconds: number; read: Record<string, number> }
    expect(summary.read).toEqual({ numbers: 1_500 })
    expect(summary.seconds).toBeGreaterThan(1.3)
    expect(await output()).toEqual(expected(1_500))
  })

  test('CL16 a reader of standard output that goes away ends the job', async () => {
    await writeFile(
      join(folder, 'endless.mjs'),
      `import { generator, job, print } from 'millrace'
       export const endless = job('endless')
       endless.source('s', generator((n) => n)).to('o', print())`,
    )
    const command = begin(['endless.mjs', '--progress', 'none'])
    await command.says(/^o {2}1$/m)
    command.closeStandardOutput()
    expect((await command.ended).code).toBe(0)
  })

  test.skipIf(!existsSync('/dev/full'))('CL21 standard output that takes no more fails the run, and says why', async () => {
    await writeFile(
      join(folder, 'printing.mjs'),
      `import { generator, job, print } from 'millrace'
       export const printing = job('printing')
       printing.source('s', generator((n) => n)).to('o', print())`,
    )
    const { code, stderr } = await millrace(['run', 'printing.mjs', '--progress', 'none', '--state', 'full'], {
      ...here(),
      standardOutput: '/dev/full',
    })
    expect(code).toBe(1)
    expect(stderr).toContain('cannot write to standard output')
    expect(stderr).toContain('ENOSPC')
    expect(stderr).toContain('before its first checkpoint: a later run begins anew')
    expect(stderr).not.toContain('Go on with')
  })
})

async function listed(state: string): Promise<number[]> {
  const { stdout } = await millrace(['checkpoints', state, '--json'], here())
  return (JSON.parse(stdout) as { checkpoints: { checkpoint: number }[] }).checkpoints.map(({ checkpoint }) => checkpoint)
}

/** A pattern of the numbers from `least` on, of three digits or more. */
const numbersFrom = (least: number): string =>
  least < 1_000 ? `[${String(least)[0]}-9]\\d\\d|\\d{4,}` : `1[${String(least)[1]}-9]\\d\\d|[2-9]\\d{3}|\\d{5,}`
