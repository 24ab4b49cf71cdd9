// Sinks of this process: what is collected, what a function is called with, what is thrown away.

import { describe, expect, test } from 'vitest'
import { type Collector, collect } from '../../../src/adapters/memory/collect.ts'
import { discard, forEach } from '../../../src/adapters/memory/for-each.ts'
import { attempt, epoch } from '../../../src/model/ids.ts'
import type { Json } from '../../../src/model/manifest.ts'
import type { Committer, Sink, Writer } from '../../../src/ports/sink.ts'

const context = { job: 'j', operator: 'out', attempt: attempt(1), subtask: 0 }
const writerOf = <T>(sink: Sink<T>, fields: Partial<typeof context> = {}): Writer<T> => sink.writer({ ...context, ...fields }) as Writer<T>
const committerOf = <T>(sink: Sink<T>): Committer => sink.committer!(context) as Committer

function write<T>(writer: Writer<T>, ...values: T[]): void {
  void writer.write([...values, 'left over from the batch before' as T], values.length)
}

describe('collect', () => {
  const prepare = (writer: Writer<string>, n: number): Json[] => [...(writer.prepare(epoch(n)) as readonly Json[])]

  test('SK60 shows what belongs to complete checkpoints, once, however often it is committed', () => {
    const sink: Collector<string> = collect()
    const committer = committerOf(sink)
    const writer = writerOf(sink)
    write(writer, 'a', 'b')
    const first = prepare(writer, 1)
    write(writer, 'c')
    expect(sink.records).toEqual([])
    void committer.commit(epoch(1), first)
    void committer.commit(epoch(1), first)
    expect(sink.records).toEqual(['a', 'b'])
    void committer.commit(epoch(2), prepare(writer, 2))
    expect(sink.records).toEqual(['a', 'b', 'c'])
    expect(prepare(writer, 3)).toEqual([])
  })

  test('SK60 finishes the commit of the restored checkpoint and forgets what belongs to none', () => {
    const sink = collect<string>()
    const committer = committerOf(sink)
    const writer = writerOf(sink)
    write(writer, 'a')
    const first = prepare(writer, 1)
    write(writer, 'lost')
    const second = prepare(writer, 2)
    void committer.recover(epoch(1), first)
    expect(sink.records).toEqual(['a'])
    const again = writerOf(sink, { attempt: attempt(2) })
    write(again, 'b')
    void committer.commit(epoch(2), prepare(again, 2))
    void committer.commit(epoch(2), second)
    expect(sink.records).toEqual(['a', 'b'])
  })

  test('SK60 begins empty when the job begins anew, and keeps subtasks apart', () => {
    const sink = collect<string>()
    const committer = committerOf(sink)
    const [one, two] = [writerOf(sink), writerOf(sink, { subtask: 1 })]
    write(two, 'b')
    write(one, 'a')
    void committer.commit(epoch(1), [...prepare(one, 1), ...prepare(two, 1)])
    expect(sink.records).toEqual(['a', 'b'])
    void committer.recover(epoch(0), [])
    expect(sink.records).toEqual([])
  })
})

describe('forEach', () => {
  test('SK61 calls its function with every record, and stays synchronous while that is', () => {
    const seen: number[] = []
    const writer = writerOf(forEach((n: number) => void seen.push(n)))
    expect(writer.write([1, 2, 3], 2)).toBeUndefined()
    expect(seen).toEqual([1, 2])
    expect(writer.prepare(epoch(1))).toEqual([])
  })

  test('SK61 waits for a promise before the next record, though the batch is used again meanwhile', async () => {
    const log: string[] = []
    const writer = writerOf(
      forEach(async (n: number) => {
        log.push(`begin ${n}`)
        await Promise.resolve()
        log.push(`end ${n}`)
      }),
    )
    const batch = [1, 2, 3]
    const written = writer.write(batch, 3)
    batch.fill(0)
    await written
    expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3'])
  })

  test('SK61 names the sink when its function throws or rejects', async () => {
    const thrower = writerOf(
      forEach(() => {
        throw new Error('full')
      }),
    )
    expect(() => thrower.write([1], 1)).toThrow('sink out: forEach threw: full')
    const rejecter = writerOf(forEach(() => Promise.reject(new Error('away'))))
    await expect(rejecter.write([1], 1)).rejects.toThrow('sink out: forEach threw: away')
    expect(() => forEach('x' as never)).toThrow('takes a function')
  })
})

test('SK62 discard takes anything', () => {
  const writer = writerOf(discard())
  expect(writer.write([1, 'a'], 2)).toBeUndefined()
  expect(writer.prepare(epoch(1))).toEqual([])
})
