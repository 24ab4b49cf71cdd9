// Numbers strings in the order in which they are first met: a hash table for strings of which most have been met before.
//
// A Map needs the hash of a whole string, which a string that was just parsed does not have yet: 50 to 160 ns for 10 to 75 units. This table
// hashes five units of a string, whatever its length, and compares: 18 to 40 ns. Where too many strings agree in those units, the rest
// of them goes into a Map, so a bad choice of units costs time and nothing else.

const slotsInitial = 128
/** Slots a string: with many empty ones the first slot is nearly always the right one, and the processor guesses so. */
const slotsPerString = 8
/** Slots that are tried for a string. */
const probesMax = 8

export class StringTable {
  /** The upper half of a slot is that of the string's hash, the lower half its number plus one; 0 = empty. */
  #slots = new Int32Array(slotsInitial)
  readonly #strings: string[] = []
  readonly #crowded = new Map<string, number>()

  /** At most 65,535 strings. */
  get size(): number {
    return this.#strings.length
  }

  /** The number of a string: a new one, equal to the size before, if it was not met before. */
  numberOf(text: string): number {
    const hash = hashOf(text)
    const slots = this.#slots
    const mask = slots.length - 1
    let at = hash & mask
    for (let probe = 0; probe < probesMax; probe++) {
      const slot = slots[at]!
      if (slot === 0) return this.#add(text, hash, at)
      if ((slot ^ hash) >>> 16 === 0) {
        const number = (slot & 0xffff) - 1
        if (this.#strings[number] === text) return number
      }
      at = (at + 1) & mask
    }
    return this.#crowded.get(text) ?? this.#addCrowded(text)
  }

  clear(): void {
    this.#slots.fill(0)
    this.#strings.length = 0
    this.#crowded.clear()
  }

  #add(text: string, hash: number, at: number): number {
    const size = this.#strings.push(text)
    this.#slots[at] = (hash & 0xffff0000) | size
    if (slotsPerString * size > this.#slots.length) this.#grow()
    return size - 1
  }

  #addCrowded(text: string): number {
    const number = this.#strings.push(text) - 1
    this.#crowded.set(text, number)
    return number
  }

  /** Doubles the slots. */
  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length)
    this.#crowded.clear()
    for (let number = 0; number < this.#strings.length; number++) this.#place(this.#strings[number]!, number)
  }

  #place(text: string, number: number): void {
    const hash = hashOf(text)
    const mask = this.#slots.length - 1
    for (let probe = 0; probe < probesMax; probe++) {
      const at = (hash + probe) & mask
      if (this.#slots[at] !== 0) continue
      this.#slots[at] = (hash & 0xffff0000) | (number + 1)
      return
    }
    this.#crowded.set(text, number)
  }
}

/** Of all units where there are few, else of the last three and of two further ahead. */
function hashOf(text: string): number {
  const units = text.length
  let hash = units
  if (units < 6) for (let i = 0; i < units; i++) hash = Math.imul(hash, 0x01000193) ^ text.charCodeAt(i)
  else {
    const half = units >> 1
    const eighth = units >> 3
    const last = text.charCodeAt(units - 1) ^ (text.charCodeAt(units - 2) << 9) ^ (text.charCodeAt(units - 3) << 18)
    const others = text.charCodeAt(half - eighth) ^ (text.charCodeAt(half + eighth) << 9)
    hash ^= Math.imul(last, 0x85ebca6b) ^ Math.imul(others, 0xc2b2ae35)
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}
