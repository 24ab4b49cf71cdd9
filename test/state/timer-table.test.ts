// The table of timers against a sorted list: adding, taking out of the middle, and the earliest first.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimerTable } from '../../src/state/timer-table.ts'

const timer = fc.record({
  slot: fc.nat(5),
  name: fc.nat(2),
  time: fc.oneof(fc.nat(20), fc.constantFrom(-1, 0.5, 2 ** 40, 1_700_000_000_000, Number.POSITIVE_INFINITY)),
})
/** Adds a timer, or takes out one of those that are there. */
const action = fc.record({ pick: fc.option(fc.nat(1_000), { freq: 1 }), timer })

test('TM2 TM3 the table finds every timer, and the earliest is first, whatever is taken out', () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 50, maxLength: 300 }), (actions) => {
      const table = new TimerTable()
      let model: { slot: number; name: number; time: number }[] = []
      for (const { pick, timer: other } of actions) {
        const timer = pick === null || model.length === 0 ? other : model[pick % model.length]!
        const is = (other: typeof timer): boolean => other.slot === timer.slot && other.name === timer.name && other.time === timer.time
        const known = model.some(is)
        const found = table.find(timer.slot, timer.name, timer.time)
        expect(found >= 0).toBe(known)
        if (known) {
          table.remove(found)
          model = model.filter((other) => !is(other))
        } else {
          table.add(timer.slot, timer.name, timer.time)
          model.push(timer)
        }
        expect(table.size).toBe(model.length)
        if (model.length > 0) expect(table.earliest).toBe(Math.min(...model.map(({ time }) => time)))
      }
      const fired: [number, number][] = []
      for (; table.size > 0; table.remove(table.first)) fired.push([table.timeOf(table.first), table.nameOf(table.first)])
      const due = model.map(({ time, name }): [number, number] => [time, name])
      expect(fired).toEqual(due.sort(([a, x], [b, y]) => (a === b ? x - y : a < b ? -1 : 1)))
    }),
    { seed: 11, numRuns: 200 },
  )
})
