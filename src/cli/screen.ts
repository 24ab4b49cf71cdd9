// Where text for people goes: standard error. On a terminal some lines at its end are redrawn in place.
//
// Whatever else the process writes meanwhile (a printing sink, console.log) must not be mixed into those lines: while they stand, a write to
// the terminal takes them away first. The next drawing brings them back, unless a line has been begun and not ended.

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

type Write = (text: string | Uint8Array, ...rest: never[]) => boolean

/** As much of a process's output as matters here. */
export interface Terminal {
  isTTY?: boolean | undefined
  columns?: number | undefined
  write: Write
}

export interface Surroundings {
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
}

export function openScreen({ stdout, stderr, env }: Surroundings = process): Screen {
  const live = stderr.isTTY === true && env.TERM !== 'dumb' && env.CI === undefined
  return live ? new LiveScreen(stdout, stderr) : new PlainScreen(stderr)
}

class PlainScreen implements Screen {
  readonly live = false
  readonly #stderr: Terminal

  constructor(stderr: Terminal) {
    this.#stderr = stderr
  }

  line(text: string): void {
    this.#stderr.write(`${text}\n`)
  }

  block(): void {}
  close(): void {}
}

class LiveScreen implements Screen {
  readonly live = true
  readonly #stderr: Terminal
  readonly #write: Write
  readonly #restore: () => void
  #standing = 0
  #lineBegun = false

  constructor(stdout: Terminal, stderr: Terminal) {
    this.#stderr = stderr
    this.#write = stderr.write
    const guarded = [stderr, ...(stdout.isTTY === true ? [stdout] : [])].map((terminal) => this.#guard(terminal))
    this.#restore = () => {
      for (const restore of guarded.toReversed()) restore()
    }
  }

  #guard(terminal: Terminal): () => void {
    const write = terminal.write
    terminal.write = (text, ...rest) => {
      this.#erase()
      if (text.length > 0) this.#lineBegun = typeof text === 'string' ? !text.endsWith('\n') : text.at(-1) !== 10
      return write.call(terminal, text, ...rest)
    }
    return () => {
      terminal.write = write
    }
  }

  line(text: string): void {
    this.#stderr.write(`${text}\n`)
  }

  block(lines: readonly string[]): void {
    this.#erase()
    if (this.#lineBegun) return
    const width = Math.max(20, this.#stderr.columns ?? 80) - 1
    this.#draw(lines.map((line) => `${cut(line, width)}\n`).join(''))
    this.#standing = lines.length
  }

  #erase(): void {
    if (this.#standing === 0) return
    const up = this.#standing
    this.#standing = 0
    this.#draw(`\x1b[${up}A\x1b[J`)
  }

  #draw(text: string): void {
    this.#write.call(this.#stderr, text)
  }

  close(): void {
    this.#erase()
    this.#restore()
  }
}

/** A line that wraps would take two, and erasing would leave one. Styles are given up where a line is too long. */
function cut(line: string, width: number): string {
  const plain = stripVTControlCharacters(line)
  let taken = ''
  let at = 0
  for (const char of plain) {
    at += char.codePointAt(0)! >= firstWide ? 2 : 1
    if (at > width) return `${taken.slice(0, -1)}…`
    taken += char
  }
  return line
}

/** From here on (CJK, emoji) a character may take two columns. */
const firstWide = 0x2e80
