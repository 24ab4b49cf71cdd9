// Manifests: put together from reports, fitted to a job, their splits, what of them is kept, and the names in the store.

import { describe, expect, test } from 'vitest'
import { attempt, epoch, generation, vertexId } from '../../src/model/ids.ts'
import type { Manifest, SplitProgress } from '../../src/model/manifest.ts'
import type { SnapshotReport } from '../../src/model/messages.ts'
import { assembleManifest, blobsOf, bytesOf } from '../../src/protocol/assemble-manifest.ts'
import { readView } from '../../src/protocol/log.ts'
import { checkRestore } from '../../src/protocol/restore-check.ts'
import { Retention } from '../../src/protocol/retention.ts'
import { mergeSplits, splitsOfSubtask } from '../../src/protocol/splits.ts'
import { blobName, epochIn, logName, manifestName, numberIn } from '../../src/protocol/store-names.ts'
import { logOf, manifestOf, op, planOf, reportOf } from './coordinator-script.ts'

const frame = {
  plan: planOf(false),
  epoch: epoch(3),
  attempts: [attempt(1)],
  generation: generation(1),
  createdAt: 5,
  valueCodec: 'msgpack',
  savepoint: false,
  splits: { [op('numbers')]: [{ id: 'a', at: 'here', finished: false }] },
}
const reports = new Map<string, SnapshotReport>(
  [0, 1].map((vertex) => [`${vertex}.0`, reportOf({ vertex: vertexId(vertex) }, epoch(3), attempt(1))]),
)

describe('a manifest', () => {
  test('CP9 holds the blobs, splits, states and committables of all subtasks, and where each operator was', () => {
    const manifest = assembleManifest(frame, reports)
    expect(manifest).toMatchObject({
      format: 1,
      job: 'job',
      epoch: 3,
      maxParallelism: 128,
      operators: { numbers: { vertex: 0, states: {} }, count: { vertex: 1, parallelism: 1, states: { n: 1 } }, out: { vertex: 1 } },
      sources: { numbers: [{ id: 'a', at: 'here', offset: 3, finished: false }] },
      committables: { out: ['part-3'] },
    })
    expect([blobsOf(manifest), bytesOf(manifest)]).toEqual([['blob/3/1-0', 'blob/3/1-1'], 20])
  })

  test('CP9 is refused as a broken invariant when a subtask or a split is missing', () => {
    expect(() => assembleManifest(frame, new Map([...reports].slice(1)))).toThrow('subtask 0.0 has not reported')
    const more = { ...frame, splits: { [op('numbers')]: [...frame.splits[op('numbers')]!, { id: 'b', finished: false }] } }
    expect(() => assembleManifest(more, reports)).toThrow('no subtask of source numbers reported its split "b"')
  })

  test.each<[string, Partial<Manifest>, string | undefined]>([
    ['the same job', {}, undefined],
    ['max parallelism', { maxParallelism: 64 }, 'max parallelism 64, and this job has 128'],
    ['another job', { job: 'other' }, 'job other, and this job is job'],
    ['another key hash', { keyHash: 'fnv' }, 'key hash fnv'],
    ['another codec', { valueCodec: 'json' }, 'value codec json'],
    [
      'a stateful operator that is gone',
      { operators: { [op('old')]: { parallelism: 1, vertex: 0, states: { n: 1 } } } },
      'drop its state with --drop old',
    ],
    ['a stateless operator that is gone', { operators: { [op('old')]: { parallelism: 1, vertex: 0, states: {} } } }, undefined],
    ['a source that is gone', { sources: { [op('gone')]: [] } }, '--drop gone'],
    ['a sink that is gone, with staged output', { committables: { [op('file')]: ['x'] } }, '--drop file'],
    ['a sink that is gone, with nothing staged', { committables: { [op('file')]: [] } }, undefined],
    ['state that the user gave up', { sources: { [op('dropped')]: [] } }, undefined],
  ])('RC18 fits a job or is refused by name: %s', (_, changes, expected) => {
    const job = { plan: planOf(false), valueCodec: 'msgpack', dropped: new Set(['dropped']) }
    const error = checkRestore(manifestOf(3, changes), job)
    if (expected === undefined) expect(error).toBeUndefined()
    else {
      expect(error?.code).toBe('STATE_MISMATCH')
      expect(error?.message).toContain(expected)
    }
  })
})

describe('splits', () => {
  const saved: SplitProgress[] = [
    { id: 'b', at: 1, offset: 5, finished: false },
    { id: 'gone', offset: 7, finished: true },
  ]

  test('CP10 keep the order of their discovery, with what is new behind, so that split k stays with subtask k mod parallelism', () => {
    const merged = mergeSplits(saved, [{ id: 'a' }, { id: 'b', at: 2 }, { id: 'c' }])
    expect(merged.map(({ id }) => id)).toEqual(['b', 'gone', 'a', 'c'])
    expect(merged[0]).toEqual(saved[0])
    expect([0, 1, 2].map((index) => splitsOfSubtask(merged, index, 3).map(({ id }) => id))).toEqual([['b', 'c'], ['gone'], ['a']])
  })
})

describe('what is kept', () => {
  test('CP11 the newest checkpoints and every savepoint stay, and blobs that a kept one refers to', () => {
    const view = readView(logOf('start:1 reserve:1000 complete:1'))
    const ended = (at: number): Partial<Manifest> => ({
      vertices: [
        {
          subtasks: [
            { blob: { name: 'blob/00000001/ended', bytes: 1, checksum: 1 }, ended: true },
            { blob: { name: `blob/${at}`, bytes: 1, checksum: 1 }, ended: false },
          ],
        },
      ],
    })
    const retention = new Retention(2, view, manifestOf(1, ended(1)))
    const gone: string[] = []
    for (const at of [2, 3, 4, 5]) {
      retention.completed({ epoch: epoch(at), checksum: 0, savepoint: at === 3, slot: at + 2 }, manifestOf(at, ended(at)))
      for (const effect of retention.trim())
        if (effect.type === 'remove-checkpoint') gone.push(`${effect.epoch} without ${effect.keep.join()}`)
    }
    expect(gone).toEqual(['1 without blob/00000001/ended,blob/2,blob/3,blob/4', '2 without blob/00000001/ended,blob/3,blob/4,blob/5'])
  })
})

describe('names in the store', () => {
  test('CP12 are numbers that list in order, and are read back', () => {
    const names = [logName(12), manifestName(epoch(7)), blobName(epoch(7), attempt(3), { vertex: vertexId(2), index: 0 })]
    expect(names).toEqual(['log/00000012', 'manifest/00000007', 'blob/00000007/00000003-2.0'])
    expect(names.map(epochIn)).toEqual([undefined, 7, 7])
    expect([numberIn('log/00000012', 'log/'), numberIn('log/x', 'log/'), numberIn('log/123456789', 'log/')]).toEqual([
      12,
      undefined,
      123456789,
    ])
  })
})
