// Which thread runs which subtask.

import { expect, test } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import { planOf } from '../../src/plan/physical.ts'
import { checkThreadCount, checkThreads, workerOf } from '../../src/plan/placement.ts'
import { GraphDraft } from './graphs.ts'

/** source → (hash) window → pinned sink, and a window of one subtask → sink. */
function draft(parallelism: number): Plan {
  const graph = new GraphDraft({ parallelism })
  const source = graph.add('source', 'clicks')
  const keyed = graph.add('keyBy', 'keyBy-1', [source])
  const window = graph.add('window', 'views', [{ from: keyed, partition: 'hash' }], { stateful: true })
  graph.add('sink', 'collected', [window], { pinned: true })
  const all = graph.add('window', 'all', [{ from: keyed, partition: 'hash' }], { stateful: true, parallelism: 1 })
  graph.add('sink', 'out', [all])
  return planOf(graph.graph)
}

const workers = (plan: Plan, threads: number): Record<string, readonly number[]> =>
  Object.fromEntries(
    plan.vertices.map((vertex) => [
      vertex.operators.map(({ id }) => id).join(' '),
      Array.from({ length: vertex.parallelism }, (_, index) => workerOf(vertex, index, threads)),
    ]),
  )

test('TH11 equal numbers share a thread, single subtasks are dealt out, pinned ones stay in a chain of their own', () => {
  expect(workers(draft(3), 2)).toEqual({
    'clicks keyBy-1': [1, 2, 1],
    views: [1, 2, 1],
    collected: [0, 0, 0],
    'all out': [2],
  })
  expect(Object.values(workers(draft(3), 0)).flat()).toEqual(new Array(10).fill(0))
})

test('TH6 threads without work, and counts that are none', () => {
  expect(() => checkThreads(draft(3), 3)).not.toThrow()
  expect(() => checkThreads(draft(3), 5)).toThrow(
    '5 threads are more than the subtasks of job test can use: 4 would work. Use fewer threads',
  )
  for (const count of [0, -1, 1.5, Number.NaN, 257]) expect(() => checkThreadCount(count)).toThrow(`threads is ${count}`)
})
