// Cases: scripts for one operator with the output that they must have, run in every way that a job could run them.
//
// A step is text: 'key2=1@3999' is a record of key key2, value 1, at 3999 ('key2@3999,3000' two records of value 1; '1:key2=1@5' one for
// input 1), 'wm999' a watermark, 't500' processing time, 'end', 'idle', 'active', 'restore'. Every script is run plainly, with snapshot and
// restore between every two steps, with a snapshot open from every step on (whose cut must be the state at its beginning, however late
// its entries are copied), with a budget of one step for resumable work, and with everything frozen that goes in or comes out.

import { msgpackCodec } from '../adapters/msgpack/msgpack-codec.ts'
import type { ValueCodec } from '../model/codec.ts'
import { watermarkMin } from '../model/elements.ts'
import { MillraceError } from '../model/errors.ts'
import type { Operator } from '../operators/operator.ts'
import type { KitSnapshot } from './kit-snapshot.ts'
import { type Emitted, type KitOptions, OperatorKit } from './operator-kit.ts'
import { showValue } from './show-value.ts'

/** A record as the notation says it. */
export interface CaseElement {
  readonly key: string
  /** A number where it looks like one; 1 where there is none. */
  readonly value: number | string
  /** NaN where there is none. */
  readonly time: number
}

/** A step, or a step and all that must have come out since the last step that says so. */
export type CaseStep = string | readonly [step: string, ...expected: readonly string[]]

export interface OperatorCase {
  readonly name: string
  readonly create: () => Operator
  readonly script: readonly CaseStep[]
  readonly options?: KitOptions | undefined
  /** The record for an element; the element itself unless given. The key is `key` unless the options say otherwise. */
  readonly record?: ((element: CaseElement) => unknown) | undefined
  /** Text of an output; 'value@time' unless given. */
  readonly show?: ((value: never, time: number) => string) | undefined
  /** Expects watermarks and statuses among the output, as 'wm999', 'IDLE', 'ACTIVE'. */
  readonly control?: boolean | undefined
  /** Compares outputs in their order; otherwise those between two expectations in any order. */
  readonly ordered?: boolean | undefined
  /** Snapshots may differ from the state at their beginning only in what this turns into the same text. */
  readonly comparable?: ((snapshot: KitSnapshot) => string) | undefined
}

interface Step {
  readonly text: string
  readonly expected: readonly string[] | undefined
  readonly run: (kit: OperatorKit) => void
}

/** Runs every case in every way; throws at the first difference, naming case, way and step. */
export function runCases(cases: readonly OperatorCase[]): void {
  for (const one of cases) runCase(one)
}

/** Runs one case in every way. */
export function runCase(one: OperatorCase): void {
  const steps = one.script.flatMap((step) => parse(one, step))
  const run = (way: string, options: KitOptions, before?: (kit: OperatorKit) => void): void => {
    const kit = new OperatorKit(one.create, { keyBy: keyOf, ...one.options, ...options })
    const checker = new Checker(one, way, kit)
    for (const step of steps) {
      before?.(kit)
      checker.step(step)
    }
  }
  run('plainly', {})
  run('with a restore between every two steps', {}, (kit) => kit.restore(kit.snapshot()))
  run('with a budget of 1', { budget: 1 })
  run('with a budget of 1 and restores', { budget: 1 }, (kit) => kit.restore(kit.snapshot()))
  run('with frozen records', { freeze: true })
  for (let from = 0; from < steps.length; from++) {
    runWithOpenSnapshot(one, steps, from, true)
    runWithOpenSnapshot(one, steps, from, false)
  }
}

/**
 * Begins a snapshot before step `from`, copies it in small slices between the later steps, or only behind the last, then goes on from it
 * once more.
 */
function runWithOpenSnapshot(one: OperatorCase, steps: readonly Step[], from: number, sliced: boolean): void {
  const way = `with a snapshot open from step ${from + 1}${sliced ? ', copied in slices' : ''}`
  const kit = new OperatorKit(one.create, { keyBy: keyOf, ...one.options })
  const checker = new Checker(one, way, kit)
  for (const step of steps.slice(0, from)) checker.step(step)
  const codec = one.options?.codec ?? msgpackCodec()
  const comparable = one.comparable ?? ((snapshot) => showSnapshot(snapshot, codec))
  const frozen = comparable(kit.snapshot())
  const pending = checker.pending
  const { now } = kit
  const open = kit.openSnapshot()
  let random = from + 1
  for (const step of steps.slice(from)) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    if (sliced) open.copy((random >>> 16) % 3)
    // A restore would throw the open snapshot away with the operator.
    if (step.text === 'restore') open.finish()
    checker.step(step)
  }
  const cut = open.finish()
  if (comparable(cut) !== frozen) {
    throw new MillraceError(
      'INVARIANT',
      `${one.name}, ${way}: the cut is not the state at its beginning\n  was ${frozen}\n  cut ${comparable(cut)}`,
    )
  }
  const second = new OperatorKit(one.create, { keyBy: keyOf, ...one.options })
  second.time(now).restore(cut)
  const again = new Checker(one, `${way} and restored`, second, pending, cut.watermark)
  for (const step of steps.slice(from)) again.step(step)
}

