// Drawings of plans, as golden text.

import { expect, test } from 'vitest'
import { drawMermaid, drawText, planJson } from '../../src/plan/draw.ts'
import { planOf } from '../../src/plan/physical.ts'
import { GraphDraft, windowJob } from './graphs.ts'

test('PL14 the terminal drawing shows chains as boxes and edges with their partition', () => {
  const plan = planOf(windowJob(4).graph)
  expect(drawText(plan)).toBe(`job test: 2 chains, 8 subtasks, 1 edge, 128 key groups
fingerprint ${plan.fingerprint}

╭─ 0 ─────── × 4 ─╮
│ clicks   source │
│ keyBy-1  keyBy  │
╰─────────────────╯
  └─ hash ─▶ 1 views

╭─ 1 ───────────────────────────────── × 4 ─╮
│ views  window · stateful · tumbling 1 min │
│ out    sink                               │
╰───────────────────────────────────────────╯
`)
})

/** A job with two inputs, branches inside of a chain, a side output, notes and two regions. */
function branchy(): GraphDraft {
  const draft = new GraphDraft({ parallelism: 2 })
  const a = draft.add('keyBy', 'a-key', [draft.add('source', 'a')])
  const b = draft.add('keyBy', 'b-key', [draft.add('source', 'b')])
  const join = draft.add(
    'join',
    'pairs',
    [
      { from: a, partition: 'hash' },
      { from: b, partition: 'hash', input: 1 },
    ],
    { stateful: true, notes: ['keeps 10 min'] },
  )
  const split = draft.add('split', 'split-1', [join], { gives: 'sides' })
  draft.add('sink', 'big', [draft.add('map', 'map-1', [{ from: split, output: 'big' }])])
  draft.add('sink', 'rest', [{ from: split, output: 'rest' }])
  draft.add('sink', 'late', [{ from: join, output: 'late' }], { parallelism: 1 })
  draft.add('sink', 'd', [draft.add('source', 'c')])
  return draft
}

test('PL14 branches, side outputs, inputs and regions are told apart', () => {
  const plan = planOf(branchy().graph)
  expect(drawText(plan).split('\n\n').slice(1).join('\n\n')).toBe(`╭─ 0 ─ × 2, region 0 ─╮
│ a      source       │
│ a-key  keyBy        │
╰─────────────────────╯
  └─ hash ─▶ 2 pairs (input 0)

╭─ 1 ─ × 2, region 0 ─╮
│ b      source       │
│ b-key  keyBy        │
╰─────────────────────╯
  └─ hash ─▶ 2 pairs (input 1)

╭─ 2 ────────────────────────── × 2, region 0 ─╮
│ pairs         join · stateful · keeps 10 min │
│ split-1       split                          │
│ ├ big: map-1  map                            │
│ │ big         sink                           │
│ └ rest: rest  sink                           │
╰──────────────────────────────────────────────╯
  └─ pairs late · rebalance ─▶ 3 late

╭─ 3 ─ × 1, region 0 ─╮
│ late  sink          │
╰─────────────────────╯

╭─ 4 ─ × 2, region 1 ─╮
│ c  source           │
│ d  sink             │
╰─────────────────────╯
`)
})

test('PL14 the Mermaid chart has a subgraph a chain, and quotes what is in it', () => {
  const draft = windowJob(2)
  draft.add('sink', 'late', [{ from: 2, output: 'late' }], { notes: ['says "<hi>" & goes'] })
  expect(drawMermaid(planOf(draft.graph))).toBe(`flowchart TD
  subgraph v0["0 × 2"]
    v0o0["clicks<br>source"]
    v0o1["keyBy-1<br>keyBy"]
    v0o0 --> v0o1
  end
  subgraph v1["1 × 2"]
    v1o0["views<br>window · stateful · tumbling 1 min"]
    v1o1["out<br>sink"]
    v1o2["late<br>sink · says &quot;&lt;hi>&quot; &amp; goes"]
    v1o0 --> v1o1
    v1o0 -->|"late"| v1o2
  end
  v0o1 ==>|"hash"| v1o0
`)
})

test('PL14 the JSON of a plan is the plan', () => {
  const plan = planOf(branchy().graph)
  expect(JSON.parse(planJson(plan))).toEqual(plan)
})
