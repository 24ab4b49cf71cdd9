// Planted bugs of the protocols: each replaces a method of a class while it is in place, so nothing of it is in the engine. That simulations
// find every one of them is what makes their silence mean something.

import { ManifestStore } from '../../actors/manifest-store.ts'
import { Worker } from '../../actors/worker.ts'
import { EpochCommitter } from '../../src/adapters/files/epoch-committer.ts'
import { FileCheckpointStore } from '../../src/adapters/fs/checkpoint-store.ts'
import { Combiner } from '../../src/flow/combiner.ts'
import { InputChannel } from '../../src/flow/gate.ts'
import { SourceDriver } from '../../src/flow/source-driver.ts'
import type { Batch } from '../../src/model/batch.ts'
import type { Control } from '../../src/model/elements.ts'
import type { Manifest, SplitProgress } from '../../src/model/manifest.ts'
import { DealtQueueState, KeyedQueueState } from '../../src/operators/async-state.ts'
import { GeneralWindowOperator } from '../../src/operators/general-window.ts'
import { Alignment } from '../../src/protocol/alignment.ts'
import { Checkpoints } from '../../src/protocol/checkpoints.ts'
import { Coordinator } from '../../src/protocol/coordinator.ts'
import type { CoordinatorEffect } from '../../src/protocol/coordinator-types.ts'
import { Retention } from '../../src/protocol/retention.ts'
import { WatermarkMerge } from '../../src/protocol/watermark-merge.ts'
import { SimDisk } from '../../src/sim/disk.ts'
import { ColumnPart } from '../../src/state/column-part.ts'
import { StampedCells } from '../../src/state/stamped-cells.ts'
import { TimerQueue } from '../../src/state/timers.ts'
import { TriggerRunner } from '../../src/windows/trigger-runner.ts'

export type Unplant = () => void

interface Mutant {
  /** What is wrong, as a sentence. */
  readonly bug: string
  /** A seed that has found it: tests look there first. 0 unless set. */
  readonly seed?: number
  plant(): Unplant
}

/** Replaces a method by one made of the original. */
function replace<C extends object, K extends keyof C>(of: C, name: K, make: (original: C[K]) => C[K]): Unplant {
  const original = of[name]
  of[name] = make(original)
  return () => {
    of[name] = original
  }
}

const all =
  (...plants: readonly Unplant[]): Unplant =>
  () => {
    for (const unplant of plants) unplant()
  }

/** Barriers that were handed out, and the records that stood before them. */
const overtaken = new WeakMap<InputChannel, Batch>()

function barriersOvertake(): Unplant {
  const { prototype } = InputChannel
  const empty = Object.getOwnPropertyDescriptor(prototype, 'empty')!
  Object.defineProperty(prototype, 'empty', {
    ...empty,
    get(this: InputChannel) {
      return !overtaken.has(this) && (empty.get!.call(this) as boolean)
    },
  })
  const take = replace(
    prototype,
    'take',
    (original) =>
      function (this: InputChannel) {
        const batch = overtaken.get(this)
        if (batch !== undefined) {
          overtaken.delete(this)
          return { attempt: 0 as never, seq: 0, batch, control: null } as unknown as ReturnType<InputChannel['take']>
        }
        const frame = original.call(this)
        if (frame.batch === null || frame.control?.kind !== 'BARRIER') return frame
        overtaken.set(this, frame.batch)
        return { ...frame, batch: null }
      },
  )
  return all(take, () => Object.defineProperty(prototype, 'empty', empty))
}

function shiftOffsets(by: number): Unplant {
  const shifted = (progress: SplitProgress): SplitProgress =>
    typeof progress.offset === 'number' && progress.offset > 0 ? { ...progress, offset: progress.offset + by } : progress
  return replace(
    SourceDriver.prototype,
    'progress',
    (original) =>
      function (this: SourceDriver) {
        return original.call(this).map(shifted)
      },
  )
}

function commitWithManifest(): Unplant {
  const commits = (machine: Coordinator, { epoch, committables }: Manifest): CoordinatorEffect[] =>
    machine.regions.all.flatMap(({ sinks, attempt }) =>
      sinks.map((sink): CoordinatorEffect => ({ type: 'commit', sink, attempt, epoch, committables: committables[sink] ?? [] })),
    )
  return replace(
    Coordinator.prototype,
    'step',
    (original) =>
      function (this: Coordinator, ...event) {
        return original
          .apply(this, event)
          .flatMap((effect) => (effect.type === 'put-manifest' ? [...commits(this, effect.manifest), effect] : [effect]))
      },
  )
}

/** Control of one kind overtakes what was folded of the records before it. */
const overtakesFolded = (kind: Control['kind']): Unplant =>
  replace(
    Combiner.prototype,
    'control',
    (original) =>
      function (this: Combiner, control) {
        if (control.kind !== kind) return original.call(this, control)
        this.writer.control(control)
        this.flush()
      },
  )

/** A worker restores what it restored the time before, be it nothing. */
function restoreTheOneBefore(): Unplant {
  const last = new WeakMap<Worker, { readonly restore: Manifest | undefined }>()
  return replace(
    Worker.prototype,
    'deploy',
    (original) =>
      function (this: Worker, order) {
        const { restore } = last.get(this) ?? order
        last.set(this, order)
        original.call(this, { ...order, restore })
      },
  )
}

