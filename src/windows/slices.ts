// Where the slices of tumbling and sliding windows lie, and which windows each one belongs to.
//
// Every window is a run of whole slices, so a record updates one slice however many windows hold it. Edges are the starts and the ends of
// windows, nothing else: one a slide where the slide divides the size, else two. (The greatest common divisor of size and slide, the
// usual choice, gives 1 ms slices for windows of 60,001 ms every 1,000 ms; see Traub et al., "Scotty: General and Efficient Open-Source
// Window Aggregation for Stream Processing Systems", 2021, for slicing at edges.) Pure arithmetic, no state.

import type { SlicedAssigner } from './assigner.ts'
import { type TimeWindow, windowStart } from './window.ts'

export class SliceLayout {
  readonly size: number
  readonly slide: number
  readonly offset: number
  /** Distance from a window's start to the end of an earlier window that falls into the same slide; 0 = they coincide. */
  readonly cut: number

  constructor(assigner: Pick<SlicedAssigner, 'size' | 'slide' | 'offset'>) {
    this.size = assigner.size
    this.slide = assigner.slide
    this.offset = assigner.offset
    this.cut = assigner.size % assigner.slide
  }

  /** Windows that hold one slice, at most. */
  get windowsPerSlice(): number {
    return Math.ceil(this.size / this.slide)
  }

  /** Start of the slice that holds `time`. */
  start(time: number): number {
    const base = windowStart(time, this.slide, this.offset)
    return this.cut > 0 && time >= base + this.cut ? base + this.cut : base
  }

  /** End of the slice that starts at `start`. */
  end(start: number): number {
    if (this.cut === 0) return start + this.slide
    const base = windowStart(start, this.slide, this.offset)
    return start === base ? base + this.cut : base + this.slide
  }

  /** Start of the last window that holds the slice at `start`. */
  lastWindowStart(start: number): number {
    return windowStart(start, this.slide, this.offset)
  }

  /** End of the last window that holds the slice at `start`. */
  lastWindowEnd(start: number): number {
    return windowStart(start, this.slide, this.offset) + this.size
  }

  /** The first end of a window that is `time` or later. */
  windowEndFrom(time: number): number {
    return -windowStart(-time, this.slide, -this.offset - this.size) + 0
  }

  /** The windows that hold the slice at `start`, earliest first. */
  windowsOf(start: number): TimeWindow[] {
    const windows: TimeWindow[] = []
    const last = this.lastWindowEnd(start)
    for (let end = this.windowEndFrom(this.end(start)); end <= last; end += this.slide) windows.push({ start: end - this.size, end })
    return windows
  }
}
