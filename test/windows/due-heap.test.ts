// The order of due times.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DueHeap } from '../../src/windows/due-heap.ts'

describe('due times', () => {
  test('WI13 ids come by due time, then by their order, also after they were moved and removed', () => {
    const move = fc.record({ id: fc.nat(15), due: fc.oneof(fc.nat(9), fc.constant(Number.POSITIVE_INFINITY)), remove: fc.boolean() })
    fc.assert(
      fc.property(fc.array(move, { maxLength: 80 }), (moves) => {
        const heap = new DueHeap()
        const model = new Map<number, number>()
        for (const { id, due, remove } of moves) {
          if (remove) {
            heap.remove(id)
            model.delete(id)
          } else {
            heap.schedule(id, due, 100 - id)
            model.set(id, due)
          }
          expect(heap.size).toBe(model.size)
          expect(heap.topDue).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.values()))
          expect(heap.has(id)).toBe(model.has(id))
        }
        const popped: number[] = []
        for (let id = heap.top; id >= 0; id = heap.top) {
          popped.push(id)
          heap.remove(id)
        }
        const due = (id: number): number => model.get(id)!
        expect(popped).toEqual([...model.keys()].sort((a, b) => (due(a) === due(b) ? b - a : due(a) - due(b))))
      }),
    )
  })
})
