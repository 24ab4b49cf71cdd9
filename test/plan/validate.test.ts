// Jobs that cannot run, each with the sentence that refuses it.

import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/model/errors.ts'
import { planOf } from '../../src/plan/physical.ts'
import { checkNode } from '../../src/plan/validate.ts'
import { GraphDraft, windowJob } from './graphs.ts'

function refusal(draft: GraphDraft): string {
  try {
    planOf(draft.graph)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(MillraceError)
    expect((thrown as MillraceError).code).toBe('JOB_INVALID')
    return (thrown as MillraceError).message
  }
  return 'accepted'
}

const wrong: [rule: string, what: string, draft: () => GraphDraft, message: string][] = [
  [
    'PL10',
    'two operators with one id',
    () => {
      const draft = windowJob(1)
      draft.add('sink', 'views', [2])
      return draft
    },
    'job "test": window "views" and sink "views" have the same id: it names state, metrics and errors, so it must be unique in the job; rename one',
  ],
  [
    'PL10',
    'a cycle',
    () => {
      const draft = new GraphDraft()
      const source = draft.add('source', 's')
      draft.add('union', 'u', [source, 2])
      draft.add('map', 'm', [1])
      draft.add('sink', 'out', [2])
      return draft
    },
    'job "test": union "u" reads from operator 2, which does not stand before it: a job has no cycles',
  ],
  ['PL10', 'no source', () => new GraphDraft(), 'job "test": it has no source: begin with job.source(id, …)'],
  [
    'PL10',
    'a reader of a sink',
    () => {
      const draft = windowJob(1)
      draft.add('sink', 'more', [3])
      return draft
    },
    'job "test": sink "more" reads from sink "out": nothing comes out of a sink',
  ],
  [
    'PL11',
    'event time without timestamps',
    () => {
      const draft = new GraphDraft()
      const source = draft.add('source', 'clicks', [], { time: undefined })
      const timed = draft.add('source', 'timed')
      const union = draft.add('union', 'u', [source, timed])
      draft.add('sink', 'out', [draft.add('window', 'views', [union], { time: 'needs' })])
      return draft
    },
    `job "test": window "views" works on event time, but source "clicks" gives none: add { timestamp: e => … } to the source, or { time: 'processing' } to the window`,
  ],
  [
    'PL12',
    'a branch without a sink',
    () => {
      const draft = windowJob(1)
      draft.add('map', 'map-1', [2])
      return draft
    },
    'job "test": nothing reads map "map-1": end the branch with .to(id, sink), or remove it',
  ],
  [
    'PL12',
    'a main output that only a side output stands in for',
    () => {
      const draft = new GraphDraft()
      const window = draft.add('window', 'w', [draft.add('source', 's')])
      draft.add('sink', 'late', [{ from: window, output: 'late' }])
      return draft
    },
    'job "test": nothing reads window "w": end the branch with .to(id, sink), or remove it',
  ],
  [
    'PL12',
    'side outputs of which none is read',
    () => {
      const draft = new GraphDraft()
      draft.add('split', 'split-1', [draft.add('source', 's')], { gives: 'sides' })
      return draft
    },
    'job "test": nothing reads any output of split "split-1": end one of them with .to(id, sink), or remove it',
  ],
  ['PL13', 'a job without parallelism', () => windowJob(0), 'job "test": parallelism of the job is 0: it must be a whole number from 1 on'],
  [
    'PL13',
    'half a subtask',
    () => {
      const draft = windowJob(1)
      draft.add('sink', 'half', [2], { parallelism: 1.5 })
      return draft
    },
    'job "test": parallelism of sink "half" is 1.5: it must be a whole number from 1 on',
  ],
  [
    'PL13',
    'more subtasks than key groups',
    () => windowJob(129),
    'job "test": parallelism of the job is 129, more than the 128 key groups of the job: lower it, or raise maxParallelism before the job has state',
  ],
  [
    'PL13',
    'max parallelism out of bounds',
    () => {
      const draft = new GraphDraft({ maxParallelism: 32_769 })
      draft.add('sink', 'out', [draft.add('source', 's')])
      return draft
    },
    'job "test": maxParallelism is 32769: it must be a whole number from 1 to 32768',
  ],
  [
    'PL7',
    'dead letters of a job without user code',
    () => {
      const draft = new GraphDraft()
      draft.add('sink', 'out', [draft.add('source', 's')])
      draft.add('sink', 'dead', [draft.add('map', 'm', [draft.add('dead-letters', 'dead-letters')])])
      return draft
    },
    'job "test": deadLetters() is read, but the job has no operator whose records it could take: remove it',
  ],
]

describe('refused', () => {
  const cases = (rule: string) => wrong.flatMap(([of, ...rest]) => (of === rule ? [rest] : []))
  const refused = (_: string, draft: () => GraphDraft, message: string): void => expect(refusal(draft())).toBe(message)

  test.each(cases('PL7'))('PL7 %s', refused)
  test.each(cases('PL10'))('PL10 %s', refused)
  test.each(cases('PL11'))('PL11 %s', refused)
  test.each(cases('PL12'))('PL12 %s', refused)
  test.each(cases('PL13'))('PL13 %s', refused)

  test('PL10 all problems of a job are listed at once', () => {
    const draft = new GraphDraft({ parallelism: 0 })
    draft.add('map', 'a', [draft.add('source', 'a')])
    expect(refusal(draft).split('\n')).toEqual([
      'job "test": 3 problems',
      '- parallelism of the job is 0: it must be a whole number from 1 on',
      '- source "a" and map "a" have the same id: it names state, metrics and errors, so it must be unique in the job; rename one',
      '- nothing reads map "a": end the branch with .to(id, sink), or remove it',
    ])
  })
})

describe('accepted', () => {
  test('PL11 a broadcast side needs no event time', () => {
    const draft = new GraphDraft()
    const rules = draft.add('source', 'rules', [], { time: undefined })
    const flag = draft.add('process', 'flag', [draft.add('source', 's'), { from: rules, partition: 'broadcast', input: 1 }])
    draft.add('sink', 'out', [draft.add('window', 'w', [flag], { time: 'needs' })])
    expect(refusal(draft)).toBe('accepted')
  })

  test('PL12 a side output may stay unread, and one that is read is enough where there is no main output', () => {
    const draft = new GraphDraft()
    const split = draft.add('split', 'split-1', [draft.add('source', 's')], { gives: 'sides' })
    draft.add('sink', 'out', [{ from: split, output: 'big' }])
    draft.add('process', 'only-asked', [split], { gives: 'nothing' })
    expect(refusal(draft)).toBe('accepted')
  })
})

test('PL10 PL11 a node is checked against those before it alone', () => {
  const { nodes } = windowJob(1)
  expect(checkNode(nodes.slice(0, 2), nodes[2]!)).toEqual([])
  expect(checkNode(nodes.slice(0, 2), { ...nodes[2]!, id: nodes[0]!.id })).toHaveLength(1)
  expect(checkNode([{ ...nodes[0]!, time: undefined }, nodes[1]!], nodes[2]!)).toHaveLength(1)
})
