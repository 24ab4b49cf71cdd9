// What a log says, as tables of logs; and which checkpoint is restored, as tables of facts.

import { describe, expect, test } from 'vitest'
import { type Epoch, epoch, generation } from '../../src/model/ids.ts'
import { type CheckpointFact, chooseRestore, cutBelow, type LogFact, readView } from '../../src/protocol/log.ts'
import { logOf } from './coordinator-script.ts'

const summary = (facts: readonly LogFact[]): string => {
  const { nextSlot, generation: reign, nextAttempt, reservedThrough, complete, stopped } = readView(facts)
  const end = stopped === undefined ? '' : stopped.finished ? ` finished ${stopped.epoch}` : ` stopped ${stopped.epoch}`
  return `slot ${nextSlot} generation ${reign} attempt ${nextAttempt} ids>${reservedThrough} [${complete.map((one) => one.epoch).join()}]${end}`
}

const changed = (facts: readonly LogFact[], slot: number, change: object): LogFact[] =>
  facts.map((fact) => (fact.slot === slot ? { ...fact, entry: { ...fact.entry!, ...change } } : fact))

describe('the log', () => {
  test.each<[string, string, string]>([
    ['empty', '', 'slot 1 generation 1 attempt 1 ids>0 []'],
    ['died after its start entry', 'start:1', 'slot 2 generation 2 attempt 2 ids>0 []'],
    ['some checkpoints', 'start:1 reserve:1000 complete:1 complete:2', 'slot 5 generation 2 attempt 2 ids>1000 [1,2]'],
    ['stopped', 'start:1 reserve:1000 complete:1 stopped:1', 'slot 5 generation 2 attempt 2 ids>1000 [1] stopped 1'],
    ['finished', 'start:1 reserve:1000 complete:1 finished:1', 'slot 5 generation 2 attempt 2 ids>1000 [1] finished 1'],
    ['started again', 'start:1 reserve:1000 complete:1 finished:1 start:1', 'slot 6 generation 2 attempt 2 ids>1000 [1]'],
    ['stepped back', 'start:1 reserve:1000 complete:1 complete:2 complete:3 start:1 void:2', 'slot 8 generation 2 attempt 2 ids>1000 [1]'],
    [
      'went on after it',
      'start:1 reserve:1000 complete:3 start:1 void:1 reserve:2000 complete:1001',
      'slot 8 generation 2 attempt 2 ids>2000 [1001]',
    ],
  ])('RC14 says where a new reign goes on: %s', (_, log, expected) => {
    expect(summary(logOf(log))).toBe(expected)
  })

  test('RC14 attempts and generations go on above the greatest that were written', () => {
    const facts = changed(logOf('start:1 reserve:1000 start:1'), 3, { generation: generation(7), attempts: [3, 12] })
    expect(summary(facts)).toBe('slot 4 generation 8 attempt 13 ids>1000 []')
  })

  test.each<[string, LogFact[], string]>([
    ['a hole', logOf('start:1 reserve:1000 complete:1').filter(({ slot }) => slot !== 2), 'entry 2 is missing'],
    ['its beginning is gone', logOf('start:1 reserve:1000').filter(({ slot }) => slot !== 1), 'entry 1 is missing'],
    ['garbage', logOf('start:1 garbage complete:1'), 'entry 2 is unreadable (its checksum is wrong)'],
    ['garbage at the end', logOf('start:1 garbage'), 'entry 2 is unreadable'],
    ['garbage at the end of one that was cut', logOf('start:1 reserve:1000 garbage').slice(1), 'entry 3 is unreadable'],
    ['an id completed twice', logOf('start:1 reserve:1000 complete:2 complete:2'), 'entry 4 completes checkpoint 2 behind 2'],
    ['an id that was not reserved', logOf('start:1 reserve:10 complete:11'), 'ids reserved up to 10'],
    ['ids reserved twice', logOf('start:1 reserve:10 reserve:10'), 'entry 3 reserves checkpoint ids up to 10'],
    ['a reign of the past', changed(logOf('start:1 start:1'), 1, { generation: generation(2) }), 'entry 2 is of generation 1'],
  ])('RC15 is refused by name when it contradicts itself: %s', (_, facts, expected) => {
    expect(() => readView(facts)).toThrow(expected)
    expect(() => readView(facts)).toThrow('Restore the state directory from a backup')
  })

  test('RC16 may be cut where its newest entry says, and what stands below is not read', () => {
    const log = logOf('start:1 reserve:1000 complete:1 start:1 reserve:2000 complete:1001 complete:1002')
    const cut = changed(log, 7, { below: 5 })
    expect(summary(cut)).toBe('slot 8 generation 2 attempt 2 ids>2000 [1001,1002]')
    expect(summary(cut.filter(({ slot }) => slot >= 5))).toBe(summary(cut))
    // A coordinator that slept for long has put something where an entry was cut away.
    expect(summary(cut.filter(({ slot }) => slot >= 5 || slot === 2))).toBe(summary(cut))
    expect(() => readView(cut.filter(({ slot }) => slot !== 5))).toThrow('entry 5 is missing')
    expect([cutBelow([2, 5], 6), cutBelow([2, 5], 3), cutBelow([2, 5], 1)]).toEqual([5, 2, 1])
  })
})

