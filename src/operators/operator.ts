// The operator contract. An operator is one step of a chain inside one subtask: synchronous, without I/O, clock or randomness.
//
// Life: `open` once (wire outputs, register state) → state parts are restored → `restored` → records, watermarks, timers, barriers in
// any order, one at a time → `onEnd` → nothing more. `open` may be followed by nothing but `close`.
//
// Emitting: outputs are plain functions; they never refuse and never throw for lack of room. What is emitted while a call runs is part
// of that call. Work that can emit without bound from one input (timers, windows, end of input) must be resumable: `onWatermark`,
// `onTime` and `onEnd` get a budget of steps, stop when it is used up and return false; they are then called again with the same
// argument when every output has credit, before any other input. Only `true` lets the watermark or the end go on to the next operator.
//
// Keys: a keyed operator reads the key of the record in hand from `context.keys`; before it calls user code for another key (a timer, a
// window) it sets it. State is reached through parts that the operator registers: they are copied into checkpoints behind its back.

import type { Control } from '../model/elements.ts'
import type { Epoch, KeyGroup, OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import type { KeyedPart, OperatorPart } from '../state/part.ts'

/** Takes one record: its value and its event time in ms (NaN = none). */
export type Receive = (value: unknown, time: number) => void

/**
 * Takes a partial: what was folded of the key in hand, in one slice, where its records came from.
 * @param acc owned by the receiver from here on
 * @param slice start of the slice
 * @param count how many records are in it, at least one
 */
export type ReceivePartial = (acc: unknown, slice: number, count: number) => void

/** The key of the record in hand. One object for each keyed stretch of a chain. */
export interface KeyContext {
  key: Key
  /** -1 until someone needed it: then the group of `key`. */
  group: KeyGroup
}

/** What a subtask tells its operators; fields change between calls. */
export interface Progress {
  /** Event-time watermark that has fully arrived at this subtask's operators. */
  watermark: number
  /** Processing time of this turn, ms since the epoch: the same for all records of the turn. */
  now: number
}

export interface OperatorContext {
  readonly id: OperatorId
  readonly subtask: number
  readonly parallelism: number
  readonly maxParallelism: number
  /** Undefined where the operator's input is not keyed. */
  readonly keys: KeyContext | undefined
  readonly progress: Progress
  /**
   * Event time up to which this key group had advanced before a restore, or -Infinity. After a restore at another parallelism it may be
   * ahead of the watermark; records and windows up to it are late.
   */
  groupFloor(group: KeyGroup): number
  /** The main output. */
  readonly output: Receive
  /** A side output by name. One that nobody reads counts the records and drops them. */
  side(name: string): Receive
  /** Whether anybody reads that output. */
  hasSide(name: string): boolean
  /** Registers keyed state, once each, in `open`. */
  keyedPart(part: KeyedPart): void
  /** Registers state that has no key, once each, in `open`. */
  operatorPart(part: OperatorPart): void
  /** Adds to a counter that is shown to users by name: late records, timeouts. */
  count(name: string, n: number): void
  /** In test mode: deep-freezes what state keeps and hands out, so that code which changes it in place is found. Undefined otherwise. */
  readonly freeze?: ((value: unknown) => void) | undefined
  /** Wraps what user code threw, with operator, key, time and a fingerprint of the record. A MillraceError keeps its code. */
  userError(thrown: unknown, value: unknown, time: number): Error
  /** Starts a call of user code that returns a promise; only for async operators. */
  readonly calls: AsyncCalls
}

/** What a function of `asyncMap` is given beside the record. */
export interface AsyncContext {
  /** Aborted at the timeout, and when the attempt ends. Made when it is first read. */
  readonly signal: AbortSignal
  /** 1 for the first call, 2 for the first retry, … */
  readonly attempt: number
}

export type AsyncFunction = (value: never, context: AsyncContext) => PromiseLike<unknown>

/**
 * Runs promises for async operators. An outcome comes back as `onCompleted`, once, in a later turn of the same subtask, never during
 * `start`: also when `fn` throws instead of returning a promise. In one turn completions are delivered before `onTime`, so one that
 * arrives at the instant of its timeout still counts.
 */
export interface AsyncCalls {
  /**
   * Calls `fn(value, context)`.
   * @param ticket comes back with the outcome, so that nobody has to look up whose it is
   * @returns the call's id: a small number from 0 on that no other call has whose outcome is open
   */
  start(fn: AsyncFunction, value: unknown, attempt: number, ticket: object): number
  /** Aborts the call's signal with `reason` and forgets its outcome: nothing is delivered for that call any more. */
  cancel(id: number, reason: Error): void
}

export interface Operator {
  readonly id: OperatorId
  /** Wires outputs and registers state. Called once, first. */
  open(context: OperatorContext): void
  /** One function an input, valid after `open`. Input 0 of a chained operator is fed by its parent. */
  readonly inputs: readonly Receive[]
  /** State has been restored; no record has come. */
  restored?(): void
  /** Event time reached `time`. */
  onWatermark?(time: number, budget: number): boolean
  /** Processing time reached `now`: timers that are due. Called at the start of a turn when `nextTime()` ≤ now. */
  onTime?(now: number, budget: number): boolean
  /** Least processing time at which `onTime` has something to do, ms since the epoch; Infinity = never. */
  nextTime?(): number
  /** Emits what must go before barrier `epoch`. State is frozen after all operators of the chain have returned. */
  onBarrier?(epoch: Epoch): void
  /** All inputs have ended, and the greatest watermark has been handled. */
  onEnd?(budget: number): boolean
  /** Idle or active, for operators that keep order between control and records. */
  onStatus?(control: Control): void
  /** False: give me no input for now; I shall be asked again after the next completion or turn. */
  ready?(): boolean
  /**
   * The outcome of a call that was started through `context.calls`.
   * @param ticket the one that the call was started with
   * @param outcome its value if `ok`, else what it threw
   */
  onCompleted?(ticket: object, ok: boolean, outcome: unknown): void
  /** All outcomes that a turn brings have come. */
  onCompletedAll?(): void
  /** What it takes lies in its state until the watermark passes it: input that is far ahead of the rest brings nothing sooner. */
  readonly keepsUntilWatermark?: boolean
  /** Takes partials of its first input, where senders may fold. What they hold was let through by the sender: no check stands before it. */
  readonly partial?: ReceivePartial
  /** Records that came to it folded, less the partials that brought them; read once a second by the shell. */
  readonly spared?: number
  /** Answers an ask for the state of a key: a plain value, or undefined where there is none. */
  query?(key: Key): unknown
  close?(): void
}

/**
 * Takes the watermark instead of letting it pass: an async operator must not let it overtake its records. It calls `forward` when its
 * own turn has come. Operators without this pass a watermark on as soon as `onWatermark` returned true.
 */
export interface HoldsWatermarks {
  holdWatermarks(forward: (control: Control) => void): void
}
