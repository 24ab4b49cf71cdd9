// Random events in random order against the coordinator's machine: whatever comes, its effects keep the laws of checkpoints.
//
// Most events are answers to effects (late, doubled, failed, or never); some are failures and wishes out of the blue.

import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { MillraceError } from '../../src/model/errors.ts'
import { type Attempt, type Epoch, epoch, subtaskName } from '../../src/model/ids.ts'
import { Coordinator } from '../../src/protocol/coordinator.ts'
import type { CoordinatorEffect, CoordinatorEvent } from '../../src/protocol/coordinator-types.ts'
import { Regions } from '../../src/protocol/regions.ts'
import { configOf, op, reportOf } from './coordinator-script.ts'

const everyone = ['0.0', '1.0', '2.0']
const regionOf = (vertex: number): string[] => (vertex === 2 ? ['2.0'] : ['0.0', '1.0'])
const fault = new MillraceError('USER_CODE', 'boom')
const io = new MillraceError('IO', 'no answer')
const idOf = (name: string) => ({ vertex: Number(name[0]), index: 0 }) as never

/** Watches effects and events, and checks each against what went before. */
class Laws {
  readonly used = new Set<Epoch>()
  readonly acked = new Map<Epoch, Set<string>>()
  readonly stored = new Set<Epoch>()
  readonly complete = new Set<Epoch>()
  readonly started = new Set<Attempt>()
  readonly restored = new Map<Attempt, Set<string>>()
  reserved = 0
  open: Epoch | undefined
  #inFlight: Extract<CoordinatorEffect, { type: 'put-log' }> | undefined

  sent(effect: CoordinatorEffect, running: (attempt: Attempt) => boolean): void {
    switch (effect.type) {
      case 'put-log':
        if (effect.entry.kind === 'complete') {
          expect(this.stored, 'the manifest is stored before complete is put').toContain(effect.entry.epoch)
          expect([...(this.acked.get(effect.entry.epoch) ?? [])].sort(), 'all subtasks have acked').toEqual(everyone)
        }
        this.#inFlight = effect
        break
      case 'send':
        if (effect.message.type === 'trigger') this.#triggered(effect.message.epoch)
        if (effect.message.type === 'abort' && effect.message.epoch === this.open) this.open = undefined
        if (effect.message.type === 'start')
          expect([...(this.restored.get(effect.attempt) ?? [])].sort(), 'all subtasks of this attempt have restored').toEqual(
            regionOf(effect.subtask.vertex),
          )
        if (effect.message.type === 'complete') expect(this.complete).toContain(effect.message.epoch)
        expect(running(effect.attempt), 'messages go to attempts that are there').toBe(true)
        break
      case 'deploy':
        expect(this.started, 'nothing is deployed before its start entry').toContain(effect.order.attempt)
        break
      case 'commit':
        expect(this.complete, 'nothing is committed before it is complete').toContain(effect.epoch)
        break
      case 'recover-sink':
        if (effect.epoch > 0) expect(this.complete).toContain(effect.epoch)
        break
      case 'remove-checkpoint':
        if (this.open === effect.epoch) this.open = undefined
        expect(effect.epoch, 'the newest complete checkpoint stays').not.toBe(Math.max(0, ...this.complete))
    }
  }

  #triggered(of: Epoch): void {
    if (of === this.open) return
    expect(this.open, 'at most one checkpoint is open').toBeUndefined()
    expect(this.used, 'ids are never used twice').not.toContain(of)
    expect(of, 'ids rise').toBeGreaterThan(Math.max(0, ...this.used))
    expect(of, 'ids are reserved before use').toBeLessThanOrEqual(this.reserved)
    this.used.add(of)
    this.open = of
  }

  came(event: CoordinatorEvent): void {
    if (event.type === 'manifest-put') this.stored.add(event.epoch)
    if (event.type === 'report' && event.report.type === 'restored') {
      const { attempt, subtask } = event.report
      this.restored.set(attempt, (this.restored.get(attempt) ?? new Set()).add(subtaskName(subtask.vertex, subtask.index)))
    }
    const isWritten =
      (event.type === 'log-put' && event.outcome === 'written') || (event.type === 'slot-read' && event.entry?.writer === 'me')
    if (!isWritten || this.#inFlight?.slot !== event.slot) return
    const { entry } = this.#inFlight
    this.#inFlight = undefined
    if (entry.kind === 'start') for (const attempt of entry.attempts) this.started.add(attempt)
    if (entry.kind === 'reserve') this.reserved = entry.epoch
    if (entry.kind !== 'complete') return
    this.complete.add(entry.epoch)
    this.open = undefined
  }

  ack(name: string, of: Epoch, isCurrent: boolean): void {
    if (isCurrent && of === this.open) this.acked.set(of, (this.acked.get(of) ?? new Set()).add(name))
  }
}

/** What the world may answer to an effect. */
function answers(effect: CoordinatorEffect, sabotage: number): CoordinatorEvent[] {
  switch (effect.type) {
    case 'read-log':
      return [{ type: 'log-read', facts: [] }]
    case 'discover-splits':
      return [{ type: 'splits', splits: { [op('numbers')]: [{ id: 'a' }], [op('letters')]: [{ id: 'a' }] } }]
    case 'check-sink':
      return [{ type: 'sink-checked', sink: effect.sink }]
    case 'put-log':
      if (sabotage === 0) return [{ type: 'log-put-failed', slot: effect.slot, error: io }]
      return [{ type: 'log-put', slot: effect.slot, outcome: 'written' }]
    case 'read-slot':
      return [
        {
          type: 'slot-read',
          slot: effect.slot,
          entry: sabotage < 24 ? ({ writer: 'me', generation: 1 } as never) : undefined,
          ahead: false,
        },
      ]
    case 'put-manifest': {
      const { epoch: of } = effect.manifest
      return [sabotage === 0 ? { type: 'manifest-put-failed', epoch: of, error: io } : { type: 'manifest-put', epoch: of, checksum: 1 }]
    }
    case 'recover-sink':
      return [sabotage === 0 ? { ...effect, type: 'committer-failed', error: fault } : { ...effect, type: 'recovered' }]
    case 'commit':
      return [sabotage === 0 ? { ...effect, type: 'committer-failed', error: fault } : { ...effect, type: 'committed' }]
    case 'set-timer':
      return effect.name.endsWith('timeout') && sabotage > 1 ? [] : [{ type: 'timer', name: effect.name }]
    default:
      return []
  }
}

