// Stands in for a JDK, Maven and the engines that they run, so that the comparison can be seen working without them: the `java` of this
// folder runs our own side, which gives the rows that an engine must give, or does what an engine in trouble does.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { childFile } from '../../bench/built.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const ourSide = join(dirname(childFile), 'nexmark', 'serve.js')

export interface StandIns {
  /** What `javac -version` prints. */
  readonly javac?: string
  /** What Maven prints before it fails; undefined: it succeeds. */
  readonly mavenError?: string
  /** Of each process of an engine: statements that it begins with. */
  readonly java?: string
}

export interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `npm run bench` with these on the PATH, and nothing else there. */
export class StandInPeers {
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-peers-'))

  constructor({ javac = 'javac 17.0.15', mavenError, java = '' }: StandIns = {}) {
    onTestFinished(() => rmSync(this.#folder, { recursive: true }))
    mkdirSync(join(this.#folder, 'bin'))
    const failing = mavenError === undefined ? '' : `console.log(${JSON.stringify(mavenError)}); process.exit(1)`
    this.#command('javac', `console.log(${JSON.stringify(javac)})`)
    this.#command('mvn', `if (process.argv[2] !== '-version') { ${failing} }`)
    this.#command(
      'java',
      `const args = process.argv.slice(2)
      const optionOf = (name) => args[args.indexOf('--' + name) + 1]
      if (args[0] === '-version') console.error('openjdk version "17.0.15"')
      else if (args.includes('--start')) console.log('out  2')
      else {
        ${java}
        process.argv = [process.execPath, '', optionOf('query'), optionOf('parallelism')]
        import(${JSON.stringify(ourSide)})
      }`,
    )
  }

  #command(name: string, script: string): void {
    writeFileSync(join(this.#folder, 'bin', name), `#!${process.execPath}\n${script}\n`, { mode: 0o755 })
  }

  /** A file for statements of `java` to write to, by this name beside them. */
  written(name: string): string | undefined {
    try {
      return readFileSync(join(this.#folder, 'bin', name), 'utf8')
    } catch {
      return undefined
    }
  }

  /** @param meanwhile is given a way to send it a signal */
  bench(
    args: readonly string[],
    meanwhile: (send: (signal: NodeJS.Signals) => void) => Promise<void> = async () => undefined,
  ): Promise<Run> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'bench/run.ts', ...args], {
      cwd: root,
      env: { ...process.env, PATH: join(this.#folder, 'bin'), XDG_CACHE_HOME: this.#folder, TMPDIR: this.#folder },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const ended = new Promise<Run>((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })))
    return meanwhile((signal) => child.kill(signal)).then(() => ended)
  }

  /** Folders that a run has left where temporary files go. */
  left(): readonly string[] {
    return readdirSync(this.#folder).filter((name) => name.startsWith('millrace-bench-'))
  }
}
