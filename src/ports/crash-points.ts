// Named places between two effects that matter. In production they do nothing; the simulator ends the process at one of them.

export interface CrashPoints {
  /** May throw, and then nothing after this place happens in this process. */
  reached(name: string): void
}

export const noCrashPoints: CrashPoints = { reached: () => undefined }
