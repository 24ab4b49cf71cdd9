// Arrays, functions that give iterables, and iterables that can be read only once, as sources.

import { describe, expect, test } from 'vitest'
import { arraySource, iterable, live } from '../../src/api/code-sources.ts'
import { ElementFeed } from '../../src/api/element-feed.ts'
import { liveRecordsMax } from '../../src/model/limits.ts'
import type { Source } from '../../src/ports/source.ts'
import { into, open, take } from './reading.ts'

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

function* counting(n: number): Generator<number> {
  for (let i = 0; i < n; i++) yield i
}

async function* slowly(n: number): AsyncGenerator<number> {
  for (let i = 0; i < n; i++) {
    if (i % 3 === 0) await Promise.resolve()
    yield i
  }
}

const replayable: [string, Source<number>][] = [
  ['an array', arraySource(numbers(3_000))],
  ['a function of a sync iterable', iterable(() => counting(3_000))],
  ['a function of an array', iterable(() => numbers(3_000))],
  ['a function of an async iterable', iterable(() => slowly(3_000))],
  ['a function that skips by itself', iterable(({ skip }) => numbers(3_000).slice(skip))],
]

describe('replay', () => {
  test.each(replayable)('SO60 %s gives all its elements, in order, then the end', async (_, source) => {
    expect(await take(await open(source))).toEqual(numbers(3_000))
  })

  test.each(replayable)('SO60 %s goes on behind any offset, as often as it is asked', async (_, source) => {
    for (const stop of [0, 1, 7, 1_500, 3_000]) {
      const first = await open(source)
      expect(await take(first, stop, 500)).toHaveLength(stop)
      const offset = JSON.parse(JSON.stringify(first.offset()))
      first.close?.()
      expect(await take(await open(source, offset))).toEqual(numbers(3_000).slice(stop))
    }
  })

  test('SO60 an offset is the position behind the last record of a poll, and where() that of the record in hand', async () => {
    const reader = await open(arraySource(['a', 'b', 'c']))
    const seen: string[] = []
    reader.poll({ ...into<string>([]), record: (value) => void seen.push(`${value} ${reader.where()} ${reader.offset()}`) }, 2)
    expect(seen).toEqual(['a element 0 0', 'b element 1 0'])
    expect(reader.offset()).toBe(2)
  })
})

describe('iterable', () => {
  test('SO61 takes no more than is asked for, and ends its iterator when it is closed early', async () => {
    let pulled = 0
    let returned = false
    const source = iterable(function* () {
      try {
        for (;;) yield pulled++
      } finally {
        returned = true
      }
    })
    const reader = await open(source)
    expect(await take(reader, 10)).toEqual(numbers(10))
    expect(pulled).toBe(10)
    reader.close?.()
    await Promise.resolve()
    await Promise.resolve()
    expect(returned).toBe(true)
  })

  test('SO61 says what is wrong with a function that gives less than before, nothing iterable, or throws', async () => {
    const shorter = iterable(() => slowly(2))
    await expect(open(shorter, 5).then((reader) => take(reader))).rejects.toThrow(
      'it ended 3 elements before the place where the last checkpoint stands',
    )
    await expect(open(iterable(() => 7 as never))).rejects.toThrow('the function gave a value of type number')
    await expect(open(iterable((async () => [1]) as never))).rejects.toThrow('the function gave a promise')
    const odd = { [Symbol.asyncIterator]: () => ({ next: async () => 5 }) }
    await expect(open(iterable(() => odd as never)).then((reader) => take(reader))).rejects.toThrow('next() of its iterator gave 5')
    const broken = iterable(function* () {
      yield 1
      throw new Error('no more')
    })
    const reader = await open(broken)
    expect(await take(reader, 1)).toEqual([1])
    await expect(take(reader)).rejects.toThrow('its iterator threw: no more')
    expect(() => iterable([1] as never)).toThrow('takes a function')
  })

  test('SO61 an async iterator that fails makes ready() settle, and the next poll throws', async () => {
    const reader = await open(
      iterable(async function* () {
        await Promise.resolve()
        yield* []
        throw new Error('gone')
      }),
    )
    await expect(take(reader)).rejects.toThrow('its iterator threw: gone')
  })

  test('SO61 waits for an async iterator without polling it twice at a time', async () => {
    let pending = 0
    let most = 0
    const source = iterable(() => ({
      [Symbol.asyncIterator]: () => {
        let n = 0
        return {
          next: async () => {
            most = Math.max(most, ++pending)
            await Promise.resolve()
            pending--
            return n === 100 ? { done: true as const, value: undefined } : { done: false as const, value: n++ }
          },
        }
      },
    }))
    expect(await take(await open(source), Number.POSITIVE_INFINITY, 7)).toEqual(numbers(100))
    expect(most).toBe(1)
  })
})

describe('live', () => {
  test.each([
    ['a sync iterable', () => counting(100)],
    ['an async iterable', () => slowly(100)],
  ])('SO62 %s restarts inside of the process from any offset that no checkpoint has passed', async (_, make) => {
    const source = live<number>(make())
    const first = await open(source)
    expect(await take(first, 40)).toEqual(numbers(40))
    first.committed?.(20)
    first.close?.()
    const second = await open(source, 20)
    expect(await take(second)).toEqual(numbers(100).slice(20))
    expect(source.replayable).toBe(false)
  })

  test('SO62 refuses to go back behind what a checkpoint has passed', async () => {
    const source = live(counting(100))
    const reader = await open(source)
    await take(reader, 40)
    reader.committed?.(20)
    await expect(open(source, 10)).rejects.toThrow('cannot go back to 10')
    await expect(open(source)).rejects.toThrow('make a new one for each run of the job')
  })

  test('SO62 keeps a bounded number of elements, then takes no more before the next checkpoint', async () => {
    const reader = await open(live(counting(liveRecordsMax + 10)))
    expect(await take(reader, liveRecordsMax)).toHaveLength(liveRecordsMax)
    const more: number[] = []
    expect(reader.poll(into(more), 10)).toBe('wait')
    const ready = reader.ready()
    reader.committed?.(5)
    await ready
    expect(await take(reader, 5)).toEqual(numbers(5).map((i) => liveRecordsMax + i))
  })
})

test('SO61 a feed that is released ahead of what it pulled keeps its place', () => {
  const feed = new ElementFeed(counting(10), { base: 0, drop: 0, keepMax: 4 })
  expect(feed.fill(0, 10)).toBe(4)
  feed.release(3)
  expect(feed.fill(3, 10)).toBe(4)
  expect(feed.at(6)).toBe(6)
  feed.release(100)
  expect(feed.base).toBe(7)
})
