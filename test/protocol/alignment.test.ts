// Barrier alignment, as a table of scripts: `b0` a record on channel 0, `|1@2` barrier 1 on channel 2, `e2` end of channel 2, `x1` abort of 1.
// Behind each step stands what it makes of the subtask: held channels, `!n` snapshot due, `~n` superseded, `x` the operators are told.

import { describe, expect, test } from 'vitest'
import { epoch } from '../../src/model/ids.ts'
import { Alignment } from '../../src/protocol/alignment.ts'

function run(channels: number, script: string): string {
  const alignment = new Alignment(channels)
  return script
    .split(' ')
    .map((step) => {
      const barrier = /^\|(\d+)@(\d+)$/.exec(step)
      let said = ''
      if (barrier !== null) {
        const due = alignment.barrier(Number(barrier[2]), epoch(Number(barrier[1])))
        said = (alignment.superseded === 0 ? '' : `~${alignment.superseded}`) + (due === 0 ? '' : `!${due}`)
      } else if (step.startsWith('e')) {
        const due = alignment.end(Number(step.slice(1)))
        said = due === 0 ? '' : `!${due}`
      } else if (step.startsWith('x')) said = alignment.abort(epoch(Number(step.slice(1)))) ? 'x' : ''
      else if (step.startsWith('s')) said = alignment.ordered(epoch(Number(step.slice(1)))) ? `!${step.slice(1)}` : ''
      else if (alignment.held[Number(step.slice(1))] === 1) said = 'HELD'
      const held = [...alignment.held.keys()].filter((channel) => alignment.held[channel] === 1)
      return `${step}⇒{${held.join(',')}}${said}`
    })
    .join(' ')
}

describe('barrier alignment', () => {
  test.each<[string, number, string, string]>([
    ['three channels', 3, 'b0 b2 b0 |1@1 |1@2 b0 |1@0', 'b0⇒{} b2⇒{} b0⇒{} |1@1⇒{1} |1@2⇒{1,2} b0⇒{1,2} |1@0⇒{}!1'],
    ['one channel holds nothing', 1, '|1@0 b0 |2@0', '|1@0⇒{}!1 b0⇒{} |2@0⇒{}!2'],
    ['two in a row', 2, '|1@0 |1@1 |2@1 |2@0', '|1@0⇒{0} |1@1⇒{}!1 |2@1⇒{1} |2@0⇒{}!2'],
  ])('AL1 holds a channel from its barrier until the last one, then the snapshot is due: %s', (_, channels, script, expected) => {
    expect(run(channels, script)).toBe(expected)
  })

  test.each<[string, number, string, string]>([
    ['end before', 3, 'e1 |1@0 |1@2', 'e1⇒{} |1@0⇒{0} |1@2⇒{}!1'],
    ['end as the last', 3, '|1@0 |1@2 e1', '|1@0⇒{0} |1@2⇒{0,2} e1⇒{}!1'],
    ['barrier and end of the same channel', 3, '|1@1 e1 |1@0 |1@2', '|1@1⇒{1} e1⇒{} |1@0⇒{0} |1@2⇒{}!1'],
    ['end twice', 3, 'e1 e1 |1@0 |1@2', 'e1⇒{} e1⇒{} |1@0⇒{0} |1@2⇒{}!1'],
    ['all but one ended', 2, 'e1 |1@0 |2@0', 'e1⇒{} |1@0⇒{}!1 |2@0⇒{}!2'],
    ['end without an open checkpoint', 2, 'e0 e1', 'e0⇒{} e1⇒{}'],
    ['all ended: by order, once', 2, 'e0 e1 s4 s4 x5 s5 s6', 'e0⇒{} e1⇒{} s4⇒{}!4 s4⇒{} x5⇒{}x s5⇒{} s6⇒{}!6'],
  ])('AL2 counts an ended channel as having delivered every barrier, once: %s', (_, channels, script, expected) => {
    expect(run(channels, script)).toBe(expected)
  })

  test.each<[string, number, string, string]>([
    ['newer barrier', 3, '|1@0 |2@1 |2@0 |2@2', '|1@0⇒{0} |2@1⇒{1}~1 |2@0⇒{0,1} |2@2⇒{}!2'],
    ['obsolete barrier', 2, '|2@0 |1@1 |2@1 |1@0', '|2@0⇒{0} |1@1⇒{0} |2@1⇒{}!2 |1@0⇒{}'],
    ['told once', 2, '|1@0 |2@1 x1 |2@0', '|1@0⇒{0} |2@1⇒{1}~1 x1⇒{1} |2@0⇒{}!2'],
    ['same barrier twice', 2, '|1@0 |1@0 |1@1', '|1@0⇒{0} |1@0⇒{0} |1@1⇒{}!1'],
    ['newer barrier, the rest ended', 3, '|1@0 e2 e0 |2@1', '|1@0⇒{0} e2⇒{0} e0⇒{} |2@1⇒{}~1!2'],
  ])('AL3 gives up an older checkpoint for a newer barrier and ignores obsolete ones: %s', (_, channels, script, expected) => {
    expect(run(channels, script)).toBe(expected)
  })

  test.each<[string, number, string, string]>([
    ['before the barrier', 2, 'x1 |1@0 |1@1 |2@0 |2@1', 'x1⇒{}x |1@0⇒{} |1@1⇒{} |2@0⇒{0} |2@1⇒{}!2'],
    ['while aligning', 2, '|1@0 x1 |1@1 |2@1 |2@0', '|1@0⇒{0} x1⇒{}x |1@1⇒{} |2@1⇒{1} |2@0⇒{}!2'],
    ['after the snapshot began', 2, '|1@0 |1@1 x1 x1 |2@0', '|1@0⇒{0} |1@1⇒{}!1 x1⇒{}x x1⇒{} |2@0⇒{0}'],
    ['of an older one while a newer aligns', 2, '|1@0 |1@1 |2@0 x1 |2@1', '|1@0⇒{0} |1@1⇒{}!1 |2@0⇒{0} x1⇒{0}x |2@1⇒{}!2'],
  ])('AL4 holds nobody after an abort and tells it once: %s', (_, channels, script, expected) => {
    expect(run(channels, script)).toBe(expected)
  })
})
