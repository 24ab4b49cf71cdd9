// What can be wrong before anything runs: the command line, the file, the module, the job. One message, no stack, and the exit code.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, endAll, millrace } from './command.ts'
import { type Installed, installPackage } from './installed.ts'

let installed: Installed

const modules: Readonly<Record<string, string>> = {
  'hello.ts': `import { job, print } from 'millrace'
export const hello: ReturnType<typeof job> = job('hello')
hello.source('s', [1, 2]).to('out', print())`,
  'no-job.ts': 'export const x: number = 1',
  'two.ts': `import { job, print } from 'millrace'
export const a = job('first')
a.source('s', [1]).to('o', print())
export const b = job('second')
b.source('s', [2]).to('o', print())
export default b`,
  'throws.ts': `import { job } from 'millrace'

interface Wanted { x: { y: number } }
const wanted = undefined as unknown as Wanted
export const j = job(String(wanted.x.y))`,
  'bad-id.ts': `import { job, print } from 'millrace'
export const j = job('j')
j.source('s', [1]).keyBy((n) => n).aggregate('not an id', { init: () => 0, add: (n) => n }).to('o', print())`,
  'no-sink.ts': `import { job } from 'millrace'
export const j = job('j')
j.source('s', [1]).map((n) => n)`,
  'syntax.ts': `import { job } fro 'millrace'`,
  'lost.ts': `import { gone } from './gone.ts'\ngone()`,
  'no-package.ts': `import { gone } from 'there-is-no-such-package'\ngone()`,
  'old-style.ts': `console.log(__dirname)`,
  'live.ts': `import { job, live, print } from 'millrace'
export const j = job('j')
j.source('s', live((async function* () { yield 1 })())).to('o', print())`,
}

beforeAll(async () => {
  installed = await installPackage()
  for (const [name, text] of Object.entries(modules)) await writeFile(join(installed.folder, name), text)
  await mkdir(join(installed.folder, 'a-directory'))
}, 120_000)
afterAll(() => installed.remove())
afterEach(endAll)

const call = (...args: readonly string[]): Promise<Ended> => millrace(args, { cwd: installed.folder, main: installed.main })