export const mutants: Readonly<Record<string, Mutant>> = {
  'commit-early': { bug: 'output becomes visible before its checkpoint is in the log', seed: 9, plant: commitWithManifest },
  'commit-forgotten': {
    bug: 'recovery does not finish the commit of the checkpoint that it restores',
    plant: () =>
      replace(
        EpochCommitter.prototype,
        'recover',
        (original) =>
          async function (this: EpochCommitter, restored) {
            await original.call(this, restored, [])
          },
      ),
  },
  'barrier-overtakes': { bug: 'a barrier overtakes the records before it', plant: barriersOvertake },
  'no-alignment': {
    bug: 'channels that delivered a barrier are read on',
    seed: 53,
    plant: () =>
      replace(
        Alignment.prototype,
        'barrier',
        (original) =>
          function (this: Alignment, channel, epoch) {
            const due = original.call(this, channel, epoch)
            this.held.fill(0)
            return due
          },
      ),
  },
  'offset-early': { bug: 'a split is saved one record before where it stands', plant: () => shiftOffsets(-1) },
  'offset-late': { bug: 'a split is saved one record behind where it stands', plant: () => shiftOffsets(1) },
  'timers-left-out': {
    bug: 'timers are not part of snapshots',
    seed: 60,
    plant: () =>
      replace(
        TimerQueue.prototype,
        'copy',
        () =>
          function (this: TimerQueue) {
            this.abandon()
            return true
          },
      ),
  },
  'values-left-out': {
    bug: 'values of keys are not part of snapshots',
    seed: 26,
    plant: () =>
      replace(
        ColumnPart.prototype,
        'copy',
        () =>
          function (this: ColumnPart) {
            this.abandon()
            return true
          },
      ),
  },
  'stamps-left-out': {
    bug: 'how old state is is not part of snapshots',
    seed: 26,
    plant: () =>
      replace(
        StampedCells.prototype,
        'restore',
        (original) =>
          function (this: StampedCells, slot) {
            original.call(this, slot, undefined)
          },
      ),
  },
  'triggers-asleep': {
    bug: 'windows that are restored do not arm the timers of their triggers',
    seed: 63,
    plant: () =>
      replace(
        GeneralWindowOperator.prototype,
        'restored',
        (original) =>
          function (this: GeneralWindowOperator) {
            const awaken = replace(TriggerRunner.prototype, 'schedule', () => () => undefined)
            original.call(this)
            awaken()
          },
      ),
  },
  'calls-left-out': {
    bug: 'records in flight in async operators are not part of snapshots',
    plant: () =>
      all(
        replace(DealtQueueState.prototype, 'collect', () => () => []),
        replace(
          KeyedQueueState.prototype,
          'copy',
          () =>
            function (this: KeyedQueueState) {
              this.abandon()
              return true
            },
        ),
      ),
  },
  'folded-behind-barrier': {
    bug: 'what a sender has folded goes out behind the barrier',
    seed: 194,
    plant: () => overtakesFolded('BARRIER'),
  },
  'folded-behind-watermark': {
    bug: 'what a sender has folded goes out behind the watermark that closes it',
    seed: 13,
    plant: () => overtakesFolded('WATERMARK'),
  },
  'older-state': { bug: 'a restart restores the state of the checkpoint before, at the offsets of the newest', plant: restoreTheOneBefore },
  'stale-ack': {
    bug: 'an ack of an aborted checkpoint counts for the open one',
    seed: 358,
    plant: () =>
      replace(
        Checkpoints.prototype,
        'ack',
        (original) =>
          function (this: Checkpoints, name, of, report) {
            return original.call(this, name, this.open?.epoch ?? of, report)
          },
      ),
  },
  'void-unasked': {
    bug: 'newer checkpoints become void before a sink that refuses is asked',
    seed: 49,
    plant: () => replace(EpochCommitter.prototype, 'check', () => async () => undefined),
  },
  'log-overwrites': {
    bug: 'an entry of the log replaces that of a rival',
    seed: 26,
    plant: () =>
      replace(
        FileCheckpointStore.prototype,
        'putIfAbsent',
        () =>
          async function (this: FileCheckpointStore, name, bytes) {
            await this.put(name, [bytes])
            return true
          },
      ),
  },
  'names-not-synced': {
    bug: 'names of files are not made durable',
    plant: () => replace(SimDisk.prototype, 'syncDirectory', () => async () => undefined),
  },
  'bytes-not-synced': {
    bug: 'bytes of files are not made durable',
    plant: () =>
      replace(
        SimDisk.prototype,
        'write',
        (original) =>
          function (this: SimDisk, path, bytes) {
            return original.call(this, path, bytes)
          },
      ),
  },
  'fastest-watermark': {
    bug: 'event time follows the fastest channel',
    seed: 5,
    plant: () =>
      replace(
        WatermarkMerge.prototype,
        'watermark',
        (original) =>
          function (this: WatermarkMerge, channel, time) {
            const changed = original.call(this, channel, time)
            if (time <= this.time || time === Number.POSITIVE_INFINITY) return changed
            this.time = time
            return true
          },
      ),
  },
  'blobs-removed': {
    bug: 'blobs go that newer checkpoints refer to',
    seed: 243,
    plant: () =>
      replace(
        ManifestStore.prototype,
        'removeCheckpoint',
        (original) =>
          function (this: ManifestStore, epoch) {
            return original.call(this, epoch, [])
          },
      ),
  },
  'newest-removed': {
    bug: 'the newest checkpoint is removed like an old one',
    seed: 243,
    plant: () =>
      replace(
        Retention.prototype,
        'trim',
        (original) =>
          function (this: Retention) {
            return original
              .call(this)
              .map((effect) =>
                effect.type === 'remove-checkpoint' ? { ...effect, epoch: (effect.epoch + 3) as typeof effect.epoch, keep: [] } : effect,
              )
          },
      ),
  },
}

/** @throws when there is no such mutant */
export function plantMutant(name: string): Unplant {
  const mutant = mutants[name]
  if (mutant === undefined) throw new Error(`there is no mutant ${name}: there are ${Object.keys(mutants).join(', ')}`)
  return mutant.plant()
}
