// A checkpoint in words: what its manifest says, and how many entries its snapshots hold. Values are not shown: they may be anybody's data.

import { messageOf } from '../model/errors.ts'
import { subtaskName, vertexId } from '../model/ids.ts'
import type { Json, Manifest, SplitProgress } from '../model/manifest.ts'
import type { CheckpointStore } from '../ports/checkpoint-store.ts'
import type { ListedCheckpoint } from './checkpoint-list.ts'
import { counted, eventTime, instant, plural, size } from './figures.ts'
import { type CountedState, countEntries, type SnapshotCount } from './snapshot-count.ts'

const shownMax = 20

export async function explainCheckpoint(
  store: CheckpointStore,
  { epoch, standing, manifest, bytes, damage }: ListedCheckpoint,
): Promise<string> {
  if (manifest === undefined) return `checkpoint ${epoch} (${standing}) cannot be explained: ${damage}\n`
  const counts = await Promise.all(
    manifest.vertices.flatMap(({ subtasks }, vertex) =>
      subtasks.map(async ({ blob, ended }, index) => {
        const name = subtaskName(vertexId(vertex), index)
        if (blob === undefined) return { name, vertex, ended, bytes: 0, count: undefined, damage: undefined }
        try {
          const stored = await store.get(blob.name)
          if (stored === undefined) return { name, vertex, ended, bytes: blob.bytes, count: undefined, damage: `${blob.name} is missing` }
          return { name, vertex, ended, bytes: blob.bytes, count: countEntries(blob.name, stored, manifest.valueCodec), damage: undefined }
        } catch (thrown) {
          return { name, vertex, ended, bytes: blob.bytes, count: undefined, damage: messageOf(thrown) }
        }
      }),
    ),
  )
  const sections = [
    headLines(manifest, standing, bytes ?? 0),
    operatorLines(
      manifest,
      counts.flatMap(({ count }) => count ?? []),
    ),
    counts.map((one) => subtaskLine(one, manifest.createdAt)),
    ...Object.entries(manifest.sources).map(([id, splits]) => sourceLines(id, splits)),
    ...Object.entries(manifest.committables).flatMap(([id, staged]) => (staged.length === 0 ? [] : [sinkLines(id, staged)])),
  ]
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function headLines(manifest: Manifest, standing: string, bytes: number): string[] {
  const kind = manifest.savepoint ? 'savepoint' : 'checkpoint'
  return [
    `${kind} ${manifest.epoch} of job ${manifest.job}: ${standing}, ${size(bytes)}`,
    `taken ${instant(manifest.createdAt)} by attempt ${manifest.attempts.join(', ')} under coordinator ${manifest.generation}`,
    `${plural(manifest.maxParallelism, 'key group')} by ${manifest.keyHash}, values written by ${manifest.valueCodec}`,
  ]
}

function operatorLines(manifest: Manifest, counts: readonly SnapshotCount[]): string[] {
  const lines = Object.entries(manifest.operators).flatMap(([id, { parallelism, states }]) => {
    const names = Object.entries(states)
    if (names.length === 0) return []
    return [`operator ${id}, ${plural(parallelism, 'subtask')}`, ...names.map(([name, version]) => stateLine(id, name, version, counts))]
  })
  return lines.length === 0 ? ['no operator has state'] : lines
}

function stateLine(operator: string, name: string, version: number, counts: readonly SnapshotCount[]): string {
  const states = counts.flatMap((count) => count.states.filter((state) => state.operator === operator && state.part === name))
  return `  state ${name}, version ${version}: ${entriesOf(states)}`
}

function entriesOf(states: readonly CountedState[]): string {
  const total = states.reduce((sum, { entries }) => sum + entries, 0)
  const groups = states.flatMap(({ groups: of }) => [...of])
  if (total === 0) return 'empty'
  if (groups.length === 0) return plural(total, 'item')
  const largest = groups.reduce((a, b) => (b[1] > a[1] ? b : a))
  return `${total === 1 ? '1 entry' : `${counted(total)} entries`} in ${plural(groups.length, 'key group')}, at most ${counted(largest[1])} in one (group ${largest[0]})`
}

interface SubtaskCount {
  readonly name: string
  readonly ended: boolean
  readonly bytes: number
  readonly count: SnapshotCount | undefined
  readonly damage: string | undefined
}

function subtaskLine({ name, ended, bytes, count, damage }: SubtaskCount, takenAt: number): string {
  const time = count?.watermark === undefined ? [] : [`event time ${eventTime(count.watermark, takenAt)}`]
  const state = damage === undefined ? (bytes === 0 ? 'nothing kept' : size(bytes)) : `damaged: ${damage}`
  return `subtask ${name}: ${[state, ...time, ...(ended ? ['ended'] : [])].join(', ')}`
}

function sourceLines(id: string, splits: readonly SplitProgress[]): string[] {
  const finished = splits.filter((split) => split.finished).length
  const shown = splits.filter((split) => !split.finished).slice(0, shownMax)
  const more = splits.length - finished - shown.length
  return [
    `source ${id}: ${plural(splits.length, 'split')}, ${finished} finished`,
    ...shown.map(
      ({ id: split, offset, maxTime, idle }) =>
        `  ${split}: ${offset === undefined ? 'not begun' : `at ${brief(offset)}`}${maxTime === undefined ? '' : `, seen up to ${instant(maxTime)}`}${idle === true ? ', idle' : ''}`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}

function sinkLines(id: string, staged: readonly Json[]): string[] {
  const more = staged.length - shownMax
  return [
    `sink ${id}: ${plural(staged.length, 'part')} staged in this epoch`,
    ...staged.slice(0, shownMax).map((part) => `  ${brief(part)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}

function brief(value: Json): string {
  const text = JSON.stringify(value)
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`
}
