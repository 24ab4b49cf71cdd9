// A process that runs one query as often as it is asked: a number of events on its standard input, a line about the run on its output.

import type { ChildProcessByStdio } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { startChild } from '../children.ts'
import { parseTimed, type Timed } from './timed.ts'
import type { Command } from './tools.ts'

const answerTimeoutMs = 300_000
/** Of what a process said on its standard error, for messages. */
const errorsKept = 4_000

interface Waiting {
  readonly events: number
  readonly resolve: (timed: Timed) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

export class Side implements AsyncDisposable {
  readonly #command: Command
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #ended: Promise<void>
  #waiting: Waiting | undefined
  #errors = ''
  #failure: Error | undefined

  constructor(command: Command) {
    this.#command = command
    this.#child = startChild(command.file, command.args)
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) this.#settle((waiting) => waiting.resolve(parseTimed(line, waiting.events)))
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-errorsKept)
    })
    // Writing to a process that has ended is told by its end.
    this.#child.stdin.on('error', () => undefined)
    this.#child.on('error', (error) => this.#fail(error.message))
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#fail(`the process ended with ${code}`)
        resolve()
      })
    })
  }

  /** One run; the next may be asked for when it is over. */
  run(events: number): Promise<Timed> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#fail(`no answer within ${answerTimeoutMs / 1_000} s`)
        this.#child.kill('SIGKILL')
      }, answerTimeoutMs)
      this.#waiting = { events, resolve, reject, timer }
      this.#child.stdin.write(`${events}\n`)
    })
  }

  #fail(what: string): void {
    const { file, args } = this.#command
    this.#failure ??= new Error(`${file} ${args.join(' ')}: ${what}\n${this.#errors}`)
    this.#settle(({ reject }) => reject(this.#failure!))
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) return
    clearTimeout(waiting.timer)
    try {
      how(waiting)
    } catch (error) {
      waiting.reject(error as Error)
    }
  }

  /** Ends the process and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000)
    await this.#ended
    clearTimeout(timer)
  }
}
