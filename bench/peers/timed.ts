// One run of a query on one side, as its process reports it: a JSON line.

export interface Timed {
  readonly events: number
  /** From the first event that was made until the last row was in the sink. */
  readonly seconds: number
  /** CPU time of all threads of the process in that time. */
  readonly cpuSeconds: number
  /** Until the job was over: of ours, with a last checkpoint of all state. */
  readonly jobSeconds: number
  readonly rows: number
  /** Of the rows: eight hexadecimal digits. */
  readonly checksum: string
}

/** @throws where the line says something else, or tells of another number of events */
export function parseTimed(line: string, events: number): Timed {
  const found: unknown = parsed(line)
  if (!isTimed(found)) throw new Error(`this is no line of a timed run: ${line.slice(0, 200)}`)
  if (found.events !== events) throw new Error(`this is a run of ${found.events} events, not of ${events}: ${line.slice(0, 200)}`)
  return found
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function isTimed(found: unknown): found is Timed {
  if (typeof found !== 'object' || found === null) return false
  const { events, seconds, cpuSeconds, jobSeconds, rows, checksum } = found as Record<string, unknown>
  const numbers = [events, seconds, cpuSeconds, jobSeconds, rows].every((n) => typeof n === 'number' && Number.isFinite(n) && n >= 0)
  return numbers && typeof checksum === 'string' && /^[0-9a-f]{8}$/.test(checksum)
}

export const nsPerEvent = ({ seconds, events }: Timed): number => (seconds * 1e9) / events
export const cpuNsPerEvent = ({ cpuSeconds, events }: Timed): number => (cpuSeconds * 1e9) / events
export const jobNsPerEvent = ({ jobSeconds, events }: Timed): number => (jobSeconds * 1e9) / events
