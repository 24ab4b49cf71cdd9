// The two ends of a local channel: batches, order, credit, and records spread over channels.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { localChannel } from '../../actors/local-link.ts'
import { edgeWriter, OutputChannel } from '../../src/flow/exchange.ts'
import { Gate } from '../../src/flow/gate.ts'
import type { Control } from '../../src/model/elements.ts'
import { attempt, channelId, epoch } from '../../src/model/ids.ts'
import { type Key, keyGroupOf, subtaskOfGroup } from '../../src/model/key.ts'
import { frameCreditMin, frameRecordsMax, localWindowRecords } from '../../src/model/limits.ts'
import type { KeyContext } from '../../src/operators/operator.ts'

const idle: Control = { kind: 'IDLE' }

function channel() {
  const woken = { sender: 0, receiver: 0 }
  const made = localChannel(
    attempt(1),
    channelId(0),
    0,
    0,
    () => woken.sender++,
    () => woken.receiver++,
  )
  return { ...made, woken }
}

/** Takes one frame and gives its credit back. */
function takeOne(input: ReturnType<typeof channel>['input']): unknown[] {
  const { batch, control } = input.take()
  const seen: unknown[] = batch === null ? [] : batch.values.slice(0, batch.length)
  if (batch !== null) input.done(batch)
  if (control !== null) seen.push(control)
  return seen
}

test('FL3 records and control arrive in order, whatever the batches and the credit', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.record({ add: fc.integer({ min: 1, max: 3_000 }) }), fc.constant('control'), fc.constant('flush'), fc.constant('take')),
        { maxLength: 30 },
      ),
      (steps) => {
        const { output, input } = channel()
        const sent: unknown[] = []
        const got: unknown[] = []
        let n = 0
        for (const step of steps) {
          if (step === 'control') {
            output.control(idle)
            sent.push(idle)
          } else if (step === 'flush') output.flush()
          else if (step === 'take') {
            if (!input.empty) got.push(...takeOne(input))
          } else {
            for (let i = 0; i < (step as { add: number }).add; i++) {
              output.append(n, n)
              sent.push(n++)
            }
          }
        }
        output.flush()
        while (!input.empty) got.push(...takeOne(input))
        expect(got).toEqual(sent)
      },
    ),
  )
})

test('FL3 a pooled batch keeps nothing of its last use', () => {
  const { output, input } = channel()
  output.appendPartial('a', 1, 5, 'k', 3)
  output.flush()
  const { batch } = input.take()
  expect([batch!.values[0], batch!.keys[0], batch!.groups[0], batch!.counts[0], batch!.partials]).toEqual(['a', 'k', 3, 5, 1])
  input.done(batch!)
  expect([batch!.length, batch!.values[0], batch!.keys[0], batch!.counts[0], batch!.partials]).toEqual([0, undefined, undefined, 0, 0])
})

test('FL6 a local sender waits when the window is full, keeps control behind its records, and is woken by credit', () => {
  const { output, input, woken } = channel()
  for (let i = 0; i < localWindowRecords; i++) output.append(i, 0)
  expect(output.ready).toBe(true)
  output.append('over', 0)
  output.control({ kind: 'BARRIER', epoch: epoch(1) })
  expect(output.ready).toBe(false)
  expect(input.waitingFrames).toBe(localWindowRecords / frameRecordsMax)
  takeOne(input)
  expect(woken.sender).toBe(0)
  takeOne(input)
  expect(woken.sender).toBe(1)
  expect(output.ready).toBe(true)
  takeOne(input)
  takeOne(input)
  expect(takeOne(input)).toEqual(['over', { kind: 'BARRIER', epoch: 1 }])
})

test('FL7 control alone needs no credit', () => {
  const { output, input } = channel()
  for (let i = 0; i < localWindowRecords; i++) output.append(i, 0)
  output.control(idle)
  expect(output.ready).toBe(true)
  expect(input.waitingFrames).toBe(localWindowRecords / frameRecordsMax + 1)
})

function collecting(): { channel: OutputChannel; got: { value: unknown; key: Key; group: number }[] } {
  const got: { value: unknown; key: Key; group: number }[] = []
  const made = new OutputChannel(attempt(1), channelId(0), {
    send({ batch }) {
      for (let i = 0; i < (batch?.length ?? 0); i++)
        got.push({ value: batch!.values[i], key: batch!.keys[i] as Key, group: batch!.groups[i]! })
    },
  })
  return { channel: made, got }
}

