// Results of passes in a file, a JSON line each, so that a long comparison that was broken off goes on where it was.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { PassResult } from './pass.ts'
import type { Pass } from './plan.ts'

export interface Recorded extends PassResult {
  readonly env: Readonly<Record<string, unknown>>
}

export class PassRecord {
  readonly #file: string | undefined
  readonly #held: readonly Recorded[]

  /** @param file where results are kept; undefined: nowhere */
  constructor(file: string | undefined) {
    this.#file = file
    const text = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : ''
    // The last line is cut where the process was killed while it wrote.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (file !== undefined && whole !== text) writeFileSync(file, whole)
    this.#held = whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Recorded)
  }

  /** What an earlier run found in the same pass. */
  of(pass: Pass): Recorded | undefined {
    const wanted = JSON.stringify(pass)
    return this.#held.findLast((result) => JSON.stringify(result.pass) === wanted)
  }

  add(result: Recorded): void {
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(result)}\n`)
  }
}
