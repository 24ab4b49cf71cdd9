// A run told to people: what is drawn in place on a terminal, and plain lines everywhere else.

import { createColors } from 'picocolors'
import type { JobStatus } from '../protocol/coordinator-types.ts'
import { counted, eventTime, plural, printable, rate, size, span } from './figures.ts'
import type { ChainProgress, Progress } from './progress.ts'
import type { Level, Reporter, RunStart, RunSummary } from './report.ts'
import type { Screen } from './screen.ts'
import { summaryLines } from './summary-text.ts'

export class TextReporter implements Reporter {
  readonly everyMs: number
  readonly #screen: Screen
  readonly #verbose: boolean
  readonly #colors: ReturnType<typeof createColors>
  /** An error that may be the end: told with the outcome, or before whatever comes next. */
  #held: string | undefined

  constructor(screen: Screen, verbose: boolean) {
    this.#screen = screen
    this.#verbose = verbose
    this.everyMs = screen.live ? 500 : 5_000
    this.#colors = createColors(process.stderr.isTTY === true && process.env.NO_COLOR === undefined)
  }

  started({ job, state, chains, subtasks }: RunStart): void {
    const where = state === undefined ? 'checkpoints in memory only' : `state in ${state}`
    this.#line(`${this.#colors.bold(job)} starts: ${plural(chains, 'chain')}, ${plural(subtasks, 'subtask')}, ${where}`)
  }

  restored(epoch: number): void {
    this.#line(`goes on from checkpoint ${epoch}`)
  }

  progress(progress: Progress): void {
    this.#tellHeld()
    if (this.#screen.live) this.#screen.block(blockOf(progress, this.#colors))
    else this.#screen.line(lineOf(progress))
  }

  said(level: Level, told: string): void {
    const message = printable(told)
    if (level === 'error') {
      this.#tellHeld()
      this.#held = message
    } else if (level === 'warn') this.#line(`${this.#colors.yellow('warning:')} ${message}`)
    else if (this.#verbose) this.#line(this.#colors.dim(message))
  }

  #tellHeld(): void {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#line(`${this.#colors.red('failure:')} ${held}`)
  }

  stopping(signal: string): void {
    this.#line(`${signal}: takes a checkpoint and stops; once more ends it at once`)
  }

  over(summary: RunSummary): void {
    const { outcome } = summary
    // The command ends with this very error.
    if (outcome.kind === 'failed' && this.#held?.includes(printable(outcome.error.message)) === true) this.#held = undefined
    this.#tellHeld()
    this.close()
    for (const line of summaryLines(summary)) this.#line(line)
  }

  close(): void {
    this.#screen.close()
  }

  #line(text: string): void {
    this.#tellHeld()
    this.#screen.line(text)
  }
}

function lineOf({ seconds, status, chains, at }: Progress): string {
  const rates = chains.map((chain) => {
    const parts = [`${rate(chain.inPerSecond)}/s`, ...(chain.idle && chain.inPerSecond === 0 ? ['idle'] : []), ...blockedOf(chain)]
    return `${chain.operators[0]} ${parts.join(' ')}`
  })
  const behind = slowest(chains)
  return [
    `${status?.state ?? 'opening'} ${span(seconds * 1_000)}`,
    ...rates,
    ...(behind === undefined ? [] : [`event time ${eventTime(behind, at)}`]),
    ...checkpointParts(status, at),
  ].join(' | ')
}

function blockOf({ seconds, status, chains, at }: Progress, colors: ReturnType<typeof createColors>): string[] {
  const rows = [
    ['chain', 'in/s', 'out/s', 'records in', 'event time', 'blocked'],
    ...chains.map((chain) => [
      `${nameOf(chain, 36)}${chain.subtasks > 1 ? ` ×${chain.subtasks}` : ''}`,
      rate(chain.inPerSecond),
      rate(chain.outPerSecond),
      counted(chain.recordsIn),
      chain.idle ? 'idle' : eventTime(chain.watermark, at),
      percent(chain.blocked),
    ]),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const table = rows.map((row, i) => {
    const text = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')
    return i === 0 ? colors.dim(text) : text
  })
  const head = [`${colors.bold(status?.job ?? '')} ${status?.state ?? 'opening'} ${span(seconds * 1_000)}`, ...checkpointParts(status, at)]
  const failure =
    status?.lastError === undefined ? [] : [colors.red(`last failure: ${printable(status.lastError.message.replaceAll('\n', ' '))}`)]
  return [head.join(' | '), ...table, ...failure]
}

function checkpointParts(status: JobStatus | undefined, at: number): string[] {
  if (status === undefined) return []
  const { lastCheckpoint: last, openCheckpoint: open, checkpointsFailed: failed, restarts } = status
  return [
    ...(last === undefined
      ? []
      : [`checkpoint ${last.epoch}, ${span(at - last.completedAt)} ago, took ${span(last.durationMs)}, ${size(last.bytes)}`]),
    ...(open === undefined ? [] : [`checkpoint ${open} is being taken`]),
    ...(failed === 0 ? [] : [`${plural(failed, 'checkpoint')} given up`]),
    ...(restarts === 0 ? [] : [plural(restarts, 'restart')]),
  ]
}

const percent = (share: number): string => `${Math.round(share * 100)} %`

const blockedOf = ({ blocked }: ChainProgress): string[] => (blocked < 0.05 ? [] : [`${percent(blocked)} blocked`])

/** Least event time of the chains that have one. */
function slowest(chains: readonly ChainProgress[]): number | undefined {
  const times = chains.filter(({ idle, watermark }) => !idle && Number.isFinite(watermark)).map(({ watermark }) => watermark)
  return times.length === 0 ? undefined : Math.min(...times)
}

function nameOf({ operators }: ChainProgress, width: number): string {
  const name = operators.join(' → ')
  return name.length <= width ? name : `${name.slice(0, width - 1)}…`
}
