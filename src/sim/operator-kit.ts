// The operator kit: one operator on a bench. It stands where the chain and the subtask stand in a job, feeds the operator records,
// watermarks, time, barriers and the end by hand, and keeps what comes out. It can take the operator's snapshot, throw the operator away
// and go on from the snapshot, at another place of another parallelism too.
//
// It keeps the contract of an operator as the chain does: resumable work is called until it says true, a watermark goes out only then;
// while the operator is not ready it gets no input.

import { msgpackCodec } from '../adapters/msgpack/msgpack-codec.ts'
import type { ValueCodec } from '../model/codec.ts'
import { activeControl, type Control, idleControl, watermarkMax, watermarkMin } from '../model/elements.ts'
import { assert, MillraceError, messageOf } from '../model/errors.ts'
import { epoch, type OperatorId, operatorId } from '../model/ids.ts'
import { type Key, keyGroupOf } from '../model/key.ts'
import { maxParallelismDefault } from '../model/limits.ts'
import type { AsyncFunction, HoldsWatermarks, KeyContext, Operator, OperatorContext, Progress } from '../operators/operator.ts'
import type { KeyedPart, OperatorPart } from '../state/part.ts'
import { deepFreeze } from './deep-freeze.ts'
import { floorsOf, type KitPosition, type KitSnapshot, OpenKitSnapshot, restoreParts } from './kit-snapshot.ts'

export interface KitOptions {
  /** Key of a record: one function for all inputs, or one an input (undefined: that input has no key). Without it nothing is keyed. */
  readonly keyBy?: ((value: never) => Key) | readonly (((value: never) => Key) | undefined)[] | undefined
  /** Names of side outputs that somebody reads. */
  readonly sides?: readonly string[] | undefined
  /** 128 unless set. */
  readonly maxParallelism?: number | undefined
  /** Place of the operator: subtask 0 of 1 unless set. */
  readonly subtask?: number | undefined
  readonly parallelism?: number | undefined
  /** Steps of resumable work in one call; Infinity unless set. */
  readonly budget?: number | undefined
  /** Deep-freezes records that go in and values that come out. */
  readonly freeze?: boolean | undefined
  /** How snapshots encode values; MessagePack unless set. */
  readonly codec?: ValueCodec | undefined
}

export type Emitted =
  | { readonly value: unknown; readonly time: number }
  | { readonly watermark: number }
  | { readonly status: 'IDLE' | 'ACTIVE' }

/** A call of an async operator that the kit was asked to make. It is never made: the test says how it ends. */
export interface KitCall {
  readonly id: number
  readonly fn: AsyncFunction
  readonly value: unknown
  readonly attempt: number
  /** What the operator wants back with the outcome. */
  readonly ticket: object
  /** Why the operator cancelled it, if it did. */
  readonly cancelled: Error | undefined
}

/** Calls of resumable work after which it is taken to be endless. */
const callsMax = 1_000_000

export class OperatorKit {
  /** Everything that came out of the main output, with watermarks and statuses between. */
  readonly output: Emitted[] = []
  readonly counters: Record<string, number> = {}
  /** Calls begun and not completed, in order. */
  calls: KitCall[] = []
  #started = 0
  operator!: Operator & Partial<HoldsWatermarks>
  readonly #create: () => Operator
  readonly #options: KitOptions
  readonly #sides = new Map<string, { value: unknown; time: number }[]>()
  readonly #keys: KeyContext = { key: '', group: -1 }
  readonly #codec: ValueCodec
  readonly #maxParallelism: number
  #at: KitPosition
  #progress: Progress = { watermark: watermarkMin, now: 0 }
  #floors: ReadonlyMap<number, number> = new Map()
  #parts: { keyed: KeyedPart[]; operator: OperatorPart[] } = { keyed: [], operator: [] }
  #sentWatermark = watermarkMin
  #taken = 0

  constructor(create: () => Operator, options: KitOptions = {}) {
    this.#create = create
    this.#options = options
    this.#codec = options.codec ?? msgpackCodec()
    this.#maxParallelism = options.maxParallelism ?? maxParallelismDefault
    this.#at = { subtask: options.subtask ?? 0, parallelism: options.parallelism ?? 1 }
    for (const name of options.sides ?? []) this.#sides.set(name, [])
    this.#open()
    this.operator.restored?.()
  }

