// Merges the watermarks and idleness of several channels (or source splits) into those of one subtask.
//
// The result is a level, not a stream of events: `time` and `idle` are what downstream should know. A call returns true when one of
// them changed; the caller then sends, in this order and as far as it differs from what it sent last: ACTIVE, WATERMARK, IDLE.
// 1. `time` never falls. It is the least watermark over the channels that are active and not behind.
// 2. An idle channel holds nothing back, and watermarks on it are ignored until it is ACTIVE again.
// 3. A channel that becomes ACTIVE behind `time` is left out until it has caught up: it can neither pull `time` back nor stop it.
// 4. When the last active channel goes idle, `time` is the greatest watermark of all channels, and the subtask is idle.
// 5. The greatest watermark, +Infinity, comes only when every channel has delivered it or has ended: idle is not finished. A channel that
//    has delivered it counts neither as active nor as idle.

import { watermarkMax, watermarkMin } from '../model/elements.ts'

const active = 0
const behind = 1
const idle = 2
const done = 3

export class WatermarkMerge {
  /** Merged watermark, ms since the epoch or ±Infinity. */
  time: number = watermarkMin
  /** No channel holds back event time, and not all are finished. */
  idle = false
  readonly #times: Float64Array
  readonly #states: Uint8Array

  constructor(channels: number) {
    this.#times = new Float64Array(channels).fill(watermarkMin)
    this.#states = new Uint8Array(channels)
  }

  /** What a checkpoint says of this subtask. The channels tell their own watermark and status again. */
  restore(time: number, idle: boolean): void {
    this.time = time
    this.idle = idle
  }

  watermark(channel: number, time: number): boolean {
    if (time === watermarkMax) return this.end(channel)
    const state = this.#states[channel]!
    if (state >= idle || time <= this.#times[channel]!) return false
    this.#times[channel] = time
    if (state === behind && time >= this.time) this.#states[channel] = active
    return this.#merge()
  }

  setIdle(channel: number): boolean {
    if (this.#states[channel]! >= idle) return false
    this.#states[channel] = idle
    return this.#merge()
  }

  setActive(channel: number): boolean {
    if (this.#states[channel] !== idle) return false
    this.#states[channel] = this.#times[channel]! < this.time ? behind : active
    return this.#merge()
  }

  /** The channel's event time is over: it delivered the greatest watermark, or ended. */
  end(channel: number): boolean {
    if (this.#states[channel] === done) return false
    this.#states[channel] = done
    return this.#merge()
  }

  #merge(): boolean {
    const times = this.#times
    const states = this.#states
    let least = watermarkMax
    let greatest = watermarkMin
    let waiting = 0
    let finished = 0
    for (let i = 0; i < states.length; i++) {
      const state = states[i]!
      const time = times[i]!
      if (time > greatest) greatest = time
      if (state === active && time < least) least = time
      if (state <= behind) waiting++
      else if (state === done) finished++
    }
    const allFinished = finished === states.length
    const nowIdle = waiting === 0 && !allFinished
    let merged = this.time
    if (allFinished) merged = watermarkMax
    else if (nowIdle) merged = greatest
    else if (least !== watermarkMax) merged = least
    const changed = merged > this.time || nowIdle !== this.idle
    if (merged > this.time) this.time = merged
    this.idle = nowIdle
    return changed
  }
}
