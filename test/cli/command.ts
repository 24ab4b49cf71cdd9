// Runs the real command as a child process. Every child that a test leaves behind is ended, by its id.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const tsx = pathToFileURL(fileURLToPath(new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url))).href
const sourceMain = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface Ended {
  /** Exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

export interface StartOptions {
  readonly cwd: string
  /** The compiled command; left out: the sources, through tsx. */
  readonly main?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly uid?: number | undefined
  /** Address space that it may take, in KiB. Linux only. */
  readonly addressSpaceKib?: number | undefined
  /** A file or device that takes its standard output; then nobody hears that. */
  readonly standardOutput?: string | undefined
}

const running = new Set<Command>()

export class Command {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #heard = new Set<() => void>()
  stdout = ''
  stderr = ''

  constructor(args: readonly string[], { cwd, main, env = {}, uid, addressSpaceKib, standardOutput }: StartOptions) {
    const how = main === undefined ? ['--import', tsx, sourceMain] : [main]
    const { FORCE_COLOR: _, npm_lifecycle_event: __, npm_command: ___, ...inherited } = process.env
    const options = { cwd, env: { ...inherited, NO_COLOR: '1', ...env }, ...(uid === undefined ? {} : { uid }) }
    const limited =
      addressSpaceKib === undefined ? [] : ['/bin/sh', '-c', 'ulimit -c 0; ulimit -v "$0"; exec "$@"', String(addressSpaceKib)]
    const [file, ...rest] = [...limited, process.execPath, ...how, ...args]
    const output = standardOutput === undefined ? 'pipe' : openSync(standardOutput, 'w')
    this.#child = spawn(file!, rest, { ...options, stdio: ['ignore', output, 'pipe'] })
    if (output !== 'pipe') closeSync(output)
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#hear()
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#hear()
    })
    running.add(this)
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code, signal) => {
        running.delete(this)
        resolve({ code: code ?? signal!, stdout: this.stdout, stderr: this.stderr })
        this.#hear()
      })
    })
  }

  #hear(): void {
    for (const heard of this.#heard) heard()
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** What a pipe into `head` does. */
  closeStandardOutput(): void {
    this.#child.stdout!.destroy()
  }

  /** Waits until it has said this; fails when it ends before. */
  async says(pattern: RegExp): Promise<void> {
    for (;;) {
      if (pattern.test(`${this.stdout}\n${this.stderr}`)) return
      if (!running.has(this)) throw new Error(`it ended without saying ${pattern}:\n${this.stdout}\n${this.stderr}`)
      await new Promise<void>((resolve) => {
        const heard = (): void => {
          this.#heard.delete(heard)
          resolve()
        }
        this.#heard.add(heard)
      })
    }
  }
}

export const start = (args: readonly string[], options: StartOptions): Command => new Command(args, options)

export const millrace = (args: readonly string[], options: StartOptions): Promise<Ended> => start(args, options).ended

/** For `afterEach`. */
export async function endAll(): Promise<void> {
  const left = [...running]
  for (const command of left) command.signal('SIGKILL')
  await Promise.all(left.map(({ ended }) => ended))
}