  /** Gives one record. */
  record(value: unknown, time: number = Number.NaN, input = 0): this {
    assert(this.ready, () => `operator ${this.operator.id} is not ready and was given a record`)
    if (this.#options.freeze === true) deepFreeze(value)
    this.#takeKey(value, input)
    const receive = this.operator.inputs[input]
    assert(receive !== undefined, () => `operator ${this.operator.id} has no input ${input}`)
    receive(value, time)
    return this
  }

  /** Gives what was folded of `count` records; it has the key that its accumulator gives. */
  partial(acc: unknown, slice: number, count: number): this {
    const { partial } = this.operator
    assert(partial !== undefined, () => `operator ${this.operator.id} takes no partials`)
    this.#takeKey(acc, 0)
    partial(acc, slice, count)
    return this
  }

  #takeKey(value: unknown, input: number): void {
    const { keyBy } = this.#options
    const key = typeof keyBy === 'function' ? keyBy : keyBy?.[input]
    if (key === undefined) return
    this.#keys.key = key(value as never)
    this.#keys.group = keyGroupOf(this.#keys.key, this.#maxParallelism)
  }

  /** Event time reaches `time`. */
  watermark(time: number): this {
    const { operator } = this
    if (operator.onWatermark !== undefined) this.#untilDone('onWatermark', (budget) => operator.onWatermark!(time, budget))
    this.#progress.watermark = time
    if (operator.holdWatermarks === undefined) this.#forward({ kind: 'WATERMARK', time })
    return this
  }

  /** Processing time reaches `now`; what is due happens. */
  time(now: number): this {
    const { operator } = this
    this.#progress.now = now
    if (operator.onTime !== undefined && operator.nextTime !== undefined && operator.nextTime() <= now) {
      this.#untilDone('onTime', (budget) => operator.onTime!(now, budget))
    }
    return this
  }

  /** A barrier comes; the snapshot is taken apart from it. */
  barrier(n: number): this {
    this.operator.onBarrier?.(epoch(n))
    return this
  }

  idle(): this {
    return this.#status(idleControl)
  }

  active(): this {
    return this.#status(activeControl)
  }

  /** All inputs end: the greatest watermark, then the end. */
  end(): this {
    this.watermark(watermarkMax)
    const { operator } = this
    if (operator.onEnd !== undefined) this.#untilDone('onEnd', (budget) => operator.onEnd!(budget))
    return this
  }

  /** Whether the operator takes input now. */
  get ready(): boolean {
    return this.operator.ready?.() ?? true
  }

  /** Least processing time at which something is due; Infinity = never. */
  get nextTime(): number {
    return this.operator.nextTime?.() ?? Number.POSITIVE_INFINITY
  }

  get now(): number {
    return this.#progress.now
  }

  /** The call `id` ends with a value. Ignored, as in a job, when the operator has cancelled it. */
  complete(id: number, value: unknown): this {
    return this.#completed(id, true, value)
  }

  /** The call `id` ends with an error. */
  fail(id: number, error: unknown): this {
    return this.#completed(id, false, error)
  }

  query(key: Key): unknown {
    return this.operator.query?.(key)
  }

  /** What came out of a side output that the options name. */
  side(name: string): readonly { readonly value: unknown; readonly time: number }[] {
    const side = this.#sides.get(name)
    if (side === undefined) throw new MillraceError('USAGE', `side output ${name} is not among the kit's sides`)
    return side
  }

  /** Values of the main output, without times and watermarks. */
  get values(): unknown[] {
    return this.output.flatMap((emitted) => ('value' in emitted ? [emitted.value] : []))
  }

