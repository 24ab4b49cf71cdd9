// The trace of a run as one number: two runs that did the same have the same hash. It costs a few operations an event, so it is always on.

export class Trace {
  #hash = 0x811c9dc5
  #events = 0

  get events(): number {
    return this.#events
  }

  /** 8 hexadecimal digits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  /** An event fired: when, in ms of virtual time, and whose it was. */
  event(at: number, order: number, owner: number): void {
    this.#events++
    this.#mix(Math.floor(at * 1_000))
    this.#mix(order)
    this.#mix(owner)
  }

  note(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i))
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), 0x01000193)
    this.#hash ^= this.#hash >>> 15
  }
}
