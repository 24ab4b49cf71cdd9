// The one error class of the engine. A code names what happened; the fate says what the engine does about it:
//   fault   recover: roll back to the last checkpoint and replay (user code threw, a channel broke, I/O failed for good)
//   fatal   the job fails for a reason that replay cannot mend; its state is kept
//   defect  an invariant of the engine is broken: the process must not go on
// A message says what happened, where (operator, key, offset) and what to do.

export const errorCodes = [
  'ASK_TIMEOUT', // an ask was not answered in time
  'ASYNC_TIMEOUT', // a call of asyncMap took longer than its timeout and has no substitute
  'CHECKPOINT_DAMAGED', // a checkpoint does not match its checksums
  'CHECKPOINT_FAILED', // more checkpoints in a row were aborted than are tolerated
  'CHANNEL_BROKEN', // a channel lost frames that cannot be repaired
  'CORRUPT', // bytes that are not what their checksum, magic or lengths say
  'DEPOSED', // another coordinator owns the job's log now
  'INPUT_CHANGED', // a source no longer has what a checkpoint refers to
  'INVARIANT', // the engine contradicts itself
  'IO', // the world failed: disk, network
  'JOB_INVALID', // the job cannot be built as it is written
  'JOB_STOPPED', // the job was stopped while something waited for it
  'MAILBOX_FULL', // a bounded mailbox lane overflowed
  'OUTPUT_CONFLICT', // a sink's target belongs to another job or is ahead of the restored checkpoint
  'RECORD_INVALID', // a record does not match its source's schema
  'RESTARTS_EXHAUSTED', // the restart budget is used up
  'STATE_LOCKED', // another process owns the state directory
  'STATE_MISMATCH', // saved state does not fit the job: owner, version or max parallelism
  'TERMINATED', // the asked or watched actor is gone
  'UNENCODABLE', // a value that no codec can write
  'USAGE', // a wrong option or argument
  'USER_CODE', // a function of the job threw
] as const
export type ErrorCode = (typeof errorCodes)[number]
export type Fate = 'fault' | 'fatal' | 'defect'

const fates: Partial<Record<ErrorCode, Fate>> = {
  ASYNC_TIMEOUT: 'fault',
  CHANNEL_BROKEN: 'fault',
  IO: 'fault',
  USER_CODE: 'fault',
  INVARIANT: 'defect',
}

export interface ErrorDetails {
  readonly cause?: unknown
  /** Overrides the fate that the code has by default. */
  readonly fate?: Fate | undefined
  /** The operator concerned. */
  readonly operator?: string | undefined
  /** Fingerprint of the record that was being processed, for counting failures of one record over attempts. */
  readonly fingerprint?: number | undefined
}

export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  readonly code: ErrorCode
  readonly fate: Fate
  readonly operator: string | undefined
  readonly fingerprint: number | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.fate = details.fate ?? fates[code] ?? 'fatal'
    this.operator = details.operator
    this.fingerprint = details.fingerprint
  }
}

/** A MillraceError as plain data, for a message to another thread or process. */
export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly fate: Fate
  readonly operator: string | undefined
  readonly fingerprint: number | undefined
  readonly stack: string | undefined
  /** What was thrown, if it was an error: its message and stack. */
  readonly cause: { readonly message: string; readonly stack: string | undefined } | undefined
}

export function plainError({ code, message, fate, operator, fingerprint, stack, cause }: MillraceError): PlainError {
  const thrown = cause instanceof Error ? { message: cause.message, stack: cause.stack } : undefined
  return { code, message, fate, operator, fingerprint, stack, cause: thrown }
}

export function errorOf({ code, message, stack, cause, ...details }: PlainError): MillraceError {
  const thrown = cause === undefined ? {} : { cause: Object.assign(new Error(cause.message), { stack: cause.stack }) }
  return Object.assign(new MillraceError(code, message, { ...details, ...thrown }), { stack })
}

/** Stays on in production: a broken invariant must not become a wrong result. */
export function assert(condition: boolean, why: () => string): asserts condition {
  if (!condition) throw new MillraceError('INVARIANT', why())
}

/** The message of anything that was thrown, also of what refuses to be shown. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown)
  } catch {
    return 'something was thrown that cannot be shown'
  }
}

/**
 * Anything thrown for an operator, with a place in front.
 * @param where such as 'sink "out"'; what names its operator, or a place of its own such as a path, stays as it is
 */
export function errorIn(where: string, operator: string, thrown: unknown, code: ErrorCode): MillraceError {
  if (!(thrown instanceof MillraceError)) return new MillraceError(code, `${where}: ${messageOf(thrown)}`, { cause: thrown, operator })
  const { fate, fingerprint, cause, message } = thrown
  if (thrown.operator !== undefined || (thrown.code !== 'USER_CODE' && thrown.code !== 'UNENCODABLE')) return thrown
  return new MillraceError(thrown.code, `${where}: ${message}`, { cause, fate, operator, fingerprint })
}

/** Anything thrown as a MillraceError: itself if it is one, else wrapped as a failure of user code or of the given code. */
export function asMillraceError(thrown: unknown, code: ErrorCode = 'USER_CODE', where = ''): MillraceError {
  if (thrown instanceof MillraceError) return thrown
  return new MillraceError(code, where === '' ? messageOf(thrown) : `${where}: ${messageOf(thrown)}`, { cause: thrown })
}
