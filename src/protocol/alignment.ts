// Aligns the barriers of one subtask: which input channels are held, and when its snapshot is due.
//
// It neither forwards the barrier nor freezes state: the caller does both at once when a call says that a snapshot is due.
// 1. A channel that delivered the barrier of the open checkpoint is held until all have delivered it. An ended channel counts as having
//    delivered every barrier; barrier and end of one channel count once.
// 2. Epochs only rise. A barrier of an epoch that was taken, aborted or superseded is ignored and holds nothing.
// 3. A newer barrier ends the alignment of an older one, which is thereby aborted.
// 4. Every epoch's abort is reported to the caller at most once, whichever way it became known.

import { assert } from '../model/errors.ts'
import type { Epoch } from '../model/ids.ts'

const none = 0 as Epoch

export class Alignment {
  /** 1 = take nothing from this channel. Read before each frame, so it is a plain array. */
  readonly held: Uint8Array
  /** The checkpoint that is being aligned; 0 = none, and then no channel is held. */
  open: Epoch = none
  /** Set by `barrier`: the older checkpoint that the newer barrier aborted; 0 = none. To be told to the operators like an abort. */
  superseded: Epoch = none
  #heldCount = 0
  readonly #ended: Uint8Array
  #endedCount = 0
  /** Greatest epoch that is behind this subtask: taken, aborted or superseded. */
  #settled: Epoch = none
  #aborted: Epoch = none

  constructor(channels: number) {
    this.held = new Uint8Array(channels)
    this.#ended = new Uint8Array(channels)
  }

  /** All input channels have ended: nothing comes any more, and snapshots are taken when the coordinator says so. */
  get allEnded(): boolean {
    return this.#endedCount === this.#ended.length
  }

  /**
   * Barrier `epoch` came on `channel`.
   * @returns the epoch whose snapshot is due now, and then no channel is held any more; 0 = none is due
   */
  barrier(channel: number, epoch: Epoch): Epoch {
    assert(this.#ended[channel] === 0, () => `barrier ${epoch} came on channel ${channel} behind its end`)
    this.superseded = none
    if (epoch <= this.#settled || epoch < this.open || (epoch === this.open && this.held[channel] === 1)) return none
    if (epoch > this.open) {
      if (this.open !== none) {
        this.superseded = this.open
        this.#aborted = this.open
        this.#settle()
      }
      this.open = epoch
    }
    this.held[channel] = 1
    this.#heldCount++
    return this.#dueIfComplete()
  }

  /** END came on `channel`. Returns like `barrier`. */
  end(channel: number): Epoch {
    if (this.#ended[channel] === 1) return none
    this.#ended[channel] = 1
    this.#endedCount++
    if (this.held[channel] === 1) {
      this.held[channel] = 0
      this.#heldCount--
    }
    return this.open === none ? none : this.#dueIfComplete()
  }

  /**
   * The coordinator ordered the snapshot of `epoch` on the control lane, because all inputs have ended or there are none.
   * @returns whether it is due; false when that epoch is behind this subtask already
   */
  ordered(epoch: Epoch): boolean {
    if (epoch <= this.#settled) return false
    this.#settled = epoch
    return true
  }

  /**
   * The coordinator aborted `epoch`: before its barrier came, while it is aligned, or after its snapshot was taken.
   * @returns true when the operators have to be told; false when they know already
   */
  abort(epoch: Epoch): boolean {
    if (epoch <= this.#aborted) return false
    this.#aborted = epoch
    if (this.open !== none && this.open <= epoch) this.#settle()
    if (epoch > this.#settled) this.#settled = epoch
    return true
  }

  #dueIfComplete(): Epoch {
    if (this.#heldCount + this.#endedCount < this.held.length) return none
    const due = this.open
    this.#settle()
    return due
  }

  #settle(): void {
    this.#settled = this.open
    this.open = none
    this.held.fill(0)
    this.#heldCount = 0
  }
}
