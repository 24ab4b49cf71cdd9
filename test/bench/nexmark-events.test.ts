// The events of Nexmark are the published ones: pinned by checksums of whole prefixes.

import { expect, test } from 'vitest'
import { hex } from '../../bench/nexmark/engine.ts'
import { eventAt, firstTime, type NexmarkEvent } from '../../bench/nexmark/events.ts'
import { fold, foldInt, rowHash } from '../../bench/nexmark/query.ts'
import { mix, prices } from '../../bench/nexmark/tables.ts'

const types = ['person', 'auction', 'bid']

/** Of the fields in their order, the type as its number, texts letter by letter. */
function hashOf(event: NexmarkEvent): number {
  let h = 17
  for (const field of Object.values(event)) {
    if (typeof field === 'number') h = fold(h, field)
    else if (field === event.type) h = fold(h, types.indexOf(field))
    else for (let i = 0; i < field.length; i++) h = (Math.imul(h, 31) + field.charCodeAt(i)) | 0
  }
  return mix(h)
}

function checksum(count: number, intervalUs: number): string {
  let sum = 0
  for (let i = 0; i < count; i++) sum = (sum + hashOf(eventAt(i, intervalUs))) | 0
  return hex(sum)
}

test('BE20 events are the published ones, at both intervals', () => {
  for (const [count, at100Us, at100Ms] of [
    [50, '09e90667', 'eb47ab0b'],
    [1_000, '63f07717', 'dbe84aa0'],
    [1_000_000, 'cd6a0964', 'a176fbc9'],
  ] as const) {
    expect(checksum(count, 100), `${count} events`).toBe(at100Us)
    expect(checksum(count, 100_000), `${count} events`).toBe(at100Ms)
  }
})

test('BE20 event 123,456 is the published bid', () => {
  const { type, dateTime, ...bid } = eventAt(123_456, 100)
  expect({ type, dateTime }).toEqual({ type: 'bid', dateTime: firstTime + 12_345 })
  expect(bid).toMatchObject({ auction: 8_400, bidder: 3_401, price: 79_275, channel: 'channel-950' })
  expect(bid.extra).toBe('tbazdowqgkobudaihjazwgqwfbbijwud')
})

test('BE21 the table of prices is the published one', () => {
  expect(hex(prices.reduce((h, price) => (Math.imul(h, 31) + price) | 0, 0))).toBe('4915efd6')
})

test('BE22 a row hash takes in both halves of an integer, and the order of columns', () => {
  expect(rowHash(1, 2)).not.toBe(rowHash(2, 1))
  expect(rowHash(1)).not.toBe(rowHash(1 + 2 ** 32))
  expect(foldInt(fold(17, 3), 2 ** 31 - 1)).toBe(fold(fold(17, 3), 2 ** 31 - 1))
  expect(fold(17, 1_700_006_400_000)).toBe((Math.imul(Math.imul(17, 31) + (1_700_006_400_000 | 0), 31) + 395) | 0)
})
