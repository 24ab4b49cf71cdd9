// Senders before the subtasks of a window, with combiners or without: the same steps for both, and what comes out of the windows.

import { Combiner } from '../../src/flow/combiner.ts'
import type { EdgeWriter } from '../../src/flow/edge-writer.ts'
import { activeControl, type Control, idleControl, watermarkMax } from '../../src/model/elements.ts'
import { epoch, operatorId } from '../../src/model/ids.ts'
import type { KeyContext } from '../../src/operators/operator.ts'
import { planWindow } from '../../src/operators/plan-window.ts'
import { WatermarkMerge } from '../../src/protocol/watermark-merge.ts'
import { assignerOf, sliding } from '../../src/windows/assigner.ts'
import type { WindowFunction } from '../../src/windows/fold.ts'
import type { TimeWindow } from '../../src/windows/window.ts'
import { KitSubtasks } from '../operators/kit-subtasks.ts'

export type Step =
  | { readonly type: 'record'; readonly sender: number; readonly key: number; readonly ahead: number }
  | { readonly type: 'watermark'; readonly sender: number; readonly by: number }
  | { readonly type: 'idle' | 'active'; readonly sender: number }
  /** One subtask of the window is ahead of what its senders told. */
  | { readonly type: 'ahead'; readonly by: number }
  | { readonly type: 'rescale'; readonly parallelism: number }
  | { readonly type: 'tick'; readonly ms: number }

export interface Shape {
  readonly slide: number
  readonly size: number
  readonly offset: number
  readonly lateness: number
  readonly fn: WindowFunction
}

/** What a window gives: the numbers of its records. */
export interface Given {
  readonly key: number
  readonly window: TimeWindow
  readonly values: readonly number[]
}

interface Sender {
  readonly keys: KeyContext
  writer: EdgeWriter
  combiner: Combiner | undefined
  time: number
  watermark: number
  idle: boolean
}

const maxParallelism = 8

export interface CombinedOptions {
  /** Undefined = no combiners. */
  readonly entriesMax: number | undefined
  /** Changes each combiner that is made: for bugs. */
  readonly spoil?: ((combiner: Combiner) => void) | undefined
}

export class CombinedWindows {
  records = 0
  readonly #shape: Shape
  readonly #options: CombinedOptions
  readonly #subtasks: KitSubtasks
  readonly #senders: readonly Sender[]
  #merge: WatermarkMerge
  #sent = Number.NEGATIVE_INFINITY
  /** Of each subtask of the window. */
  #times = [Number.NEGATIVE_INFINITY]
  #now = 0
  #epoch = 0
  #late = 0
  #key = 0

  constructor(shape: Shape, senders: number, options: CombinedOptions) {
    this.#shape = shape
    this.#options = options
    const { factory } = this.#planned
    this.#subtasks = new KitSubtasks(() => factory.create(operatorId('window')), { keyBy: () => this.#key, maxParallelism })
    this.#merge = new WatermarkMerge(senders)
    this.#senders = Array.from({ length: senders }, (_, index) => {
      const keys: KeyContext = { key: 0, group: -1 }
      const sender = { keys, combiner: undefined, time: 0, watermark: Number.NEGATIVE_INFINITY, idle: false }
      return { ...sender, writer: this.#channel(index, keys) }
    })
    for (const index of this.#senders.keys()) this.#start(index)
  }

