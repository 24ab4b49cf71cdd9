// One subtask: what a turn takes, alignment, resumable work, clocks, the end, and orders of the coordinator.

import { expect, test } from 'vitest'
import { joined } from '../../src/codec/bytes.ts'
import type { SinkBuffer } from '../../src/flow/sink-buffer.ts'
import { flushIntervalMs, frameRecordsMax, localWindowRecords } from '../../src/model/limits.ts'
import { active, Bench, barrier, end, idle, map, pass, told, wm } from './bench.ts'

const through = { nodes: [{ id: 'a', is: pass }], edges: [{ from: 'a' }] }
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

test('FL10 a turn takes one frame, and channels take turns', () => {
  const bench = new Bench({ ...through, channels: [0, 0] })
  bench.send(0, 1, 2).send(0, 3).send(1, 4)
  const seen = [1, 2, 3, 4].map(() => bench.turn().take())
  expect(seen).toEqual([['0.0 1', '0.0 2'], ['0.0 4'], ['0.0 3'], []])
  expect(bench.subtask.runnable).toBe(false)
})

test('FL10 without credit on every output nothing is taken, and with it work goes on', () => {
  const bench = new Bench({ nodes: [{ id: 'a', is: map((n: number) => n) }], edges: [{ from: 'a' }, { from: 'a' }] })
  const all = numbers(localWindowRecords + 2 * frameRecordsMax)
  bench.send(0, ...all)
  bench.settle()
  expect(bench.outputs.map(({ ready }) => ready)).toEqual([false, false])
  expect(bench.subtask.inputs[0]!.waitingFrames).toBeGreaterThan(0)
  bench.outputs[0]!.grant(4 * localWindowRecords)
  expect(bench.subtask.runnable).toBe(false)
  bench.outputs[1]!.grant(4 * localWindowRecords)
  expect(bench.subtask.runnable).toBe(true)
  bench.settle()
  expect(bench.take().length).toBe(2 * all.length)
})

test('FL10 a partly filled batch goes out after the flush interval, also while the subtask is blocked', () => {
  let ready = true
  const bench = new Bench({ nodes: [{ id: 'a', is: told('a', { ready: () => ready }) }], edges: [{ from: 'a' }] })
  bench.send(0, 1)
  bench.turn()
  ready = false
  expect(bench.out).toEqual([])
  expect(bench.subtask.nextTime()).toBe(1 + flushIntervalMs)
  bench.subtask.turn(1 + flushIntervalMs)
  expect(bench.out).toEqual(['0.0 a(1)'])
})

test('FL24 with nothing else to do a partly filled batch goes out at once, but not to a receiver that is behind', () => {
  const bench = new Bench({ nodes: [{ id: 'a', is: pass }], edges: [{ from: 'a' }, { from: 'a' }] })
  const full = 3 * frameRecordsMax
  bench.send(0, ...numbers(full))
  bench.settle()
  expect(bench.out.splice(0).length).toBe(2 * full)
  expect(bench.subtask.maySendEarly).toBe(false)
  bench.outputs[1]!.grant(full + localWindowRecords)
  bench.send(0, 'last')
  bench.settle()
  expect([bench.out, bench.subtask.maySendEarly]).toEqual([[], true])
  bench.subtask.flushEarly()
  expect([bench.out, bench.subtask.maySendEarly]).toEqual([['1.0 last'], false])
  expect(bench.subtask.nextTime()).toBeLessThan(Number.POSITIVE_INFINITY)
  bench.outputs[0]!.grant(full + localWindowRecords)
  expect(bench.subtask.maySendEarly).toBe(true)
  bench.subtask.flushEarly()
  expect(bench.out).toEqual(['1.0 last', '0.0 last'])
  expect(bench.subtask.nextTime()).toBe(Number.POSITIVE_INFINITY)
})

