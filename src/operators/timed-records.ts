// Records of one key sorted by time, those of equal time in the order of their coming. In two arrays side by side; what has been dropped
// from the front is skipped over and cut off when it makes up half.

export class TimedRecords {
  readonly times: number[] = []
  readonly values: unknown[] = []
  /** Index of the first record that counts. */
  first = 0

  get isEmpty(): boolean {
    return this.first === this.times.length
  }

  /** Greatest time; -Infinity when there is none. */
  get last(): number {
    return this.isEmpty ? Number.NEGATIVE_INFINITY : this.times[this.times.length - 1]!
  }

  add(time: number, value: unknown): void {
    const { times, values } = this
    if (times.length === 0 || times[times.length - 1]! <= time) {
      times.push(time)
      values.push(value)
      return
    }
    const at = this.firstAfter(time)
    times.splice(at, 0, time)
    values.splice(at, 0, value)
  }

  /** Drops records up to and including `time`. */
  dropTo(time: number): void {
    const { times, values } = this
    let { first } = this
    if (first === times.length || times[first]! > time) return
    while (first < times.length && times[first]! <= time) values[first++] = undefined
    if (2 * first >= times.length) {
      times.splice(0, first)
      values.splice(0, first)
      first = 0
    }
    this.first = first
  }

  /** Index of the first record at or after `time`. */
  firstFrom(time: number): number {
    const { times } = this
    let low = this.first
    if (low === times.length || times[low]! >= time) return low
    for (let high = times.length; low < high; ) {
      const middle = (low + high) >> 1
      if (times[middle]! < time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Index of the first record after `time`. */
  firstAfter(time: number): number {
    const { times } = this
    let low = this.first
    for (let high = times.length; low < high; ) {
      const middle = (low + high) >> 1
      if (times[middle]! <= time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** All records that count, as [time, value]. */
  *entries(): Generator<readonly [number, unknown], void, undefined> {
    for (let i = this.first; i < this.times.length; i++) yield [this.times[i]!, this.values[i]]
  }
}