  get #planned() {
    const { slide, size, offset, lateness, fn } = this.#shape
    const assigner = assignerOf(sliding(size, slide, { offset }))
    return planWindow(operatorId('window'), { assigner, lateness, function: fn })
  }

  /** Late records. */
  get late(): number {
    return this.#late + this.#subtasks.kits.reduce((sum, { counters }) => sum + (counters.late ?? 0), 0)
  }

  /** What windows gave, in order. */
  get output(): readonly Given[] {
    return this.#subtasks.output.map(({ value }) => value as Given)
  }

  run(steps: readonly Step[]): this {
    for (const step of steps) this.#step(step)
    for (const index of this.#senders.keys()) this.#control(index, { kind: 'WATERMARK', time: watermarkMax })
    for (const index of this.#senders.keys()) this.#control(index, { kind: 'END' })
    return this
  }

  #step(step: Step): void {
    if (step.type === 'tick') {
      this.#now += step.ms
      for (const { combiner } of this.#senders) combiner?.tick(this.#now)
      return
    }
    if (step.type === 'ahead') return this.#advance(0, this.#sent + step.by)
    if (step.type === 'rescale') return this.#rescale(step.parallelism)
    const index = step.sender % this.#senders.length
    const sender = this.#senders[index]!
    switch (step.type) {
      case 'record':
        sender.keys.key = step.key
        sender.keys.group = -1
        sender.writer.receive(this.records++, sender.time + step.ahead)
        break
      case 'watermark':
        sender.time += step.by
        if (sender.idle || sender.time <= sender.watermark) return
        sender.watermark = sender.time
        this.#control(index, { kind: 'WATERMARK', time: sender.time })
        break
      case 'idle':
      case 'active':
        sender.idle = step.type === 'idle'
        this.#control(index, sender.idle ? idleControl : activeControl)
    }
  }

  #control(index: number, control: Control): void {
    this.#senders[index]!.writer.control(control)
  }

  #start(index: number): void {
    const sender = this.#senders[index]!
    const channel = this.#channel(index, sender.keys)
    const { entriesMax, spoil } = this.#options
    const { combinable } = this.#planned.factory
    if (entriesMax === undefined) sender.writer = channel
    else {
      const fails = (thrown: unknown): Error => thrown as Error
      sender.combiner = new Combiner(channel, { ...combinable!, keys: sender.keys, maxParallelism, fails, entriesMax })
      spoil?.(sender.combiner)
      sender.writer = sender.combiner
    }
  }

  #channel(index: number, keys: KeyContext): EdgeWriter {
    return {
      receive: (value, time) => {
        this.#key = keys.key as number
        this.#subtasks.ofKey(keys.key).record(value, time)
      },
      partial: (acc, slice, count) => {
        this.#key = keys.key as number
        this.#subtasks.ofKey(keys.key).partial(acc, slice, count)
      },
      control: (control) => {
        const merge = this.#merge
        const changed =
          (control.kind === 'WATERMARK' && merge.watermark(index, control.time)) ||
          (control.kind === 'IDLE' && merge.setIdle(index)) ||
          (control.kind === 'ACTIVE' && merge.setActive(index)) ||
          (control.kind === 'END' && merge.end(index))
        if (!changed || merge.time <= this.#sent) return
        this.#sent = merge.time
        for (const kit of this.#subtasks.kits.keys()) this.#advance(kit, merge.time)
      },
    }
  }

  #advance(kit: number, time: number): void {
    if (time <= this.#times[kit]!) return
    this.#times[kit] = time
    this.#subtasks.kits[kit]!.watermark(time)
  }

  /** All stop behind a barrier and go on from the snapshots, the windows in another number; senders tell their time and status again. */
  #rescale(parallelism: number): void {
    this.#epoch++
    for (const index of this.#senders.keys()) this.#control(index, { kind: 'BARRIER', epoch: epoch(this.#epoch) })
    this.#late = this.late
    this.#subtasks.rescale(parallelism)
    this.#times = Array.from({ length: parallelism }, () => Math.min(...this.#times))
    const merge = new WatermarkMerge(this.#senders.length)
    merge.restore(this.#merge.time, this.#merge.idle)
    this.#merge = merge
    for (const [index, { watermark, idle }] of this.#senders.entries()) {
      this.#start(index)
      if (watermark > Number.NEGATIVE_INFINITY) this.#control(index, { kind: 'WATERMARK', time: watermark })
      if (idle) this.#control(index, idleControl)
    }
  }
}
