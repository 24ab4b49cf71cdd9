// `npm run bench -- nexmark [q5 k1 …] --against flink,jet`: the same queries over the same events on other engines and on ours, in turn.
//
// Options: --pairs=N; --forms (every query of Flink in both of its forms); --scale=0.25 (of the usual numbers of events, for a machine that
// is slow or busy); --quick (a pair of a few events, to see that results are right); --record=FILE (results are kept there, and a pass that
// is in it is not run again). A machine without a JDK or Maven skips all of it by name.

import { isBrokenOff } from '../children.ts'
import type { Figure, Size } from '../figure.ts'
import { geomeanLine, meanCheckpointed, type NotMeasured } from '../geomeans.ts'
import { type Line, measure } from '../measure.ts'
import { checkpointedFigures } from '../nexmark/checkpointed.ts'
import { table } from '../table.ts'
import { type Choice, choose } from './choice.ts'
import { comparison, fastestForms, idOf, lineOfPass, meansOfPasses } from './lines.ts'
import { measurePass } from './pass.ts'
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
  readonly size: Size
  readonly record?: string | undefined
  readonly environment: () => Readonly<Record<string, unknown>>
  /** Makes our side. */
  readonly build: () => void
}

/** @returns the exit code: 2 for names that do not exist, 1 where something failed or results differ, else 0 */
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
  return new Comparison(options, chosen).run()
}

class Comparison {
  readonly #options: AgainstOptions
  readonly #chosen: Choice
  readonly #record: PassRecord
  readonly #lines: Line[] = []
  readonly #java = javaVersion()
  #failures = 0

  constructor(options: AgainstOptions, chosen: Choice) {
    this.#options = options
    this.#chosen = chosen
    this.#record = new PassRecord(options.record)
  }

  async run(): Promise<number> {
    const { passes, starts, checkpointed } = this.#chosen
    if (passes.length + starts.length > 0) await this.#guarded('', buildPeers)
    if (this.#failures > 0) return 1
    for (const [i, pass] of passes.entries()) {
      const id = idOf(pass.family, pass.query)
      await this.#guarded(`${id} (${pass.form}): `, () => this.#pass(pass))
      const next = passes[i + 1]
      // Behind the last of a query's forms.
      if (next === undefined || idOf(next.family, next.query) !== id) print(fastestForms(this.#lines.filter((one) => one.id === id)))
    }
    for (const peer of starts) await this.#guarded(`${startId(peer)}: `, () => this.#start(peer))
    if (checkpointed) for (const figure of checkpointedFigures) await this.#guarded('', () => this.#figure(figure))
    const means = this.#means()
    print(means)
    const judged = means.filter((line): line is Line => 'value' in line)
    console.log(`\n${comparison(this.#lines)}\n\n${table([...fastestForms(this.#lines), ...judged])}`)
    return this.#failures > 0 ? 1 : 0
  }

  /** Of what was chosen as a whole. Where a part of it has failed, the mean says so. */
  #means(): readonly (Line | NotMeasured)[] {
    const chosen = new Set(this.#chosen.passes.map(({ family, query }) => idOf(family, query)))
    const ofPasses = meansOfPasses.filter(({ members }) => members.every((id) => chosen.has(id)))
    const lines = fastestForms(this.#lines)
    return [...ofPasses, ...(this.#chosen.checkpointed ? [meanCheckpointed] : [])].map(
      (mean) => geomeanLine(mean, lines) ?? { id: mean.id, notMeasured: 'all of it failed' },
    )
  }

  async #guarded(what: string, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      if (isBrokenOff()) throw error
      this.#failures++
      console.error(`${what}${error instanceof Error ? error.message : error}`)
    }
  }

  async #pass(pass: Pass): Promise<void> {
    const held = this.#record.of(pass)
    const result = held ?? { ...(await measurePass(pass, this.#options.pairs)), env: this.#environment() }
    if (held === undefined) this.#record.add(result)
    this.#lines.push(lineOfPass(result, result.env))
  }

  #environment(): Readonly<Record<string, unknown>> {
    return { ...this.#options.environment(), java: this.#java }
  }

  async #start(peer: Peer): Promise<void> {
    this.#add(await startLine(peer, this.#options.pairs, this.#environment()))
  }

  async #figure(figure: Figure): Promise<void> {
    const { size, environment, pairs } = this.#options
    this.#add(await measure(figure, size, environment(), pairs))
  }

  #add(line: Line): void {
    this.#lines.push(line)
    print([line])
  }
}

function print(lines: readonly (Line | NotMeasured)[]): void {
  for (const line of lines) console.log(JSON.stringify(line))
}
