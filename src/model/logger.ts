// Where the engine says what an operator of the system wants to know. Fields are plain data; secrets never reach it.

export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

const silent = (): void => undefined
export const silentLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent }
