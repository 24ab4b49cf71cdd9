// Standard output for the command alone, where it is read by programs: what the job and its module print goes to standard error instead.

type Write = typeof process.stdout.write

export interface OwnOutput {
  write(text: string): void
  /** Gives standard output back to everybody. */
  close(): void
}

export function takeStandardOutput(): OwnOutput {
  const own: Write = process.stdout.write
  process.stdout.write = writeToStandardError
  return {
    write: (text) => void own.call(process.stdout, text),
    close: () => {
      process.stdout.write = own
    },
  }
}

/** Who waits for standard output to drain is woken when standard error has. */
const writeToStandardError = ((...args: Parameters<Write>): boolean => {
  const taken = process.stderr.write(...args)
  if (!taken) process.stderr.once('drain', () => process.stdout.emit('drain'))
  return taken
}) as Write