describe('before anything runs', { timeout: 60_000 }, () => {
  test.each<[string, string[], number, string[]]>([
    ['no command', [], 2, ['Usage: millrace', 'Exit codes:']],
    ['a command that is not there', ['rn', 'hello.ts'], 2, ["unknown command 'rn'", 'Did you mean run?']],
    ['a mistyped option', ['run', 'hello.ts', '--stat', 'x'], 2, ["unknown option '--stat'", 'Did you mean --state?']],
    ['a file too many', ['run', 'hello.ts', 'two.ts'], 2, ['too many arguments']],
    ['no file', ['run'], 2, ["missing required argument 'file'"]],
    ['no number', ['run', 'hello.ts', '--parallelism', 'two'], 2, ["argument 'two' is invalid. It is a whole number from 1."]],
    ['more subtasks than key groups', ['run', 'hello.ts', '--parallelism', '1000'], 2, ['1000', '128']],
    ['no duration', ['run', 'hello.ts', '--checkpoint-every', '5x'], 2, ['"5 x" is not a duration', "'30 min'"]],
    ['no time at all', ['run', 'hello.ts', '--progress', '0s'], 2, ['longer than nothing']],
    ['no rate', ['run', 'hello.ts', '--rate', '-1'], 2, ['It is a number above 0.']],
    [
      'a checkpoint of a directory that is not there',
      ['run', 'hello.ts', '--state', 's', '--from', 'other#3'],
      2,
      ['no directory other ('],
    ],
    ['a state directory without a name', ['run', 'hello.ts', '--state', ''], 2, ['the path of the state directory is empty']],
    ['state to be dropped where none is kept', ['run', 'hello.ts', '--drop', 'x'], 2, ['--drop is about checkpoints that are kept']],
    ['a checkpoint of something else', ['run', 'hello.ts', '--state', 's', '--from', 'node_modules'], 2, ['is no state directory']],
    ['a checkpoint of a directory, and none for the run', ['run', 'hello.ts', '--from', 'other'], 2, ['a new directory', '--state']],
    [
      'one directory for both',
      ['run', 'hello.ts', '--state', 's/../t', '--from', './t#3'],
      2,
      ['name the same directory', 'its number alone'],
    ],
    ['a checkpoint of nowhere', ['run', 'hello.ts', '--from', '3'], 2, ['--from', '--state']],
    [
      'afresh and from a checkpoint',
      ['run', 'hello.ts', '--state', 's', '--from', '3', '--fresh'],
      2,
      ['--fresh', '--from', 'cannot be used'],
    ],
    ['a format that is not there', ['plan', 'hello.ts', '--format', 'svg'], 2, ['text, mermaid, json']],
    ['a file that is not there', ['run', 'helo.ts'], 2, ['helo.ts is not there (looked for ', 'helo.ts)']],
    ['a directory', ['run', 'a-directory'], 2, ['a-directory is a directory', 'give the file']],
    ['a module without a job', ['run', 'no-job.ts'], 2, ['no-job.ts exports no job', "export const hello = job('hello')"]],
    ['a module with two', ['run', 'two.ts'], 2, ['several jobs: first, second', '--job <name>']],
    ['a job that it does not have', ['plan', 'two.ts', '--job', 'third'], 2, ['no job called third: it has first, second']],
    ['a module that throws', ['run', 'throws.ts'], 2, ['throws.ts cannot be loaded: Cannot read prop', 'throws.ts:5:']],
    ['a module with a syntax error', ['run', 'syntax.ts'], 2, ['syntax.ts cannot be loaded', 'syntax.ts:1:15: ERROR: Expected "from"']],
    ['a module that imports nothing', ['run', 'lost.ts'], 2, ['lost.ts cannot be loaded', 'gone.ts']],
    ['a package that is not there', ['run', 'no-package.ts'], 2, ['no-package.ts cannot be loaded', 'there-is-no-such-package']],
    ['a module of another kind', ['run', 'old-style.ts'], 2, ['__dirname is not defined', 'import.meta']],
    ['a job with an unusable id', ['run', 'bad-id.ts'], 2, ['"not an id" is not usable', 'bad-id.ts:3:']],
    ['a job with a loose end', ['plan', 'no-sink.ts'], 2, ['job "j": nothing reads map "map-1"', '.to(id, sink)']],
    ['a live source with a state directory', ['run', 'live.ts', '--state', 'live-state'], 2, ['source "s"', 'cannot be read again']],
    ['checkpoints of nowhere', ['checkpoints', 'nowhere'], 2, ['there is no directory nowhere']],
    ['checkpoints of a file', ['checkpoints', 'hello.ts'], 2, ['hello.ts is a file', '--state']],
    ['checkpoints of something else', ['checkpoints', 'node_modules'], 2, ['node_modules is no state directory']],
  ])('CL10 is told in one message: %s', async (_, args, expected, words) => {
    const { code, stdout, stderr } = await call(...args)
    expect(code).toBe(expected)
    expect(stdout).toBe('')
    for (const word of words) expect(stderr).toContain(word)
    expect(stderr).not.toMatch(/^ {4}at /m)
    expect(stderr.match(/error:/gi)?.length ?? 0).toBeLessThanOrEqual(args[1] === 'syntax.ts' ? 3 : 1)
  })

  test('CL10 the stack comes with --verbose', async () => {
    const { code, stderr } = await call('run', 'throws.ts', '--verbose')
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^ {4}at .*throws\.ts:5/m)])
  })

  test('CL10 help and version are no errors', async () => {
    const help = await call('run', '--help')
    expect([help.code, help.stderr]).toEqual([0, ''])
    expect(help.stdout).toContain('--checkpoint-every <duration>')
    const version = await call('--version')
    expect([version.code, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  })

  test('CL3 a plan is drawn, as text, Mermaid and JSON', async () => {
    const text = await call('plan', 'two.ts', '--job', 'second', '--parallelism', '2')
    expect([text.code, text.stdout]).toEqual([0, expect.stringMatching(/^job second: 1 chain, 2 subtasks[\s\S]*╭─ 0 /)])
    expect((await call('plan', 'hello.ts', '--format', 'mermaid')).stdout).toMatch(/^flowchart TD\n/)
    const { job, vertices } = JSON.parse((await call('plan', 'hello.ts', '--format', 'json')).stdout) as {
      job: string
      vertices: unknown[]
    }
    expect([job, vertices.length]).toEqual(['hello', 1])
  })
})
