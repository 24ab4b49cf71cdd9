// Parts of the command that can be looked at by themselves: figures, the resume command, rates, the terminal, the limited source.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { SubtaskStats } from '../../actors/subtask-stats.ts'
import { generator } from '../../src/adapters/memory/generator.ts'
import { exitCodeOf, exitCodes, exitCodesHelp } from '../../src/cli/exit-codes.ts'
import { counted, eventTime, instant, printable, rate, size, span } from '../../src/cli/figures.ts'
import { limitedSource } from '../../src/cli/limited-source.ts'
import { ProgressMeter } from '../../src/cli/progress.ts'
import { TextReporter } from '../../src/cli/report-text.ts'
import { resumeCommand } from '../../src/cli/resume-command.ts'
import { openScreen, type Terminal } from '../../src/cli/screen.ts'
import { MillraceError } from '../../src/model/errors.ts'
import type { RecordSink } from '../../src/model/reader.ts'

describe('figures', () => {
  test.each<[string, string]>([
    [counted(1_234_567), '1,234,567'],
    [counted(999), '999'],
    [rate(0), '0'],
    [rate(0.4), '0.4'],
    [rate(12_345.6), '12,346'],
    [size(999), '999 B'],
    [size(1_500), '1.5 kB'],
    [size(123_456_789), '123 MB'],
    [span(0), '0 ms'],
    [span(999.4), '999 ms'],
    [span(999.7), '1.0 s'],
    [span(59_940), '59.9 s'],
    [span(59_960), '1 min'],
    [span(184_000), '3 min 4 s'],
    [span(7_500_000), '2 h 5 min'],
    [span(90_000_000), '1 d 1 h'],
    [span(-5), '-5 ms'],
    [instant(0), '1970-01-01 00:00:00Z'],
    [eventTime(Number.NEGATIVE_INFINITY, 0), 'none yet'],
    [eventTime(Number.POSITIVE_INFINITY, 0), 'all'],
    [eventTime(5_000, 7_300), '2.3 s behind'],
    [eventTime(0, 1e12), '1970-01-01 00:00:00Z'],
    [printable('a\u001b[2Jb\tc\nd\u0007'), 'a\\x1b[2Jb\tc\nd\\x07'],
  ])('CL17 are told as people read them: %s', (shown, expected) => {
    expect(shown).toBe(expected)
  })
})

test('CL6 the command that goes on is the one that was given, less what applies only once', () => {
  const given = ['run', 'my job.ts', '--state', './s', '--fresh', '--from', '3', '--drop=a', '--drop', 'b', '--json', "--job=it's"]
  expect(resumeCommand(given, 'millrace')).toBe(`millrace run 'my job.ts' --state ./s --json '--job=it'\\''s'`)
})

test('CL10 every error code has its exit code, and a defect one of its own', () => {
  expect(exitCodeOf(new MillraceError('STATE_LOCKED', ''))).toBe(3)
  expect(exitCodeOf(new MillraceError('USAGE', ''))).toBe(2)
  expect(exitCodeOf(new MillraceError('USER_CODE', ''))).toBe(1)
  expect(exitCodeOf(new MillraceError('INVARIANT', ''))).toBe(70)
  expect(exitCodeOf(new Error('other'))).toBe(1)
})

const stats = (vertex: number, index: number, recordsIn: number, more: Partial<SubtaskStats> = {}): SubtaskStats => ({
  subtask: `${vertex}.${index}`,
  vertex,
  index,
  operators: [`op-${vertex}`],
  recordsIn,
  recordsOut: recordsIn / 2,
  written: {},
  watermark: 1_000 + index,
  idle: false,
  blocked: index / 10,
  counters: { 'op.late': 1 },
  ...more,
})

test('CL17 progress is told by chain, as rates since the last look', () => {
  const meter = new ProgressMeter(100)
  meter.look(1_100, 0, undefined, [stats(0, 0, 100), stats(0, 1, 50), stats(1, 0, 10)])
  const { chains, seconds, counters } = meter.look(3_100, 0, undefined, [
    stats(0, 0, 300),
    stats(0, 1, 50),
    stats(1, 0, 10, { idle: true }),
  ])
  expect(seconds).toBe(3)
  expect(counters).toEqual({ 'op.late': 3 })
  expect(chains[0]).toMatchObject({
    subtasks: 2,
    recordsIn: 350,
    inPerSecond: 100,
    outPerSecond: 50,
    watermark: 1_000,
    idle: false,
    blocked: 0.1,
  })
  expect(chains[1]).toMatchObject({ recordsIn: 10, inPerSecond: 0, idle: true })
})