describe('which checkpoint is restored', () => {
  const view = readView(logOf('start:1 reserve:1000 complete:1 complete:2 complete:3'))
  const whole: CheckpointFact = { damage: undefined, sinksCommit: true }
  const damaged: CheckpointFact = { damage: 'blob x is missing', sinksCommit: true }
  const silent: CheckpointFact = { damage: 'blob x is missing', sinksCommit: false }
  const decide = (facts: Record<number, CheckpointFact>, committing: boolean): string => {
    const decision = chooseRestore(
      view,
      new Map(Object.entries(facts).map(([of, fact]) => [epoch(Number(of)), fact] as [Epoch, CheckpointFact])),
      committing,
    )
    if (decision.kind === 'refuse')
      return `refuse ${decision.error.code} ${/go(?:ing)? back (?:further|to)/.exec(decision.error.message)?.[0]}`
    if (decision.kind === 'restore')
      return `restore ${decision.checkpoint.epoch}${decision.voidFrom === undefined ? '' : ` void ${decision.voidFrom}`}`
    return decision.kind === 'read' ? `read ${decision.checkpoint.epoch}` : decision.kind
  }

  test.each<[string, Record<number, CheckpointFact>, boolean, string]>([
    ['the newest is read first', {}, true, 'read 3'],
    ['and restored when it is whole', { 3: whole }, true, 'restore 3'],
    ['damaged, and its sinks may have committed it', { 3: damaged }, true, 'refuse CHECKPOINT_DAMAGED going back further'],
    ['damaged, but nothing of it was for the sinks', { 3: silent }, true, 'read 2'],
    ['then the one before', { 3: silent, 2: whole }, true, 'restore 2 void 3'],
    ['nobody commits', { 3: damaged, 2: damaged }, false, 'read 1'],
    ['back over two', { 3: damaged, 2: damaged, 1: whole }, false, 'restore 1 void 2'],
    ['back until the sinks are in the way', { 3: silent, 2: damaged }, true, 'refuse CHECKPOINT_DAMAGED going back further'],
    ['all are damaged', { 3: damaged, 2: damaged, 1: damaged }, false, 'refuse CHECKPOINT_DAMAGED go back to'],
  ])('RC17 is the newest undamaged one, if no sink has gone beyond it: %s', (_, facts, committing, expected) => {
    expect(decide(facts, committing)).toBe(expected)
  })

  const goBack = (from: number, facts: Record<number, CheckpointFact>, committing: boolean): string => {
    const read = new Map(Object.entries(facts).map(([of, fact]) => [epoch(Number(of)), fact] as [Epoch, CheckpointFact]))
    const decision = chooseRestore(view, read, committing, epoch(from))
    if (decision.kind === 'refuse') return `refuse ${decision.error.code}`
    if (decision.kind === 'restore') return `restore ${decision.checkpoint.epoch} void ${decision.voidFrom}`
    return decision.kind === 'read' ? `read ${decision.checkpoint.epoch}` : decision.kind
  }

  const quiet: CheckpointFact = { damage: undefined, sinksCommit: false }
  test.each<[string, number, Record<number, CheckpointFact>, boolean, string]>([
    ['newer ones are read first', 1, { 3: quiet }, true, 'read 2'],
    ['and left behind when nothing of them is visible', 1, { 3: quiet, 2: quiet, 1: whole }, true, 'restore 1 void 2'],
    ['or when nobody commits', 1, { 3: whole, 2: damaged, 1: whole }, false, 'restore 1 void 2'],
    ['the newest needs no void', 3, { 3: whole }, true, 'restore 3 void undefined'],
    ['a newer one is visible', 1, { 3: whole }, true, 'refuse OUTPUT_CONFLICT'],
    ['a newer one cannot be read, so it may be visible', 2, { 3: damaged }, true, 'refuse OUTPUT_CONFLICT'],
    ['it is damaged itself: no other one is taken', 2, { 3: quiet, 2: silent }, true, 'refuse CHECKPOINT_DAMAGED'],
    ['there is no such checkpoint', 7, {}, true, 'refuse STATE_MISMATCH'],
  ])('RC20 the user may go back to a checkpoint by its number: %s', (_, from, facts, committing, expected) => {
    expect(goBack(from, facts, committing)).toBe(expected)
  })

  test('RC17 where there was none, the job starts from nothing', () => {
    expect(chooseRestore(readView(logOf('start:1 reserve:1000')), new Map(), true)).toEqual({ kind: 'nothing' })
  })
})