test('FL11 channels are held from their barrier until all have delivered it; operators emit, the barrier goes out, then state is frozen', () => {
  const bench = new Bench({ nodes: [{ id: 'a', is: told('a') }], edges: [{ from: 'a' }, { from: 'a' }], channels: [0, 0, 0] })
  bench.send(0, 1).send(2, 2).send(1, barrier(1), 3).send(2, barrier(1), 4)
  bench.settle()
  expect(bench.frozen).toEqual([])
  expect(bench.take()).toEqual(['0.0 a(1)', '0.0 a(2)', '1.0 a(1)', '1.0 a(2)'])
  bench.send(0, 5, barrier(1), 6)
  bench.settle()
  expect(bench.frozen).toEqual([1])
  const each = ['a(5)', 'a(barrier 1)', 'barrier 1', 'a(3)', 'a(4)', 'a(6)']
  expect(bench.take()).toEqual([...each.map((line) => `0.0 ${line}`), ...each.map((line) => `1.0 ${line}`)])
})

test('FL11 a channel that ended counts as having delivered the barrier; a newer barrier gives an older one up; an abort lets go', () => {
  const bench = new Bench({ ...through, channels: [0, 0] })
  bench.send(0, barrier(1), 1)
  bench.settle()
  expect(bench.take()).toEqual([])
  bench.send(1, barrier(2), 2)
  bench.settle()
  expect(bench.take()).toEqual(['0.0 1']) // channel 0 was let go, channel 1 is held
  bench.subtask.abort(2 as never)
  bench.settle()
  expect(bench.take()).toEqual(['0.0 2'])
  bench.send(0, barrier(2), barrier(3))
  bench.settle()
  expect(bench.frozen).toEqual([])
  bench.send(1, end)
  bench.settle()
  expect(bench.frozen).toEqual([3])
  expect(bench.take()).toEqual(['0.0 barrier 3'])
})

test('FL12 work of a watermark is done in slices; nothing is taken, no barrier passes, and the watermark waits until it is through', () => {
  const bench = new Bench({ nodes: [{ id: 'a', is: told('a', { fires: 10_000 }) }], edges: [{ from: 'a' }] })
  bench.send(0, wm(5), 6, barrier(1))
  for (let turns = 0; bench.out.every((line) => !line.includes('a(6)')); turns++) {
    expect(turns).toBeLessThan(1_000)
    bench.turn()
    if (!bench.subtask.runnable) bench.outputs[0]!.grant(bench.outputs[0]!.records + localWindowRecords)
    if (turns < 9) expect(bench.frozen).toEqual([])
    bench.outputs[0]!.flush()
  }
  bench.settle()
  const out = bench.take()
  expect(out.slice(0, 10_000)).toEqual(numbers(10_000).map((n) => `0.0 a(wm 5 ${n})`))
  expect(out.slice(10_000)).toEqual(['0.0 wm 5', '0.0 a(6)', '0.0 a(barrier 1)', '0.0 barrier 1'])
})

test('FL12 ACTIVE goes before the watermark, IDLE behind it, also when the watermark takes many turns', () => {
  const bench = new Bench({ nodes: [{ id: 'a', is: told('a', { fires: 3_000 }) }], edges: [{ from: 'a' }], channels: [0, 0] })
  bench.outputs[0]!.grant(100_000)
  bench.send(0, wm(5)).send(1, idle)
  bench.settle()
  bench.send(0, wm(9), idle)
  bench.settle()
  bench.send(1, active, wm(20))
  bench.settle()
  const control = bench.take().filter((line) => !line.includes('('))
  expect(control).toEqual(['0.0 wm 5', '0.0 wm 9', '0.0 IDLE', '0.0 ACTIVE', '0.0 wm 20'])
})