function subtaskAnswers(effect: CoordinatorEffect, ends: boolean): CoordinatorEvent[] {
  const report = (attempt: Attempt, name: string, rest: object) =>
    ({ type: 'report', report: { attempt, subtask: idOf(name), ...rest } }) as unknown as CoordinatorEvent
  const of = (region: number) => everyone.filter((name) => (region === 0 ? name !== '2.0' : name === '2.0'))
  if (effect.type === 'deploy') return of(effect.order.region).map((name) => report(effect.order.attempt, name, { type: 'restored' }))
  if (effect.type === 'cancel-region') return of(effect.region).map((name) => report(effect.attempt, name, { type: 'stopped' }))
  if (effect.type !== 'send') return []
  const { attempt, message } = effect
  const name = subtaskName(effect.subtask.vertex, effect.subtask.index)
  if (message.type === 'start' && ends) return [report(attempt, name, { type: 'ended' })]
  if (message.type !== 'trigger') return []
  // Barriers reach 1.0 behind 0.0.
  return (name === '0.0' && !ends ? ['0.0', '1.0'] : [name]).map((one) =>
    report(attempt, one, { type: 'ack', epoch: message.epoch, report: reportOf({ vertex: Number(one[0]) }, message.epoch, attempt, ends) }),
  )
}

function play(dice: () => number, steps: number): Laws {
  const coordinator = new Coordinator(configOf(true, { restart: { ...configOf(true).restart, restarts: 1000 } }))
  const laws = new Laws()
  const pending: CoordinatorEvent[] = []
  const there = new Set<Attempt>()
  const ends = dice() % 3 === 0
  let now = 1_000_000
  const take = (effects: readonly CoordinatorEffect[]): void => {
    for (const effect of effects) {
      laws.sent(effect, (attempt) => there.has(attempt))
      if (effect.type === 'deploy') there.add(effect.order.attempt)
      if (effect.type === 'cancel-region') there.delete(effect.attempt)
      pending.push(...answers(effect, dice() % 48), ...subtaskAnswers(effect, ends))
    }
  }
  take(coordinator.begin())
  for (let i = 0; i < steps; i++) {
    now += dice() % 50
    const event = pick()
    if (event === undefined) continue
    laws.came(event)
    if (event.type === 'report' && event.report.type === 'ack') {
      const name = subtaskName(event.report.subtask.vertex, event.report.subtask.index)
      laws.ack(name, event.report.epoch, there.has(event.report.attempt))
    }
    take(coordinator.step(now, event, 0.5))
  }
  return laws

  function pick(): CoordinatorEvent | undefined {
    const wild = dice() % 120
    const name = everyone[dice() % 3]!
    const region = coordinator.status.regions[name === '2.0' ? 1 : 0]!
    const report = (rest: object) =>
      ({ type: 'report', report: { attempt: region.attempt, subtask: idOf(name), ...rest } }) as unknown as CoordinatorEvent
    if (wild === 0) return report({ type: 'failed', error: fault })
    if (wild === 1) return report({ type: 'declined', epoch: laws.open ?? epoch(0), reason: 'no room' })
    if (wild === 2) return { type: 'timer', name: 'checkpoint' }
    if (wild === 3 && dice() % 40 === 0) return { type: 'stop', how: (['checkpoint', 'savepoint', 'drain'] as const)[dice() % 3]! }
    if (pending.length === 0) return undefined
    const at = dice() % pending.length
    const event = pending[at]!
    // Now and then an answer comes twice, or never.
    if (wild > 4) pending.splice(at, 1)
    return wild === 5 ? undefined : event
  }
}

describe('any order of events', () => {
  test('RC26 reports of an older attempt are ignored: a coordinator that takes them starts an attempt before it has restored', () => {
    const { of } = Regions.prototype
    const takesAll = vi.spyOn(Regions.prototype, 'of').mockImplementation(function (this: Regions, report) {
      const region = this.all.find(({ subtasks }) => subtasks.has(subtaskName(report.subtask.vertex, report.subtask.index)))
      return of.call(this, { ...report, attempt: region?.attempt ?? report.attempt })
    })
    const any = fc.property(fc.infiniteStream(fc.nat(1_000_000)), (dice) => void play(() => dice.next().value!, 600))
    expect(fc.check(any, { numRuns: 200, seed: 1, endOnFailure: true }).errorInstance).toMatchObject({
      message: expect.stringContaining('all subtasks of this attempt have restored'),
    })
    expect(takesAll).toHaveBeenCalled()
  })

  test('CP1 CP2 CP3 CP4 RC1 ids are never reused, complete comes after all acks, commit after complete, one is open, start before deploy', () => {
    let completed = 0
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(1_000_000)), (dice) => {
        completed += play(() => dice.next().value!, 600).complete.size
      }),
      { numRuns: 200, seed: 1 },
    )
    // The laws would hold if nothing happened: a good part of the runs must get somewhere.
    expect(completed).toBeGreaterThan(500)
  })
})
