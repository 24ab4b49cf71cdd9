// Windows by their definition, one key at a time: slow, plain, and independent of how the operators do it.

import { cover, type TimeWindow, touches } from '../../src/windows/window.ts'

interface ModelWindow {
  window: TimeWindow
  readonly values: number[]
  /** Its end is still ahead. */
  pending: boolean
}

export interface ModelShape {
  /** Tumbling and sliding windows, or sessions. */
  readonly kind: 'sliced' | 'session'
  readonly size: number
  readonly slide: number
  readonly offset: number
  readonly lateness: number
}

export const showWindow = (key: number, { start, end }: TimeWindow, values: readonly number[]): string =>
  `${key}[${start},${end})=${[...values].sort((a, b) => a - b).join(' ')}`

export class ModelKey {
  readonly #key: number
  readonly #shape: ModelShape
  #open: ModelWindow[] = []
  #watermark = Number.NEGATIVE_INFINITY
  /** What came out since it was last emptied. */
  output: string[] = []
  late = 0

  constructor(key: number, shape: ModelShape) {
    this.#key = key
    this.#shape = shape
  }

  record(value: number, time: number): void {
    const taken = this.#shape.kind === 'session' ? this.#takeSession(value, time) : this.#takeSliced(value, time)
    if (!taken) this.late++
  }

  advance(watermark: number): void {
    if (watermark <= this.#watermark) return
    this.#watermark = watermark
    for (const one of this.#sorted()) {
      if (!one.pending || one.window.end - 1 > watermark) continue
      one.pending = false
      this.#fire(one)
    }
    this.#open = this.#open.filter(({ window }) => !this.#isOver(window))
  }

  /** Open windows as if each fired now. */
  query(): string[] {
    return this.#sorted().map(({ window, values }) => showWindow(this.#key, window, values))
  }

  #takeSliced(value: number, time: number): boolean {
    const { size, slide, offset } = this.#shape
    let taken = false
    for (let start = Math.ceil((time - size + 1 - offset) / slide) * slide + offset; start <= time; start += slide) {
      const window = { start, end: start + size }
      if (this.#isOver(window)) continue
      let one = this.#open.find((open) => open.window.start === start)
      if (one === undefined) this.#open.push((one = { window, values: [], pending: true }))
      this.#add(one, value)
      taken = true
    }
    return taken
  }

  #takeSession(value: number, time: number): boolean {
    let window: TimeWindow = { start: time, end: time + this.#shape.size }
    let values: number[] = []
    for (;;) {
      const met = this.#open.find((open) => touches(open.window, window))
      if (met === undefined) break
      this.#open.splice(this.#open.indexOf(met), 1)
      window = cover(window, met.window)
      values = [...met.values, ...values]
    }
    if (this.#isOver(window)) return false
    const one = { window, values, pending: true }
    this.#open.push(one)
    this.#add(one, value)
    return true
  }

  #add(one: ModelWindow, value: number): void {
    one.values.push(value)
    one.pending = one.window.end - 1 > this.#watermark
    if (!one.pending) this.#fire(one)
  }

  #fire({ window, values }: ModelWindow): void {
    this.output.push(`${showWindow(this.#key, window, values)}@${window.end - 1}`)
  }

  #isOver = ({ end }: TimeWindow): boolean => end - 1 + this.#shape.lateness <= this.#watermark

  #sorted = (): ModelWindow[] => [...this.#open].sort((a, b) => a.window.end - b.window.end)
}
