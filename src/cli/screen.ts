// Where text for people goes: standard error. On a terminal some lines at its end are redrawn in place.
//
// Whatever else the process writes meanwhile (a printing sink, console.log) must not be mixed into those lines: while they stand, every write
// to standard output and standard error takes them away first. The next drawing brings them back.

import { stripVTControlCharacters } from 'node:util'

export interface Screen {
  /** Whether `block` shows anything. */
  readonly live: boolean
  /** A line that stays. */
  line(text: string): void
  /** Lines that stand at the end until the next call. */
  block(lines: readonly string[]): void
  /** Takes the block away, for good. */
  close(): void
}

export function openScreen(): Screen {
  const { stderr, env } = process
  const live = stderr.isTTY === true && env.TERM !== 'dumb' && env.CI === undefined
  return live ? new LiveScreen() : plainScreen
}

const plainScreen: Screen = {
  live: false,
  line: (text) => void process.stderr.write(`${text}\n`),
  block: () => undefined,
  close: () => undefined,
}

type Write = typeof process.stdout.write

class LiveScreen implements Screen {
  readonly live = true
  readonly #stdout: Write = process.stdout.write
  readonly #stderr: Write = process.stderr.write
  #standing = 0

  constructor() {
    process.stdout.write = this.#guarded(process.stdout, this.#stdout)
    process.stderr.write = this.#guarded(process.stderr, this.#stderr)
  }

  #guarded(stream: NodeJS.WriteStream, write: Write): Write {
    return ((...args: Parameters<Write>) => {
      this.#erase()
      return write.apply(stream, args)
    }) as Write
  }

  line(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  block(lines: readonly string[]): void {
    this.#erase()
    const width = Math.max(20, process.stderr.columns ?? 80) - 1
    this.#write(lines.map((line) => `${cut(line, width)}\n`).join(''))
    this.#standing = lines.length
  }

  #erase(): void {
    if (this.#standing === 0) return
    const up = this.#standing
    this.#standing = 0
    this.#write(`\x1b[${up}A\x1b[J`)
  }

  #write(text: string): void {
    this.#stderr.call(process.stderr, text)
  }

  close(): void {
    this.#erase()
    process.stdout.write = this.#stdout
    process.stderr.write = this.#stderr
  }
}

/** A line that wraps would take two, and erasing would leave one. Styles are given up where a line is too long. */
function cut(line: string, width: number): string {
  const plain = stripVTControlCharacters(line)
  return plain.length <= width ? line : `${plain.slice(0, width - 1)}…`
}
