// Drives a coordinator by a script and writes down what it does: `> event` lines, and behind each the effects, one a line.
//
// Events, with <s> a subtask such as 0.0, <a> optionally `@attempt` (else the region's current one):
//   log <entries> | manifest 3 ok|quiet|other|damaged|missing | splits | checked out | refused out | put ok|taken|ahead|failed | slot free|mine|other | stored 3 | store-failed 3
//   restored <s> | ack <s> 3 | ack-ended <s> 3 | ended <s> | failed <s> fault|fatal|defect | declined <s> 3 | stopped <s>   (with @attempt)
//   recovered out | committed out 3 | committer-failed out fault|fatal | timer <name> | stop how | cancel | after ms (moves the clock)
// Entries of a log: start:1 importing:3 reserve:1000 complete:3 void:3 stopped:3 finished:3 garbage, of generation 1 and attempt 1.

import { MillraceError } from '../../src/model/errors.ts'
import { type Attempt, attempt, type Epoch, epoch, generation, type OperatorId, type SubtaskId, vertexId } from '../../src/model/ids.ts'
import { keyHashName } from '../../src/model/key.ts'
import type { LogEntry, Manifest } from '../../src/model/manifest.ts'
import type { SnapshotReport } from '../../src/model/messages.ts'
import type { Plan, PlanVertex } from '../../src/model/plan.ts'
import { Coordinator } from '../../src/protocol/coordinator.ts'
import type { CoordinatorConfig, CoordinatorEffect, CoordinatorEvent, StopHow } from '../../src/protocol/coordinator-types.ts'
import type { LogFact } from '../../src/protocol/log.ts'

export const op = (id: string): OperatorId => id as OperatorId

function vertex(id: number, region: number, parallelism: number, ...operators: readonly (readonly [string, string])[]): PlanVertex {
  return {
    id: vertexId(id),
    region,
    parallelism,
    operators: operators.map(([name, kind], i) => ({
      id: op(name),
      kind,
      parent: i - 1,
      output: '',
      stateful: kind === 'count',
      notes: [],
    })),
  }
}

const edge = (from: number, to: number) =>
  ({
    index: from,
    from: vertexId(from),
    operator: 0,
    output: '',
    to: vertexId(to),
    input: 0,
    partition: 'hash',
    firstChannel: from * 100,
  }) as const

/** numbers (0.0) → count, out (1.0); `out` commits. With `two` a second region: letters (2.0), which prints. */
export function planOf(two: boolean): Plan {
  const vertices = [vertex(0, 0, 1, ['numbers', 'source']), vertex(1, 0, 1, ['count', 'count'], ['out', 'sink'])]
  if (two) vertices.push(vertex(2, 1, 1, ['letters', 'source'], ['print', 'sink']))
  return { job: 'job', maxParallelism: 128, vertices, edges: [edge(0, 1)], fingerprint: 'f' }
}

export function configOf(two: boolean, changes: Partial<CoordinatorConfig> = {}): CoordinatorConfig {
  return {
    plan: planOf(two),
    committing: new Set([op('out')]),
    valueCodec: 'msgpack',
    writer: 'me',
    fresh: false,
    dropped: new Set(),
    checkpointIntervalMs: 10_000,
    checkpointTimeoutMs: 60_000,
    checkpointFailuresTolerated: 1,
    checkpointsKept: 2,
    restorable: true,
    restart: { firstMs: 0, initialMs: 100, factor: 2, maxMs: 60_000, resetAfterMs: 60_000, jitter: 0, restarts: 3, withinMs: 600_000 },
    poison: { onPoison: 'fail', failuresMax: 3 },
    ...changes,
  }
}

export function reportOf(of: { readonly vertex: number }, at: Epoch, by: Attempt, ended = false): SnapshotReport {
  const name = `blob/${at}/${by}-${of.vertex}`
  const source = of.vertex === 0 ? 'numbers' : of.vertex === 2 ? 'letters' : undefined
  return {
    snapshot: { blob: { name, bytes: 10, checksum: 1 }, ended },
    splits: source === undefined ? {} : { [source]: [{ id: 'a', offset: at, finished: ended }] },
    committables: of.vertex === 1 ? { [op('out')]: [`part-${at}`] } : {},
    states: of.vertex === 1 ? { [op('count')]: { n: 1 } } : {},
  }
}

