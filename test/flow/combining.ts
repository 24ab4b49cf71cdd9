// A combiner on a bench: what it sends is kept as text, in order.

import { Combiner, type CombinerOptions } from '../../src/flow/combiner.ts'
import type { EdgeWriter } from '../../src/flow/edge-writer.ts'
import type { Control } from '../../src/model/elements.ts'
import { epoch } from '../../src/model/ids.ts'
import type { Key } from '../../src/model/key.ts'
import type { KeyContext } from '../../src/operators/operator.ts'
import { foldOf, type WindowFunction } from '../../src/windows/fold.ts'
import { SliceLayout } from '../../src/windows/slices.ts'

/** Joins texts: what it gives tells the order of the records. */
const joining: WindowFunction = {
  kind: 'aggregate',
  aggregate: { init: () => '', add: (a: string, b: string) => a + b, merge: (a: string, b: string) => a + b } as never,
}

export const wm = (time: number): Control => ({ kind: 'WATERMARK', time })
export const barrier: Control = { kind: 'BARRIER', epoch: epoch(1) }

export interface CombiningOptions {
  readonly fn?: WindowFunction
  readonly entriesMax?: number
  readonly size?: number
}

export class Combining {
  readonly combiner: Combiner
  readonly keys: KeyContext = { key: '', group: -1 }
  #sent: string[] = []

  constructor({ fn = joining, entriesMax, size = 10 }: CombiningOptions = {}) {
    const options: CombinerOptions = {
      layout: new SliceLayout({ size, slide: size, offset: 0 }),
      fold: foldOf(fn),
      keys: this.keys,
      maxParallelism: 128,
      fails: (thrown, value, time) => new Error(`${(thrown as Error).message} for ${String(value)}@${time} of ${String(this.keys.key)}`),
      entriesMax,
    }
    const writer: EdgeWriter = {
      receive: (value, time) => void this.#sent.push(`${String(this.keys.key)}:${String(value)}@${time}`),
      partial: (acc, slice, count) => void this.#sent.push(`${String(this.keys.key)}:[${String(acc)}]×${count} from ${slice}`),
      control: (control) => void this.#sent.push(control.kind),
    }
    this.combiner = new Combiner(writer, options)
  }

  record(key: Key, value: unknown, time: number): this {
    this.keys.key = key
    this.keys.group = -1
    this.combiner.receive(value, time)
    return this
  }

  control(control: Control): this {
    this.combiner.control(control)
    return this
  }

  /** What was sent since the last call. */
  take(): string[] {
    const sent = this.#sent
    this.#sent = []
    return sent
  }
}
