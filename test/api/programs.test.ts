// Whole jobs as users write them, planned: every program that the types are tested with.

import { describe, expect, test } from 'vitest'
import { jobInternals } from '../../src/api/job.ts'
import type { Job } from '../../src/api/job-types.ts'
import { drawText } from '../../src/plan/draw.ts'
import { ads } from './fixtures/attribution.ts'
import { fraud } from './fixtures/fraud.ts'
import { hello } from './fixtures/hello.ts'
import { pieces } from './fixtures/pieces.ts'
import { plant } from './fixtures/plant.ts'
import { films } from './fixtures/recommendations.ts'
import { limits } from './fixtures/rules.ts'
import { report } from './fixtures/sales.ts'
import { site } from './fixtures/sessions.ts'
import { shop } from './fixtures/splits.ts'
import { lab } from './fixtures/windows.ts'
import { words } from './fixtures/word-count.ts'

const jobs: Job[] = [ads, fraud, hello, pieces, plant, films, limits, report, site, shop, lab, words]
const named = jobs.map((job) => [job.name, job] as const)

describe('programs', () => {
  test.each(named)('AP4 %s is planned at any parallelism, with a definition for every operator', (_, job) => {
    for (const parallelism of [1, 3]) {
      const { plan, definitions, sources, sinks } = jobInternals(job).compile({ parallelism })
      const operators = plan.vertices.flatMap((vertex) => vertex.operators)
      for (const { id, kind } of operators) {
        expect([id, kind === 'source' ? sources.has(id) : kind === 'sink' ? sinks.has(id) : definitions.has(id)]).toEqual([id, true])
      }
      expect(definitions.size + sources.size + sinks.size).toBe(operators.length)
    }
  })

  test('AP4 no two of them have the same fingerprint', () => {
    const fingerprints = jobs.map((job) => job.plan().fingerprint)
    expect(new Set(fingerprints).size).toBe(jobs.length)
  })

  test('AP4 operators behind calls, lanes and broadcasts stand where they belong', () => {
    expect(body(films)).toBe(`╭─ 0 ───────────────────────────────────────────── × 4 ─╮
│ queries  source · stateful · topic queries of valibot │
│ map-1    map · to type query                          │
╰───────────────────────────────────────────────────────╯
  └─ forward ─▶ 2 union-1

╭─ 1 ───────────────────────────────────────── × 4 ─╮
│ views  source · stateful · topic views of valibot │
│ map-2  map · to type view                         │
╰───────────────────────────────────────────────────╯
  └─ forward ─▶ 2 union-1

╭─ 2 ────── × 4 ─╮
│ union-1  union │
│ keyBy-1  keyBy │
╰────────────────╯
  └─ hash, combined ─▶ 3 taste

╭─ 3 ───────────────────────────────────────────────────────────────── × 4 ─╮
│ taste       window · stateful                                             │
│               aggregate over sliding windows of 1800000 ms every 60000 ms │
│               each record updates one slice, which all its windows share  │
│ embed       asyncMap · stateful · unordered                               │
│ candidates  fork · stateful                                               │
│ map-3       map                                                           │
│ shelf       sink · cache 1 h                                              │
╰───────────────────────────────────────────────────────────────────────────╯
`)
    expect(body(limits)).toBe(`╭─ 0 ───────────────────────────────────────────────── × 2 ─╮
│ transfers  source · stateful · topic transfers of valibot │
│ keyBy-1    keyBy                                          │
╰───────────────────────────────────────────────────────────╯
  ├─ hash ─▶ 2 apply (input 0)
  └─ transfers · forward ─▶ 3 enrich (input 0)

╭─ 1 ───────────────────────────────────────── × 1 ─╮
│ rules  source · stateful · topic rules of valibot │
╰───────────────────────────────────────────────────╯
  ├─ broadcast ─▶ 2 apply (input 1)
  └─ broadcast ─▶ 3 enrich (input 1)

╭─ 2 ─────────────────────────────────────────────────────────────── × 2 ─╮
│ apply               connect · stateful · with hits, last, shared limits │
│ ├ broken-out        sink · topic broken by key                          │
│ └ quiet: quiet-out  sink · topic quiet                                  │
╰─────────────────────────────────────────────────────────────────────────╯

╭─ 3 ───────────────────────────────────────────────────────────── × 2 ─╮
│ enrich        connect · stateful · with shared limits, shared changes │
│ enriched-out  sink · topic enriched                                   │
╰───────────────────────────────────────────────────────────────────────╯
`)
  })
})

const body = (job: Job): string => drawText(job.plan()).split('\n').slice(3).join('\n')