test('FL4 hash sends each key to the subtask that owns its group, with key and group beside the record', () => {
  const targets = [collecting(), collecting(), collecting()]
  const keys: KeyContext = { key: '', group: -1 }
  const writer = edgeWriter(
    'hash',
    targets.map(({ channel: to }) => to),
    keys,
    128,
  )
  const all: Key[] = [1, '1', 1n, true, -7.5, 'ÿ', 2 ** 40, 'a longer key of a user']
  for (const key of all) {
    keys.key = key
    keys.group = -1
    writer.receive(`of ${String(key)}`, 0)
  }
  for (const { channel: to } of targets) to.flush()
  for (const [subtask, { got }] of targets.entries()) {
    for (const { key, group } of got) {
      expect(group).toBe(keyGroupOf(key, 128))
      expect(subtaskOfGroup(group, 128, 3)).toBe(subtask)
    }
  }
  expect(targets.flatMap(({ got }) => got).length).toBe(all.length)
})

test('FL4 rebalance deals in turn, broadcast gives to all, forward to the one', () => {
  for (const [partition, expected] of [
    [
      'rebalance',
      [
        [0, 2],
        [1, 3],
      ],
    ],
    [
      'broadcast',
      [
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ],
    ],
  ] as const) {
    const targets = [collecting(), collecting()]
    const writer = edgeWriter(
      partition,
      targets.map(({ channel: to }) => to),
      undefined,
      128,
    )
    for (let i = 0; i < 4; i++) writer.receive(i, 0)
    for (const { channel: to } of targets) to.flush()
    expect(targets.map(({ got }) => got.map(({ value }) => value))).toEqual(expected)
  }
})

test('FL5 the gate reads channels in turn and leaves held ones alone', () => {
  const made = [0, 1, 2].map((index) =>
    localChannel(
      attempt(1),
      channelId(index),
      index,
      0,
      () => undefined,
      () => undefined,
    ),
  )
  const held = new Uint8Array(3)
  const gate = new Gate(
    made.map(({ input }) => input),
    held,
  )
  for (const { output } of made) {
    output.control(idle)
    output.control(idle)
  }
  held[1] = 1
  const order: number[] = []
  for (let next = gate.next(); next !== undefined; next = gate.next()) {
    order.push(next.index)
    next.take()
  }
  expect(order).toEqual([0, 2, 0, 2])
  held[1] = 0
  expect(gate.next()?.index).toBe(1)
})

test('FL20 watermarks in a row wait as one, behind the records that they follow', () => {
  const { output, input } = channel()
  output.append('a', 1)
  for (let time = 1; time <= 10_000; time++) output.control({ kind: 'WATERMARK', time })
  output.append('b', 2)
  output.control({ kind: 'WATERMARK', time: 10_001 })
  expect(input.waitingFrames).toBe(2)
  expect(takeOne(input)).toEqual(['a', { kind: 'WATERMARK', time: 10_000 }])
  expect(takeOne(input)).toEqual(['b', { kind: 'WATERMARK', time: 10_001 }])
})

test('FL21 a frame with few records counts for the room that it takes up', () => {
  const { output, input } = channel()
  for (let i = 0; i <= localWindowRecords / frameCreditMin; i++) {
    output.append(i, 0)
    output.flush()
  }
  expect(output.ready).toBe(false)
  expect(input.waitingFrames).toBe(localWindowRecords / frameCreditMin)
})

test('FL27 a batch has room for the records that came, and keeps them when it grows', () => {
  const { output, input } = channel()
  const framed = (records: number) => {
    for (let i = 0; i < records; i++) {
      if (i % 3 === 0) output.appendPartial({ n: i }, 10 * i, i + 1, `k${i}`, i)
      else output.appendKeyed(i, i / 2, `k${i}`, i)
    }
    output.flush()
    return input.take().batch!
  }
  for (const records of [1, 16, 17, 100, frameRecordsMax]) {
    const batch = framed(records)
    expect(batch.length).toBe(records)
    expect(batch.times.length).toBeGreaterThanOrEqual(records)
    expect(batch.times.length).toBeLessThan(Math.max(17, 2 * records))
    for (let i = 0; i < records; i++) {
      const isPartial = i % 3 === 0
      expect([batch.values[i], batch.times[i], batch.keys[i], batch.groups[i], batch.counts[i]]).toEqual(
        isPartial ? [{ n: i }, 10 * i, `k${i}`, i, i + 1] : [i, i / 2, `k${i}`, i, 0],
      )
    }
    expect(batch.partials).toBe(Math.ceil(records / 3))
  }
})