export function manifestOf(at: number, changes: Partial<Manifest> = {}): Manifest {
  return {
    format: 1,
    job: 'job',
    epoch: epoch(at),
    attempts: [attempt(1)],
    generation: generation(1),
    createdAt: 0,
    maxParallelism: 128,
    keyHash: keyHashName,
    valueCodec: 'msgpack',
    vertices: [{ subtasks: [] }, { subtasks: [] }],
    operators: { [op('count')]: { parallelism: 1, vertex: 1, states: { n: 1 } } },
    sources: { [op('numbers')]: [{ id: 'a', offset: at, finished: false }] },
    committables: { [op('out')]: [`part-${at}`] },
    savepoint: false,
    ...changes,
  }
}

export function logOf(text: string): LogFact[] {
  const words = text.split(' ').filter((word) => word !== '')
  const by = { generation: generation(1), writer: 'someone', attempts: [attempt(1)], below: 1 }
  return words.map((word, i) => {
    const [kind, number] = word.split(':')
    const at = epoch(Number(number))
    const slot = i + 1
    if (kind === 'start') return { slot, entry: { ...by, kind } }
    if (kind === 'reserve' || kind === 'void') return { slot, entry: { ...by, kind, epoch: at } }
    if (kind === 'complete') return { slot, entry: { ...by, kind, epoch: at, checksum: at * 11, savepoint: false } }
    if (kind === 'stopped' || kind === 'finished')
      return { slot, entry: { ...by, kind: 'stopped', epoch: at, finished: kind === 'finished', committed: true } }
    if (kind === 'importing') return { slot, entry: { ...by, kind: 'start', imports: at } }
    return { slot, entry: undefined, unreadable: 'its checksum is wrong' }
  })
}

function errorOf(fate: string): MillraceError {
  if (fate === 'fatal') return new MillraceError('OUTPUT_CONFLICT', 'the target is taken')
  return fate === 'defect' ? new MillraceError('INVARIANT', 'one is two') : new MillraceError('USER_CODE', 'boom')
}

export class Script {
  readonly coordinator: Coordinator
  now = 1_000_000
  #slot = 0
  #entry: LogEntry | undefined

  constructor(config: CoordinatorConfig) {
    this.coordinator = new Coordinator(config)
  }

  /** Runs `> event` lines (others are ignored) and gives them back with their effects. */
  run(text: string): string {
    const lines = this.coordinator.begin().map((effect) => this.show(effect))
    for (const line of text.split('\n').filter((one) => one.startsWith('> '))) {
      lines.push(line)
      const event = this.event(line.slice(2))
      if (event !== undefined) for (const effect of this.coordinator.step(this.now, event)) lines.push(this.show(effect))
      const { state } = this.coordinator.status
      lines.push(`  = ${state}`)
    }
    return compact(lines)
  }

