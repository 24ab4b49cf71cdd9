// `npm run bench -- nexmark [q5 k1 …] --against flink,jet`: the same queries over the same events on other engines and on ours, in turn.
//
// Options: --pairs=N; --forms (every query of Flink in both of its forms); --scale=0.25 (of the usual numbers of events, for a machine that
// is slow or busy); --quick (a pair of a few events, to see that results are right); --record=FILE (results are kept there, and a pass that
// is in it is not run again). A machine without a JDK or Maven skips all of it by name.

import { geomeanLine, type NotMeasured } from '../geomeans.ts'
import type { Line } from '../measure.ts'
import { table } from '../table.ts'
import { type Choice, choose } from './choice.ts'
import { comparison, fastestForms, idOf, lineOfPass, meansOfPasses } from './lines.ts'
import { measurePass, usesThreads } from './pass.ts'
import type { Pass, PassOptions } from './plan.ts'
import { PassRecord } from './record.ts'
import { startId, startLine } from './start.ts'
import { buildPeers, javaVersion, missingTools, type Peer } from './tools.ts'

export interface AgainstOptions extends PassOptions {
  /** As it was written: `flink,jet`. */
  readonly against: string
  /** Queries, figures, or the group. */
  readonly names: readonly string[]
  readonly pairs: number
  readonly record?: string | undefined
  readonly environment: () => Readonly<Record<string, unknown>>
  /** Makes our side. */
  readonly build: () => void
}

/** @returns the exit code: 2 for names that do not exist, 1 where a process failed or results differ, else 0 */
export async function compare(options: AgainstOptions): Promise<number> {
  const chosen = choose(options.against, options.names, options)
  if (typeof chosen === 'string') {
    console.error(chosen)
    return 2
  }
  const missing = missingTools()
  if (missing !== undefined) {
    console.log(`skipped: nexmark against ${chosen.peers.join(', ')}: ${missing}`)
    return 0
  }
  options.build()
  buildPeers()
  return new Comparison(options, chosen).run()
}

class Comparison {
  readonly #options: AgainstOptions
  readonly #chosen: Choice
  readonly #record: PassRecord
  readonly #lines: Line[] = []
  readonly #unmeasured: NotMeasured[] = []
  readonly #java = javaVersion()
  #failures = 0
  /** Whether our side uses more than one thread when it is asked to; unknown until it was. */
  #threads: boolean | undefined

  constructor(options: AgainstOptions, chosen: Choice) {
    this.#options = options
    this.#chosen = chosen
    this.#record = new PassRecord(options.record)
  }

  async run(): Promise<number> {
    const { passes } = this.#chosen
    for (const [i, pass] of passes.entries()) {
      const id = idOf(pass.family, pass.query)
      await this.#guarded(`${id} (${pass.form})`, () => this.#pass(pass))
      const next = passes[i + 1]
      // Behind the last of a query's forms.
      if (next === undefined || idOf(next.family, next.query) !== id) {
        for (const line of fastestForms(this.#lines.filter((one) => one.id === id))) console.log(JSON.stringify(line))
      }
    }
    for (const peer of this.#chosen.starts) await this.#guarded(startId(peer), () => this.#start(peer))
    const lines = fastestForms(this.#lines)
    const means = meansOfPasses.flatMap((mean) => geomeanLine(mean, lines) ?? [])
    for (const line of [...means, ...this.#unmeasured]) console.log(JSON.stringify(line))
    const judged = means.filter((line): line is Line => 'value' in line)
    console.log(`\n${comparison(this.#lines.filter(({ detail }) => detail !== undefined))}\n\n${table([...lines, ...judged])}`)
    return this.#failures > 0 ? 1 : 0
  }

  async #guarded(what: string, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      this.#failures++
      console.error(`${what}: ${error instanceof Error ? error.message : error}`)
    }
  }

  async #pass(pass: Pass): Promise<void> {
    if (pass.parallelism > 1 && !(await this.#hasThreads(pass))) return
    const held = this.#record.of(pass)
    const result = held ?? { ...(await measurePass(pass, this.#options.pairs)), env: this.#environment() }
    if (held === undefined) this.#record.add(result)
    this.#lines.push(lineOfPass(result, result.env))
  }

  async #hasThreads(pass: Pass): Promise<boolean> {
    if (this.#threads === undefined) {
      this.#threads = await usesThreads(pass)
      if (!this.#threads) this.#unmeasured.push({ id: 'nexmark/geomean-2', notMeasured: 'our side worked on one thread' })
    }
    return this.#threads
  }

  #environment(): Readonly<Record<string, unknown>> {
    return { ...this.#options.environment(), java: this.#java }
  }

  async #start(peer: Peer): Promise<void> {
    const line = await startLine(peer, this.#options.pairs, this.#environment())
    this.#lines.push(line)
    console.log(JSON.stringify(line))
  }
}
