// Snapshots of more keys than gather at a time.

import { expect, test } from 'vitest'
import { openBlob } from '../../src/codec/blob.ts'
import { keyGroupOf, subtaskOfGroup } from '../../src/model/key.ts'
import { snapshotSliceEntries } from '../../src/model/limits.ts'
import { process } from '../../src/operators/process.ts'
import { type ValueState, value } from '../../src/state/declarations.ts'
import { Bench, wm } from './bench.ts'

const maxParallelism = 8
const keys = 3 * snapshotSliceEntries

interface Context {
  readonly key: number
  readonly state: { readonly seen: ValueState<readonly string[]> }
  readonly timers: { eventTime(at: number): void }
  emit(value: unknown): void
}

/** Notes that a key came, and fires 100 ms behind its first record. */
const noting = process({
  state: { seen: value<readonly string[]>([]) },
  onElement(_: number, { key, state, timers, emit }: Context) {
    const seen = [...state.seen.get(), `seen ${key}`]
    state.seen.set(seen)
    if (seen.length === 1) timers.eventTime(key + 100)
    emit(seen.join(' '))
  },
  onTimer({ at }: { readonly at: number }, { key, emit }: Context) {
    emit(`fired ${key} ${at}`)
  },
})
const chain = { nodes: [{ id: 'note', is: noting }], edges: [{ from: 'note' }], keyed: true, maxParallelism }

/** Gives a subtask one record of each of its keys. */
function give(bench: Bench, index: number, parallelism: number): void {
  bench.outputs[0]!.grant(10_000_000)
  for (let n = 0; n < keys; n++) {
    const group = keyGroupOf(n, maxParallelism)
    if (subtaskOfGroup(group, maxParallelism, parallelism) === index) bench.feeds[0]!.appendKeyed(n, n, n, group)
  }
  bench.feeds[0]!.flush()
  bench.settle()
}

test('FL29 of much state a key group has several sections, which together have each entry once', () => {
  const first = new Bench(chain)
  give(first, 0, 1)
  for (const epoch of [1, 2]) {
    const stored = first.snapshot(epoch)
    const names = openBlob(stored.name, stored.bytes!).sections.map(({ id }) => id)
    // Behind the first snapshot it is known how little an entry takes.
    if (epoch === 1) expect(names.length).toBeGreaterThan(new Set(names).size)
    else expect(names.length).toBe(new Set(names).size)
    const out = [0, 1].flatMap((index) => {
      const bench = new Bench({ ...chain, index, parallelism: 2, restore: [stored] })
      give(bench, index, 2)
      bench.send(0, wm(keys + 100))
      bench.settle()
      return bench.take().filter((line) => !line.includes(' wm '))
    })
    const expected = Array.from({ length: keys }, (_, n) => [`0.0 seen ${n} seen ${n}`, `0.0 fired ${n} ${n + 100}`]).flat()
    expect(out.sort()).toEqual(expected.sort())
  }
})