test('FL13 processing time fires at the start of a turn and before input, and no timer fires behind END', () => {
  const timed = { nodes: [{ id: 'a', is: told('a', { dueAt: 5 }) }], edges: [{ from: 'a' }] }
  const bench = new Bench(timed)
  expect(bench.subtask.nextTime()).toBe(5)
  bench.send(0, 1)
  bench.subtask.turn(7)
  expect(bench.take()).toEqual(['0.0 a(time 7)', '0.0 a(1)'])
  const over = new Bench(timed)
  over.send(0, end)
  over.subtask.turn(1)
  while (over.subtask.runnable) over.subtask.turn(1)
  expect(over.ends).toBe(1)
  over.take()
  expect(over.subtask.nextTime()).toBe(Number.POSITIVE_INFINITY)
  over.subtask.turn(9)
  expect(over.take()).toEqual([])
})

test('FL13 what is due while the subtask is blocked asks for no turn, but for operators that wait for calls', () => {
  let ready = true
  const gated = { ready: () => ready }
  const blocked = new Bench({ nodes: [{ id: 'a', is: told('a', { ...gated, dueAt: 5 }) }], edges: [{ from: 'a' }] })
  const calling = new Bench({ nodes: [{ id: 'a', is: told('a', { ...gated, holds: true, dueAt: 5 }) }], edges: [{ from: 'a' }] })
  ready = false
  for (const bench of [blocked, calling]) bench.subtask.turn(6)
  expect(blocked.subtask.nextTime()).toBe(Number.POSITIVE_INFINITY)
  expect([blocked.take(), calling.take()]).toEqual([[], ['0.0 a(time 6)']])
  ready = true
  blocked.subtask.turn(7)
  expect(blocked.take()).toEqual(['0.0 a(time 7)'])
})

test('FL14 whoever unblocks a subtask finds it runnable when something came meanwhile', () => {
  const bench = new Bench({ nodes: [{ id: 's', is: 'sink' }] })
  const [sink] = bench.chain.sinks
  bench.settle()
  for (let n = 0; n < frameRecordsMax; n++) sink!.inputs[0]!(n, Number.NaN) // as an async operator emits, outside of a turn
  bench.send(0, 'late')
  bench.turn()
  expect(bench.subtask.runnable).toBe(false)
  expect(sink!.take()).toMatchObject({ kind: 'batch', length: frameRecordsMax })
  expect(bench.subtask.runnable).toBe(true)
  bench.settle()
  expect(sink!.take()).toMatchObject({ kind: 'batch', length: 1 })
})

test('FL14 a sink keeps barriers in their place between batches, and wants no input while a full batch waits', () => {
  const bench = new Bench({ nodes: [{ id: 's', is: 'sink' }] })
  const sink = bench.chain.sinks[0] as SinkBuffer
  bench.send(0, 1, barrier(1), 2)
  bench.turn()
  expect(bench.subtask.runnable).toBe(false)
  const items = [sink.take(), sink.take()].map((item) => (item?.kind === 'batch' ? item.values.slice(0, item.length) : item))
  expect(items).toEqual([[1], { kind: 'barrier', epoch: 1 }])
  bench.settle()
  expect([sink.empty, sink.records]).toEqual([false, 1])
  expect(sink.take()).toMatchObject({ kind: 'batch', length: 1 })
  expect([sink.empty, sink.take()]).toEqual([true, undefined])
})

test('FL15 END goes out when all channels have ended and operators have flushed; later snapshots are by order, once, and say so', () => {
  const bench = new Bench({ nodes: [{ id: 'a', is: told('a', { endsAfter: 3 }) }], edges: [{ from: 'a' }], channels: [0, 0] })
  bench.subtask.trigger(1 as never, false)
  bench.send(0, end)
  bench.settle()
  expect([bench.ends, bench.frozen]).toEqual([0, []])
  bench.send(1, end)
  bench.settle()
  expect(bench.frozen).toEqual([1])
  expect(bench.ends).toBe(1)
  expect(bench.take().slice(-2)).toEqual(['0.0 a(end)', '0.0 END'])
  bench.subtask.trigger(1 as never, false)
  bench.subtask.trigger(2 as never, false)
  bench.settle()
  expect(bench.frozen).toEqual([1, 2])
  expect(bench.snapshots.at(-1)?.time).toEqual({ watermark: Number.POSITIVE_INFINITY, idle: false, ended: true })
  expect(bench.take().filter((line) => line.includes('barrier 2'))).toEqual(['0.0 a(barrier 2)'])
})