class Checker {
  pending: readonly string[]
  readonly #case: OperatorCase
  readonly #way: string
  readonly #kit: OperatorKit
  /** Watermarks up to this one had gone out before a restore. */
  readonly #sent: number

  constructor(one: OperatorCase, way: string, kit: OperatorKit, pending: readonly string[] = [], sent = watermarkMin) {
    this.#case = one
    this.#way = way
    this.#kit = kit
    this.pending = pending
    this.#sent = sent
  }

  step({ text, expected, run }: Step): void {
    try {
      run(this.#kit)
    } catch (thrown) {
      throw new MillraceError('INVARIANT', `${this.#case.name}, ${this.#way}: step '${text}' threw ${String(thrown)}`, { cause: thrown })
    }
    this.pending = [...this.pending, ...this.#kit.take().flatMap((emitted) => this.#show(emitted))]
    if (expected === undefined) return
    const [came, due] = this.#case.ordered === true ? [this.pending, expected] : [[...this.pending].sort(), [...expected].sort()]
    this.pending = []
    if (came.length === due.length && came.every((output, i) => output === due[i])) return
    throw new MillraceError(
      'INVARIANT',
      `${this.#case.name}, ${this.#way}: up to step '${text}'\n  expected ${due.join(' | ') || 'nothing'}\n  came     ${came.join(' | ') || 'nothing'}`,
    )
  }

  #show(emitted: Emitted): string[] {
    if ('value' in emitted) {
      const { value, time } = emitted
      return [this.#case.show?.(value as never, time) ?? `${typeof value === 'string' ? value : showValue(value)}@${time}`]
    }
    if (this.#case.control !== true) return []
    if ('status' in emitted) return [emitted.status]
    return emitted.watermark <= this.#sent ? [] : [`wm${emitted.watermark}`]
  }
}

const keyOf = (element: { readonly key: string }): string => element.key

/** Several steps where one text names several records; the expectation belongs to the last. */
function parse(one: OperatorCase, step: CaseStep): Step[] {
  const [text, ...expected] = typeof step === 'string' ? [step] : step
  const runs = runsOf(one, text)
  return runs.map((run, i) => ({ text, run, expected: typeof step !== 'string' && i === runs.length - 1 ? expected : undefined }))
}

function runsOf(one: OperatorCase, text: string): Step['run'][] {
  if (text === 'end') return [(kit) => kit.end()]
  if (text === 'idle') return [(kit) => kit.idle()]
  if (text === 'active') return [(kit) => kit.active()]
  if (text === 'restore') return [(kit) => kit.restore(kit.snapshot())]
  const watermark = /^wm(-?\d+|MAX)$/.exec(text)?.[1]
  if (watermark !== undefined) return [(kit) => kit.watermark(watermark === 'MAX' ? Number.POSITIVE_INFINITY : Number(watermark))]
  const now = /^t(-?\d+)$/.exec(text)?.[1]
  if (now !== undefined) return [(kit) => kit.time(Number(now))]
  const { input, elements: all } = elements(text)
  return all.map((element) => (kit: OperatorKit) => kit.record(one.record?.(element) ?? element, element.time, input))
}

/** The records of one notation: 'key2=1@3999', 'key2@20,0,999', '1:key2=a@5', 'key2=7'. */
export function elements(text: string): { readonly input: number; readonly elements: readonly CaseElement[] } {
  const match = /^(?:(\d):)?([^=@:]+)(?:=([^@]*))?(?:@(-?\d+(?:,-?\d+)*))?$/.exec(text)
  if (match === null)
    throw new MillraceError('USAGE', `'${text}' is no step: write key=value@time, wm999, t500, end, idle, active or restore`)
  const [, input = '0', key = '', given = '1', times = 'NaN'] = match
  const value = given !== '' && Number.isFinite(Number(given)) ? Number(given) : given
  return { input: Number(input), elements: times.split(',').map((time) => ({ key, value, time: Number(time) })) }
}

/** Text of a snapshot in which equal states are equal, whatever the order of their entries. */
export function showSnapshot({ keyed, operator }: KitSnapshot, codec: ValueCodec): string {
  const show = (encoded: Uint8Array): string => showValue(codec.decode(encoded))
  const parts = [...keyed].map(([name, { version, entries }]) => {
    const lines = entries.map(({ group, key, namespace, value }) => `${group} ${showValue(key)} ${show(namespace)} ${show(value)}`)
    return `${name} v${version} { ${lines.sort().join(' | ')} }`
  })
  const whole = [...operator].map(([name, { version, items }]) => `${name} v${version} [${items.map(show).join(', ')}]`)
  return [...parts, ...whole].join('\n      ')
}
