// Failover regions as data: graphs with pipelined and blocking edges, a vertex that fails, the vertices that run again.

import { expect, test } from 'vitest'
import { planOf } from '../../src/plan/physical.ts'
import { type RegionEdge, regionsOf, restartedBy } from '../../src/plan/regions.ts'
import { GraphDraft } from './graphs.ts'

/** `1>2` pipelined, `1~2` blocking; vertices count from 1. */
function graph(text: string): { readonly vertices: number; readonly edges: readonly RegionEdge[] } {
  const edges = text.split(' ').map((edge) => {
    const [from, to] = edge.split(/[>~]/).map((vertex) => Number(vertex) - 1)
    return { from: from!, to: to!, blocking: edge.includes('~') }
  })
  return { vertices: 1 + Math.max(...edges.flatMap(({ from, to }) => [from, to])), edges }
}

const cases: [edges: string, regions: string, failed: number, inputLost: boolean, restarted: string][] = [
  ['1~4 1~5 2~4 2~5 3>6', '0 1 2 3 4 2', 1, false, '1 4 5'],
  ['1~4 1~5 2~4 2~5 3>6', '0 1 2 3 4 2', 3, false, '3 6'],
  ['1~4 1~5 2~4 2~5 3>6', '0 1 2 3 4 2', 4, false, '4'],
  ['1>2 2~3 3>4 4~5 5>6', '0 0 1 1 2 2', 3, false, '3 4 5 6'],
  ['1>2 2~3 3>4 4~5 5>6', '0 0 1 1 2 2', 3, true, '1 2 3 4 5 6'],
  ['1>2 2~3 3>4 4~5 5>6', '0 0 1 1 2 2', 6, false, '5 6'],
  ['1>2 2>3 1>3', '0 0 0', 2, false, '1 2 3'],
  ['1>3 2>4', '0 1 0 1', 4, false, '2 4'],
  ['1~3 2>3', '0 1 1', 1, false, '1 2 3'],
  ['1~2 1>2', '0 0', 1, false, '1 2'],
]

test.each(cases)('PL9 %s has the regions %s; %i fails, input lost %s: %s run again', (text, regions, failed, inputLost, restarted) => {
  const { vertices, edges } = graph(text)
  const found = regionsOf(vertices, edges)
  expect(found.join(' ')).toBe(regions)
  const again = restartedBy(found, edges, failed - 1, inputLost)
  expect(again.map((vertex) => vertex + 1).join(' ')).toBe(restarted)
})

test('PL9 chains that no edge connects are regions of their own in a plan', () => {
  const draft = new GraphDraft({ parallelism: 2 })
  for (const name of ['a', 'b']) draft.add('sink', `${name}-out`, [draft.add('source', name)], { parallelism: 1 })
  expect(planOf(draft.graph).vertices.map(({ operators, region }) => `${operators[0]!.id} ${region}`)).toEqual([
    'a 0',
    'a-out 0',
    'b 1',
    'b-out 1',
  ])
})