test('FL15 an order that comes while operators flush waits until they are done', () => {
  const bench = new Bench({ nodes: [{ id: 'a', is: told('a', { endsAfter: 3 }) }], edges: [{ from: 'a' }] })
  bench.send(0, end)
  bench.turn()
  bench.turn()
  bench.subtask.trigger(1 as never, false)
  bench.turn()
  expect([bench.ends, bench.frozen]).toEqual([0, []])
  bench.settle()
  expect([bench.ends, bench.frozen]).toEqual([1, [1]])
  expect(bench.snapshots.at(-1)?.time.ended).toBe(true)
})

test('FL15 an order is forgotten when its checkpoint is aborted, and a snapshot of it is given up', () => {
  const bench = new Bench({ ...through })
  bench.subtask.trigger(1 as never, false)
  bench.subtask.abort(1 as never)
  bench.send(0, end)
  bench.settle()
  expect(bench.frozen).toEqual([])
})

test('FL16 restored as ended it only ends again: what comes is dropped, and it snapshots by order', () => {
  const first = new Bench({ nodes: [{ id: 'a', is: told('a') }], edges: [{ from: 'a' }], channels: [0, 0] })
  first.send(0, end).send(1, end)
  first.settle()
  first.subtask.trigger(3 as never, false)
  first.settle()
  const taken = first.snapshots.at(-1)!
  const stored = { name: 'blob', bytes: joined(taken.blob!.parts), index: 0, parallelism: 1, isRoot: true, ended: taken.time.ended }
  const again = new Bench({ nodes: [{ id: 'a', is: told('a') }], edges: [{ from: 'a' }], channels: [0, 0], restore: [stored] })
  expect([again.ends, again.take()]).toEqual([1, ['0.0 wm Infinity', '0.0 END']])
  again.send(0, wm(Number.POSITIVE_INFINITY), end)
  again.subtask.trigger(4 as never, false)
  again.send(1, 7, end)
  again.settle()
  expect(again.frozen).toEqual([4])
  expect(again.snapshots[0]?.time).toEqual(taken.time)
  expect(again.take()).toEqual(['0.0 a(barrier 4)'])
})

test('FL16 restored it first tells its watermark and status again', () => {
  const first = new Bench({ nodes: [{ id: 'a', is: told('a') }], channels: [0] })
  first.send(0, wm(8), idle)
  const stored = first.snapshot(1)
  const again = new Bench({ ...through, restore: [stored] })
  expect(again.take()).toEqual(['0.0 wm 8', '0.0 IDLE'])
  again.send(0, active, wm(4), wm(9))
  again.settle()
  expect(again.take()).toEqual(['0.0 ACTIVE', '0.0 wm 9'])
})

test('FL6 a channel with a lasting backlog keeps no frame that was taken', async () => {
  const bench = new Bench({ ...through })
  const { setFlagsFromString } = await import('node:v8')
  const { runInNewContext } = await import('node:vm')
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const [input] = bench.subtask.inputs
  bench.send(0, 'always one behind')
  const taken = numbers(100).map((n) => {
    bench.feeds[0]!.control({ kind: n % 2 === 0 ? 'IDLE' : 'ACTIVE' })
    return new WeakRef(input!.take())
  })
  await new Promise((resolve) => setTimeout(resolve, 1))
  gc()
  expect(input!.waitingFrames).toBe(1)
  expect(taken.filter((frame) => frame.deref() !== undefined).length).toBeLessThan(5)
})
