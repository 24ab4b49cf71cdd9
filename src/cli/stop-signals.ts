// Ctrl-C and SIGTERM: the first asks the job to stop, a later one ends the process.
//
// One Ctrl-C may arrive more than once: the terminal sends it to every process of the group, and npm and tsx pass on what they get.

import type { Clock } from '../ports/clock.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'

const signals = { SIGINT: exitCodes.interrupted, SIGTERM: exitCodes.terminated } as const
const sameSignalMs = 500

/** @returns what takes the handlers away again */
export function onStopSignals(clock: Clock, stop: (signal: string) => void, end: (code: ExitCode, signal: string) => void): () => void {
  let first: number | undefined
  const handlers = Object.entries(signals).map(([signal, code]) => {
    const handle = (): void => {
      if (first === undefined) {
        first = clock.monotonic()
        stop(signal)
      } else if (clock.monotonic() - first >= sameSignalMs) end(code, signal)
    }
    process.on(signal, handle)
    return () => process.off(signal, handle)
  })
  return () => {
    for (const remove of handlers) remove()
  }
}