/** What a terminal shows in the end: erased lines are gone. */
class FakeTerminal implements Terminal {
  readonly isTTY = true
  columns = 40
  lines: string[] = ['']
  write = (text: string | Uint8Array): boolean => {
    for (const part of String(text).split(/(\p{Cc}\[\d*[A-Z]|\n)/u)) {
      const up = /^\p{Cc}\[(\d+)A$/u.exec(part)?.[1]
      if (part === '\n') this.lines.push('')
      else if (up !== undefined) this.lines.splice(this.lines.length - 1 - Number(up), Number(up) + 1, '')
      else if (!part.startsWith('\x1b')) this.lines[this.lines.length - 1] += part
    }
    return true
  }
}

describe('the terminal', () => {
  test('CL18 redraws its block in place, and what others write stands above it, whole', () => {
    const terminal = new FakeTerminal()
    const write = terminal.write
    const screen = openScreen({ stdout: terminal, stderr: terminal, env: { TERM: 'xterm' } })
    screen.block(['one', 'two'])
    expect(terminal.lines).toEqual(['one', 'two', ''])
    terminal.write('a record\n')
    expect(terminal.lines).toEqual(['a record', ''])
    screen.block(['three', 'x'.repeat(100)])
    expect(terminal.lines).toEqual(['a record', 'three', `${'x'.repeat(38)}…`, ''])
    terminal.write('begun, ')
    screen.block(['four'])
    terminal.write('ended\n')
    screen.block(['five'])
    screen.line('a message')
    screen.block(['六'.repeat(40)])
    expect(terminal.lines).toEqual(['a record', 'begun, ended', 'a message', `${'六'.repeat(18)}…`, ''])
    screen.close()
    expect(terminal.lines).toEqual(['a record', 'begun, ended', 'a message', ''])
    expect(terminal.write).toBe(write)
  })

  test.each([
    ['no terminal', { isTTY: false }, {}],
    ['a dumb one', { isTTY: true }, { TERM: 'dumb' }],
    ['a build server', { isTTY: true }, { CI: 'true' }],
  ])('CL18 elsewhere there are only whole lines: %s', (_, { isTTY }, env) => {
    const terminal = Object.assign(new FakeTerminal(), { isTTY })
    const screen = openScreen({ stdout: terminal, stderr: terminal, env })
    screen.block(['never shown'])
    screen.line('shown')
    expect([screen.live, terminal.lines]).toEqual([false, ['shown', '']])
  })

  test('CL12 a failure that ends the job is not told twice', () => {
    const terminal = Object.assign(new FakeTerminal(), { isTTY: false })
    const reporter = new TextReporter(openScreen({ stdout: terminal, stderr: terminal, env: {} }), false)
    reporter.said('error', 'region 0 failed in attempt 1: boom')
    reporter.said('warn', 'something else')
    reporter.said('error', 'region 0 failed in attempt 2: boom')
    const summary = {
      job: 'j',
      seconds: 1,
      read: { s: 1 },
      written: [],
      checkpoints: 1,
      checkpointsFailed: 0,
      restarts: 1,
      counters: { 'op.late': 2 },
    }
    const outcome = { kind: 'failed', error: new MillraceError('USER_CODE', 'boom') } as const
    reporter.over({ ...summary, outcome, state: '/s', resume: 'millrace run j.ts --state /s' })
    expect(terminal.lines).toEqual([
      'failure: region 0 failed in attempt 1: boom',
      'warning: something else',
      'j failed after 1.0 s',
      '  read        1 record, 1.0/s',
      '  checkpoints 1, in /s',
      '  restarts    1; what was read again is counted again',
      '  counted     op.late 2',
      'Its state is kept. When the cause is mended, go on with: millrace run j.ts --state /s',
      '',
    ])
  })
})

describe('a limited source', () => {
  const read = async (perSecond: number, steps: readonly number[]) => {
    let now = 1_000
    const delays: number[] = []
    const context = {
      operator: 's',
      now: () => now,
      after: (delayMs: number, fire: () => void) => {
        delays.push(delayMs)
        fire()
        return () => undefined
      },
    }
    const source = limitedSource(
      generator((n) => n, { count: 50 }),
      perSecond,
    )
    const reader = await source.open((await source.splits([]))[0]!, undefined, context)
    const taken: number[] = []
    const out: RecordSink<number> = { record: (n) => taken.push(n), malformed: () => undefined }
    const counts: number[] = []
    for (const step of steps) {
      now += step
      const before = taken.length
      const then = reader.poll(out, 1_000)
      counts.push(taken.length - before)
      if (then === 'wait') await reader.ready()
    }
    return { counts, delays, offset: reader.offset(), where: reader.where() }
  }

  test('CL15 gives what its allowance has, up to a tenth of a second at once', async () => {
    const { counts, delays, offset } = await read(100, [0, 10, 10, 25, 5, 10_000, -500, 10])
    expect(counts).toEqual([1, 1, 1, 2, 1, 10, 0, 1])
    expect(delays).toEqual([10])
    expect(offset).toBe(17)
  })

  test('CL15 gives less than one a second, too, and ends with its source', async () => {
    const { counts, delays } = await read(0.5, [0, 1_000, 1_000])
    expect([counts, delays]).toEqual([[1, 0, 1], [1_000]])
    const source = limitedSource(
      generator((n) => n, { count: 2 }),
      1e9,
    )
    const context = { operator: 's', now: () => 0, after: () => () => undefined }
    const reader = await source.open((await source.splits([]))[0]!, 1, context)
    expect(reader.poll({ record: () => undefined, malformed: () => undefined }, 10)).toBe('end')
  })
})

describe('the page about the command line', () => {
  const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  const program = readFileSync(new URL('../../src/cli/program.ts', import.meta.url), 'utf8')

  test('CL19 names every command, option and exit code', () => {
    const options = [...program.matchAll(/(?:new Option|\.option)\('(--[a-z-]+)/g)].map(([, option]) => option!)
    expect(options.length).toBeGreaterThan(12)
    for (const option of new Set(options)) expect(page).toContain(`\`${option}`)
    for (const [, command] of program.matchAll(/\.command\('(\w+)'\)/g)) expect(page).toContain(`## millrace ${command}`)
    for (const code of Object.values(exitCodes)) {
      expect(page).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'))
      expect(exitCodesHelp).toContain(String(code))
    }
  })
})