  event(text: string): CoordinatorEvent | undefined {
    const [what, ...rest] = text.split(' ')
    const [first = '', second = ''] = rest
    const [name = '', of] = first.split('@')
    const id: SubtaskId = { vertex: vertexId(Number(name.split('.')[0])), index: Number(name.split('.')[1] ?? 0) }
    const by = of === undefined ? this.#attemptOf(id.vertex) : attempt(Number(of))
    const at = epoch(Number(second))
    const report = (rest: object) => ({ type: 'report', report: { attempt: by, subtask: id, ...rest } }) as CoordinatorEvent
    const sink = { sink: op(name), attempt: of === undefined ? this.#attemptOf(1) : attempt(Number(of)) }
    switch (what) {
      case 'after':
        this.now += Number(first)
        return undefined
      case 'log':
        return { type: 'log-read', facts: logOf(rest.join(' ')) }
      case 'manifest': {
        const whole = second === 'ok' || second === 'quiet' || second === 'other'
        const changes = second === 'other' ? { job: 'another' } : second === 'quiet' ? { committables: {} } : {}
        const damage = whole ? undefined : second === 'damaged' ? 'blob x does not match its checksum' : 'its manifest is missing'
        return {
          type: 'manifest-read',
          epoch: epoch(Number(first)),
          manifest: second === 'missing' ? undefined : manifestOf(Number(first), changes),
          damage,
        }
      }
      case 'splits':
        return { type: 'splits', splits: { [op('numbers')]: [{ id: 'a' }], [op('letters')]: [{ id: 'a' }] } }
      case 'checked':
        return { type: 'sink-checked', sink: op(name) }
      case 'refused':
        return { type: 'opening-failed', error: errorOf('fatal') }
      case 'put':
        if (first === 'failed') return { type: 'log-put-failed', slot: this.#slot, error: new MillraceError('IO', 'no answer') }
        return { type: 'log-put', slot: this.#slot, outcome: first === 'ok' ? 'written' : (first as 'taken' | 'ahead') }
      case 'slot': {
        const entry = first === 'free' ? undefined : { ...this.#entry!, writer: first === 'mine' ? 'me' : 'rival' }
        return { type: 'slot-read', slot: this.#slot, entry, ahead: false }
      }
      case 'stored':
        return { type: 'manifest-put', epoch: epoch(Number(first)), checksum: Number(first) * 11 }
      case 'store-failed':
        return { type: 'manifest-put-failed', epoch: epoch(Number(first)), error: new MillraceError('IO', 'disk full') }
      case 'restored':
      case 'ended':
      case 'stopped':
        return report({ type: what })
      case 'ack':
      case 'ack-ended':
        return report({ type: 'ack', epoch: at, report: reportOf(id, at, by, what === 'ack-ended') })
      case 'declined':
        return report({ type: 'declined', epoch: at, reason: 'no room' })
      case 'failed':
        return report({ type: 'failed', error: errorOf(second) })
      case 'recovered':
        return { type: 'recovered', ...sink }
      case 'committed':
        return { type: 'committed', ...sink, epoch: at }
      case 'committer-failed':
        return { type: 'committer-failed', ...sink, error: errorOf(second) }
      case 'timer':
        return { type: 'timer', name: first }
      case 'stop':
        return { type: 'stop', how: first as StopHow }
      case 'cancel':
        return { type: 'cancel' }
      default:
        throw new Error(`no event is called ${what}`)
    }
  }

  #attemptOf(vertex: number): Attempt {
    return this.coordinator.status.regions.at(vertex === 2 ? -1 : 0)!.attempt
  }

  show(effect: CoordinatorEffect): string {
    switch (effect.type) {
      case 'put-log':
        this.#slot = effect.slot
        this.#entry = effect.entry
        return `  put-log ${effect.slot} ${showEntry(effect.entry)}`
      case 'read-slot':
        this.#slot = effect.slot
        return `  read-slot ${effect.slot}`
      case 'read-manifest':
        return `  read-manifest ${effect.epoch}`
      case 'put-manifest':
        return `  put-manifest ${effect.manifest.epoch}${effect.manifest.savepoint ? ' savepoint' : ''}`
      case 'deploy':
        return `  deploy region ${effect.order.region} attempt ${effect.order.attempt} from ${effect.order.restore?.epoch ?? 'nothing'}`
      case 'cancel-region':
        return `  cancel-region ${effect.region} attempt ${effect.attempt}`
      case 'send': {
        const { type, ...rest } = effect.message
        return `  ${effect.subtask.vertex}.${effect.subtask.index} ${[type, ...Object.entries(rest).map(([key, value]) => (key === 'epoch' ? value : key))].join(' ')}`
      }
      case 'check-sink':
      case 'recover-sink':
      case 'commit':
        return `  ${effect.type} ${effect.sink} attempt ${effect.attempt} ${effect.epoch} [${effect.committables.join()}]`
      case 'set-timer':
        return `  set-timer ${effect.name} ${effect.ms}`
      case 'clear-timer':
        return `  clear-timer ${effect.name}`
      case 'remove-checkpoint':
        return `  remove-checkpoint ${effect.epoch} keep [${effect.keep.join()}]`
      case 'sweep':
        return `  sweep (${effect.after}, ${effect.through}] but ${effect.complete.join()}`
      case 'cut-log':
        return `  cut-log ${effect.below}`
      case 'say':
        return `  say ${effect.text}`
      case 'over': {
        const { outcome } = effect
        if (outcome.kind === 'failed') return `  over failed ${outcome.error.code}: ${outcome.error.message}`
        return `  over ${outcome.kind} ${outcome.epoch}${outcome.kind === 'finished' && outcome.already ? ' already' : ''}`
      }
      case 'read-log':
      case 'discover-splits':
        return `  ${effect.type}`
    }
  }
}

function showEntry(entry: LogEntry): string {
  const rest = entry.kind === 'start' ? '' : ` ${entry.epoch}`
  const below = entry.below > 1 ? ` below ${entry.below}` : ''
  const finished = entry.kind === 'stopped' && entry.finished ? ' finished' : ''
  const uncommitted = entry.kind === 'stopped' && !entry.committed ? ' uncommitted' : ''
  return `${entry.kind}${rest}${finished}${uncommitted} generation ${entry.generation} attempts ${entry.attempts.join()}${below}`
}

/** The state is shown where it changed. */
function compact(lines: readonly string[]): string {
  let last = ''
  return `${lines.filter((line) => !line.startsWith('  = ') || (line !== last && (last = line) !== '')).join('\n')}\n`
}
