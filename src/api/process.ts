// Process functions, with and without a broadcast side: from what an author writes to the definitions of the operators.

import { idPattern } from '../model/ids.ts'
import { checkNames, invalid, named } from '../model/refusals.ts'
import { connect } from '../operators/connect-process.ts'
import { keyedConnect, process } from '../operators/process.ts'
import type { BroadcastDefinition, ConnectDefinition, ProcessDefinition } from '../operators/process-definition.ts'
import { deadLettersKind } from '../plan/logical.ts'
import { declarationOf, type StateSpec } from '../state/declarations.ts'
import { checkId, checkObject, checkSynchronous } from './checks.ts'
import type { Graph, NewNode, Place } from './graph.ts'
import { isOutput } from './process-types.ts'

export interface AddedProcess {
  readonly place: Place
  /** Names of its side outputs. */
  readonly sides: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

const processFields = ['state', 'timers', 'emits', 'outputs', 'onElement', 'onTimer']
const connectFields = ['shared', 'emits', 'outputs', 'onElement', 'onBroadcast']

/** A process function behind a keyBy. */
export function addProcess(graph: Graph, keyed: Place, id: unknown, spec: unknown): AddedProcess {
  const fields = fieldsOf(id, spec, processFields, ['onElement'])
  const inputs = [{ ...keyed, partition: 'hash' as const }]
  const definition = process(fields as unknown as ProcessDefinition)
  return add(graph, id as string, fields, { kind: 'process', inputs, firesOnWatermark: true, does: { definition } })
}

/** A function of a stream without keys and a broadcast. */
export function addConnect(graph: Graph, plain: Place, broadcast: Place, id: unknown, spec: unknown): AddedProcess {
  const fields = fieldsOf(id, spec, connectFields, ['onElement', 'onBroadcast'])
  const inputs = [{ ...plain }, { ...broadcast, partition: 'broadcast' as const, input: 1 }]
  const definition = connect(fields as unknown as ConnectDefinition)
  return add(graph, id as string, fields, { kind: 'connect', inputs, does: { definition } })
}

/** A process function behind a keyBy, with a broadcast. */
export function addKeyedConnect(graph: Graph, keyed: Place, broadcast: Place, id: unknown, spec: unknown): AddedProcess {
  const fields = fieldsOf(id, spec, [...processFields, ...connectFields], ['onElement', 'onBroadcast'])
  const inputs = [
    { ...keyed, partition: 'hash' as const },
    { ...broadcast, partition: 'broadcast' as const, input: 1 },
  ]
  const definition = keyedConnect(fields as unknown as ProcessDefinition & BroadcastDefinition)
  return add(graph, id as string, fields, { kind: 'connect', inputs, firesOnWatermark: true, does: { definition } })
}

function add(graph: Graph, id: string, fields: Fields, node: NewNode): AddedProcess {
  const sides = sidesOf(id, fields.outputs)
  const gives = fields.emits !== undefined ? 'main' : sides.length > 0 ? 'sides' : 'nothing'
  const states = { ...(fields.state as StateSpec | undefined), ...(fields.shared as StateSpec | undefined) }
  const needsTime = Object.entries(states).some(([name, state]) => {
    const { ttlMs, ttlTime } = declarationOf(name, state)
    return ttlMs !== undefined && ttlTime === 'event'
  })
  const place = graph.add({ ...node, id, label: labelOf(fields), stateful: true, gives, needsTime })
  return { place, sides }
}

/** Names its states, so that a plan shows them and workers compare them. */
function labelOf({ state, shared }: Fields): string {
  const own = Object.keys(state ?? {})
  const all = Object.keys(shared ?? {}).map((name) => `shared ${name}`)
  const names = [...own, ...all]
  return names.length === 0 ? '' : `with ${names.join(', ')}`
}

/** What the compiler checks too. */
function fieldsOf(id: unknown, spec: unknown, known: readonly string[], required: readonly string[]): Fields {
  checkId(id, 'process')
  const what = `process ${id}`
  checkObject(spec, what)
  checkNames(spec, known, what, 'field', id)
  for (const handler of ['onElement', 'onTimer', 'onBroadcast']) {
    const fn = spec[handler]
    if (fn === undefined && !required.includes(handler)) continue
    checkSynchronous(fn, `${handler} of ${what}`, 'await things with asyncMap before or behind it')
  }
  for (const field of ['state', 'shared', 'outputs']) if (spec[field] !== undefined) checkObject(spec[field], `${field} of ${what}`)
  if (spec.timers !== undefined && !(Array.isArray(spec.timers) && spec.timers.every((name) => typeof name === 'string'))) {
    throw invalid(`timers of ${what} is ${named(spec.timers)}: it is a list of names`, id)
  }
  if (spec.emits !== undefined && !isOutput(spec.emits)) throw invalid(`emits of ${what} is ${named(spec.emits)}: write output<T>()`, id)
  return spec
}

function sidesOf(id: string, outputs: unknown): string[] {
  return Object.entries((outputs as Fields | undefined) ?? {}).map(([name, declared]) => {
    if (!isOutput(declared)) throw invalid(`output ${name} of process ${id} is ${named(declared)}: write output<T>()`, id)
    if (!idPattern.test(name) || name === deadLettersKind) {
      throw invalid(
        `output name ${JSON.stringify(name)} of process ${id} is not usable: it has 1 to 64 characters out of A-Z a-z 0-9 _ -, and is not ${deadLettersKind}`,
        id,
      )
    }
    return name
  })
}