  /** What came out of the main output since the last call. */
  take(): Emitted[] {
    const news = this.output.slice(this.#taken)
    this.#taken = this.output.length
    return news
  }

  /** The operator's state now. */
  snapshot(): KitSnapshot {
    return this.openSnapshot().finish()
  }

  /** Begins a snapshot that is copied while processing goes on. One at a time. */
  openSnapshot(): OpenKitSnapshot {
    const at = { ...this.#at, watermark: this.#progress.watermark, floors: this.#floors }
    return new OpenKitSnapshot(this.#parts, at, this.#codec)
  }

  /** Throws the operator away and goes on with a new one from the snapshots of all subtasks, by default at the same place. */
  restore(snapshots: KitSnapshot | readonly KitSnapshot[], at: Partial<KitPosition> = {}): this {
    const all = [snapshots].flat() as readonly KitSnapshot[]
    this.operator.close?.()
    this.calls = []
    this.#at = { ...this.#at, ...at }
    this.#floors = floorsOf(all, this.#maxParallelism)
    this.#open()
    restoreParts(all, this.#parts, this.#maxParallelism, this.#at, this.#codec)
    this.operator.restored?.()
    const time = all.reduce((least, { watermark }) => Math.min(least, watermark), watermarkMax)
    if (time > watermarkMin) this.watermark(time)
    return this
  }

  close(): void {
    this.operator.close?.()
  }

  #open(): void {
    this.operator = this.#create()
    this.#parts = { keyed: [], operator: [] }
    this.#progress = { watermark: watermarkMin, now: this.#progress.now }
    this.operator.open(this.#context(this.operator.id ?? operatorId('kit')))
    const names = [...this.#parts.keyed, ...this.#parts.operator].map(({ name }) => name)
    assert(new Set(names).size === names.length, () => `operator ${this.operator.id} registers a part twice: ${names.join(', ')}`)
    this.operator.holdWatermarks?.((control) => this.#forward(control))
  }

  #context(id: OperatorId): OperatorContext {
    const keys = this.#options.keyBy === undefined ? undefined : this.#keys
    const emitted = (into: Emitted[]) => (value: unknown, time: number) => {
      if (this.#options.freeze === true) deepFreeze(value)
      into.push({ value, time })
    }
    const count = (name: string, n: number): void => {
      this.counters[name] = (this.counters[name] ?? 0) + n
    }
    return {
      ...this.#at,
      id,
      maxParallelism: this.#maxParallelism,
      keys,
      progress: this.#progress,
      groupFloor: (group) => this.#floors.get(group) ?? watermarkMin,
      output: emitted(this.output),
      side: (name) => {
        const side = this.#sides.get(name)
        return side === undefined ? () => count(`unread.${name}`, 1) : emitted(side)
      },
      hasSide: (name) => this.#sides.has(name),
      keyedPart: (part) => this.#parts.keyed.push(part),
      operatorPart: (part) => this.#parts.operator.push(part),
      count,
      freeze: this.#options.freeze === true ? deepFreeze : undefined,
      userError: (thrown, _, time) => {
        if (thrown instanceof MillraceError && (thrown.code !== 'USER_CODE' || thrown.operator !== undefined)) return thrown
        const where = keys === undefined ? `operator ${id} at ${time}` : `operator ${id}, key ${String(keys.key)}, at ${time}`
        return new MillraceError('USER_CODE', `${where}: ${messageOf(thrown)}`, { cause: thrown, operator: id })
      },
      calls: {
        start: (fn, value, attempt, ticket) => {
          this.calls.push({ id: ++this.#started, fn, value, attempt, ticket, cancelled: undefined })
          return this.#started
        },
        cancel: (call, reason) => {
          this.calls = this.calls.map((known) => (known.id === call ? { ...known, cancelled: reason } : known))
        },
      },
    }
  }

  #untilDone(what: string, call: (budget: number) => boolean): void {
    const budget = this.#options.budget ?? Number.POSITIVE_INFINITY
    for (let calls = 0; !call(budget); calls++) {
      if (calls > callsMax) throw new MillraceError('INVARIANT', `${what} of operator ${this.operator.id} never says that it is done`)
    }
  }

  #status(control: Control): this {
    this.operator.onStatus?.(control)
    if (this.operator.holdWatermarks === undefined) this.#forward(control)
    return this
  }

  /** A watermark that goes out again after a restore is not recorded twice. */
  #forward(control: Control): void {
    if (control.kind === 'IDLE' || control.kind === 'ACTIVE') this.output.push({ status: control.kind })
    if (control.kind !== 'WATERMARK' || control.time <= this.#sentWatermark) return
    this.#sentWatermark = control.time
    this.output.push({ watermark: control.time })
  }

  #completed(id: number, ok: boolean, outcome: unknown): this {
    const call = this.calls.find((known) => known.id === id)
    if (call === undefined) throw new MillraceError('USAGE', `the operator has made no call ${id} that is not complete`)
    this.calls = this.calls.filter((known) => known !== call)
    if (call.cancelled === undefined) this.operator.onCompleted?.(call.ticket, ok, outcome)
    this.operator.onCompletedAll?.()
    return this
  }
}

/**
 * Puts an operator into a kit.
 * @param create makes the operator; called again at each restore
 */
export const operatorKit = (create: () => Operator, options: KitOptions = {}): OperatorKit => new OperatorKit(create, options)
