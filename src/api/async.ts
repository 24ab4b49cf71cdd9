// asyncMap and fork: from what an author writes to the definitions of the async operators.

import { toMs } from '../model/duration.ts'
import { checkNames, invalid } from '../model/refusals.ts'
import { type AsyncOrder, type AsyncStep, asyncStep, type LaneDefinition, type LaneStep } from '../operators/async-definition.ts'
import { asyncMap, fork } from '../operators/async-map.ts'
import type { AsyncFunction } from '../operators/operator.ts'
import type { CallOptions, KeyedForkOptions } from './async-types.ts'
import { checkFunction, checkId, checkObject, checkSynchronous } from './checks.ts'
import type { Graph, NewNode, Place } from './graph.ts'

/** Where an async operator reads: the stream as it is, or, for order per key, behind its keyBy. */
export interface AsyncInput {
  readonly plain: Place
  readonly keyed: (() => Place) | undefined
}

type AnyCallOptions = CallOptions<never, unknown>

export function addAsyncMap(
  graph: Graph,
  input: AsyncInput,
  id: unknown,
  fn: unknown,
  options: AnyCallOptions & KeyedForkOptions = {},
): Place {
  checkId(id, 'asyncMap')
  const { ordered, ...callOptions } = options
  const order = orderOf(ordered, input, `asyncMap ${id}`)
  const step = stepOf(id, fn, callOptions)
  return graph.add({ ...asyncNode('asyncMap', id, input, order), does: { definition: asyncMap(step, order) } })
}

export function addFork(graph: Graph, input: AsyncInput, id: unknown, lanes: unknown, options: KeyedForkOptions = {}): Place {
  checkId(id, 'fork')
  checkObject(lanes, `fork ${id}`)
  const order = orderOf(options.ordered, input, `fork ${id}`)
  const defined = Object.entries(lanes).map(([name, define]) => laneOf(id, name, define))
  const place = graph.add({ ...asyncNode('fork', id, input, order), does: { definition: fork(defined, order) } })
  for (const { name, steps } of defined) {
    for (const step of steps)
      if (step.kind === 'async') graph.claim(step.id, `asyncMap ${JSON.stringify(step.id)} in lane ${name} of fork ${JSON.stringify(id)}`)
  }
  return place
}

function asyncNode(kind: string, id: string, { plain, keyed }: AsyncInput, order: AsyncOrder): Omit<NewNode, 'does'> {
  const inputs = order === 'per-key' ? [{ ...keyed!(), partition: 'hash' as const }] : [plain]
  return { kind, id, label: order === 'ordered' ? '' : order, inputs, stateful: true, holdsWatermarks: true }
}

function orderOf(ordered: boolean | 'per-key' | undefined, { keyed }: AsyncInput, what: string): AsyncOrder {
  if (ordered === undefined || ordered === true) return 'ordered'
  if (ordered === false) return 'unordered'
  if (ordered !== 'per-key') throw invalid(`${what}: ordered is ${JSON.stringify(ordered)}: it is true, false or 'per-key'`)
  if (keyed === undefined) throw invalid(`${what} keeps order per key, but its stream has no key: put keyBy in front of it`)
  return 'per-key'
}

const callOptionNames: Readonly<Record<keyof AnyCallOptions, true>> = {
  concurrency: true,
  timeout: true,
  retries: true,
  backoff: true,
  onTimeout: true,
}

function stepOf(id: string, fn: unknown, options: AnyCallOptions): AsyncStep {
  checkFunction(fn, `asyncMap ${id}`)
  checkNames(options, Object.keys(callOptionNames), `asyncMap ${id}`)
  const { timeout, backoff = {}, onTimeout, concurrency, retries } = options
  if (onTimeout !== undefined) checkSynchronous(onTimeout, `onTimeout of asyncMap ${id}`, 'it gives a substitute at once')
  return asyncStep(id, fn as AsyncFunction, {
    concurrency,
    retries,
    onTimeout,
    timeoutMs: timeout === undefined ? undefined : toMs(timeout, `timeout of asyncMap ${id}`),
    backoff: {
      ...(backoff.initial === undefined ? {} : { initialMs: toMs(backoff.initial, `backoff.initial of asyncMap ${id}`) }),
      ...(backoff.max === undefined ? {} : { maxMs: toMs(backoff.max, `backoff.max of asyncMap ${id}`) }),
      ...(backoff.factor === undefined ? {} : { factor: backoff.factor }),
    },
  })
}

/** A lane under construction: each method gives a longer one. */
class LaneDraft {
  readonly steps: readonly LaneStep[]

  constructor(steps: readonly LaneStep[]) {
    this.steps = steps
  }

  map(fn: unknown): LaneDraft {
    checkSynchronous(fn, 'map')
    return new LaneDraft([...this.steps, { kind: 'map', fn: fn as (value: never) => unknown }])
  }

  asyncMap(id: unknown, fn: unknown, options: AnyCallOptions = {}): LaneDraft {
    checkId(id, 'asyncMap')
    return new LaneDraft([...this.steps, stepOf(id, fn, options)])
  }
}

function laneOf(fork: string, name: string, define: unknown): LaneDefinition {
  checkFunction(define, `lane ${name} of fork ${fork}`)
  const lane: unknown = (define as (lane: LaneDraft) => unknown)(new LaneDraft([]))
  if (!(lane instanceof LaneDraft))
    throw invalid(`lane ${name} of fork ${fork} must give back the lane that it was given, with map and asyncMap hung on`)
  return { name, steps: lane.steps }
}
