// What a part copies in one go is gathered and written group by group; the sections must be those of entries written one by one.

import { expect, test } from 'vitest'
import { BlobWriter } from '../../src/codec/blob.ts'
import { joined } from '../../src/codec/bytes.ts'
import { PartCut } from '../../src/flow/part-cut.ts'
import type { ValueCodec } from '../../src/model/codec.ts'
import type { OperatorId } from '../../src/model/ids.ts'
import { snapshotSliceEntries } from '../../src/model/limits.ts'
import type { Cut, KeyedPart } from '../../src/state/part.ts'

const refuse = (): never => {
  throw new Error('columns hold all of these values')
}
const codec: ValueCodec = { name: 'none', encode: refuse, decode: refuse }

const groups = 7
const groupOf = (n: number): number => (n * 5) % groups

/** A part whose copy appends all of `count` entries at once, whatever the budget, and counts on in what it appended. */
function partOf(count: number): KeyedPart {
  let open: Cut | undefined
  return {
    name: 'numbers',
    version: 1,
    begin(cut) {
      open = cut
    },
    copy() {
      for (let n = 0; n < count; n++) open!.append(groupOf(n), n, `at ${n % 3}`, { n })
      return true
    },
    abandon() {
      open = undefined
    },
    restore: refuse,
  }
}

function sealed(cut: PartCut): Uint8Array {
  const blob = new BlobWriter({ kind: 'state', codec: codec.name })
  while (!cut.seal(blob, 2));
  return joined(blob.finish().parts)
}

test('FL22 gathered entries make the sections that entries written one by one make, also beyond one slice and in the next cut', () => {
  const count = 2 * snapshotSliceEntries + 17
  const part = partOf(count)
  const gathered = new PartCut('sums' as OperatorId, part, codec)
  const direct = new PartCut('sums' as OperatorId, part, codec)
  for (let cut = 0; cut < 2; cut++) {
    part.begin(gathered)
    expect(gathered.copy(snapshotSliceEntries)).toBe(true)
    for (let n = 0; n < count; n++) direct.append(groupOf(n), n, `at ${n % 3}`, { n })
    expect(sealed(gathered)).toEqual(sealed(direct))
  }
})

test('FL22 a cut that is given up leaves nothing to the next one', () => {
  const part = partOf(100)
  const cut = new PartCut('sums' as OperatorId, part, codec)
  part.begin(cut)
  cut.copy(snapshotSliceEntries)
  cut.reset()
  cut.append(3, 1, 'at 1', { n: 1 })
  const fresh = new PartCut('sums' as OperatorId, part, codec)
  fresh.append(3, 1, 'at 1', { n: 1 })
  expect(sealed(cut)).toEqual(sealed(fresh))
})
