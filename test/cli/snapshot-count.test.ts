// What `millrace checkpoints` says is in a snapshot.

import { expect, test } from 'vitest'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { countEntries } from '../../src/cli/snapshot-count.ts'
import { BlobWriter } from '../../src/codec/blob.ts'
import { ByteWriter, joined } from '../../src/codec/bytes.ts'
import { keyedSection, stateKind } from '../../src/flow/sections.ts'

test('CL4 entries of a key group are counted over all of its sections', () => {
  const blob = new BlobWriter({ kind: stateKind, codec: msgpackCodec().name })
  for (const [group, entries] of [
    [3, 5],
    [4, 1],
    [3, 2],
  ] as const) {
    const bytes = new ByteWriter()
    bytes.varint(1)
    bytes.varint(entries)
    blob.section(keyedSection('count', 'value.n', group), bytes.written())
  }
  const [state] = countEntries('snapshot', joined(blob.finish().parts), msgpackCodec().name).states
  expect([state?.entries, [...(state?.groups ?? [])]]).toEqual([
    8,
    [
      [3, 7],
      [4, 1],
    ],
  ])
})
