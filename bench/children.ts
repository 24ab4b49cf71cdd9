// The processes that a benchmark starts. When it is broken off, by Ctrl-C or otherwise, each of them is ended by its id, and what they left
// in the scratch folder goes with them.

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** How long a process may take to end when it is asked to. */
const endTimeoutMs = 3_000

const running = new Set<ChildProcess>()
let signalled: NodeJS.Signals | undefined
let scratch: string | undefined

/** Where processes put their temporary files; gone when this process ends. */
export function scratchFolder(): string {
  if (scratch === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    scratch = folder
  }
  return scratch
}

/**
 * Starts a process with pipes, the scratch folder as its place for temporary files.
 * @throws where the benchmark was broken off
 */
export function startChild(file: string, args: readonly string[]): ChildProcessByStdio<Writable, Readable, Readable> {
  if (signalled !== undefined) throw new Error(`broken off by ${signalled}`)
  const child = spawn(file, args, { env: { ...process.env, TMPDIR: scratchFolder() }, stdio: ['pipe', 'pipe', 'pipe'] })
  running.add(child)
  child.on('close', () => running.delete(child))
  return child
}

export interface Ended {
  /** Null: a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Waits for the end of a process; of one that cannot be started, `stderr` says why. */
export function endOf(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.on('error', ({ message }) => {
    stderr += message
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}

/** Whether somebody has broken the benchmark off: what fails from then on is due to that. */
export const isBrokenOff = (): boolean => signalled !== undefined

/** From now on a signal ends the processes that run, then this one. */
export function endOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => breakOff(signal))
}

function breakOff(signal: NodeJS.Signals): void {
  if (signalled !== undefined) return
  signalled = signal
  const ids = [...running].flatMap(({ pid }) => pid ?? [])
  console.error(`broken off by ${signal}${ids.length > 0 ? `: ending ${ids.join(', ')}` : ''}`)
  for (const child of running) child.kill()
  const began = performance.now()
  const look = setInterval(() => {
    if (running.size > 0 && performance.now() - began < endTimeoutMs) return
    clearInterval(look)
    for (const child of running) child.kill('SIGKILL')
    process.exit(128 + constants.signals[signal])
  }, 20)
}
