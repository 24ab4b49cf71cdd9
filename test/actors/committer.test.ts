// The committer's actor: order, one call at a time, errors, attempts.

import { describe, expect, test } from 'vitest'
import { CommitterActor, type CommitterMessage, type CommitterOrder, type CommitterReport } from '../../actors/committer.ts'
import { attempt, epoch } from '../../src/model/ids.ts'
import { op } from '../protocol/coordinator-script.ts'

/** Runs orders against a sink that writes down its calls; calls named in `broken` reject. */
async function run(orders: readonly CommitterOrder[], broken: readonly string[] = [], checks = true): Promise<string[]> {
  const said: string[] = []
  let running = 0
  const call = async (what: string): Promise<void> => {
    expect(++running, 'calls never overlap').toBe(1)
    said.push(what)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    if (broken.includes(what)) throw new Error(`${what} broke`)
  }
  const inbox: CommitterMessage[] = [...orders]
  const actor = new CommitterActor({
    job: 'job',
    sink: op('out'),
    make: async ({ attempt: of }) => {
      await call(`make ${of}`)
      return {
        ...(checks ? { check: (at, committables) => call(`check ${of} ${at} ${committables.join()}`) } : {}),
        recover: (at, committables) => call(`recover ${of} ${at} ${committables.join()}`),
        commit: (at, committables) => call(`commit ${of} ${at} ${committables.join()}`),
        close: () => call(`close ${of}`),
      }
    },
    crashPoints: { reached: () => undefined },
    post: (message) => inbox.push(message),
    report: (report) => said.push(`⇒ ${show(report)}`),
  })
  for (let idle = 0; idle < 5; ) {
    const message = inbox.shift()
    if (message === undefined) {
      idle++
      await new Promise((resolve) => setImmediate(resolve))
    } else {
      idle = 0
      actor.receive(message)
    }
  }
  return said
}

function show(report: CommitterReport): string {
  if (report.type === 'committer-closed') return 'closed'
  if (report.type === 'sink-checked') return 'checked'
  if (report.type === 'opening-failed') return `opening failed ${report.error.code}: ${report.error.message}`
  if (report.type === 'committer-failed') return `failed ${report.attempt} ${report.error.code}: ${report.error.message}`
  return report.type === 'committed' ? `committed ${report.attempt} ${report.epoch}` : `recovered ${report.attempt}`
}

const recover = (of: number, at: number): CommitterOrder => ({
  type: 'recover',
  attempt: attempt(of),
  epoch: epoch(at),
  committables: [`p${at}`],
})
const commit = (of: number, at: number): CommitterOrder => ({
  type: 'commit',
  attempt: attempt(of),
  epoch: epoch(at),
  committables: [`p${at}`],
})

describe('a committer', () => {
  test('SK40 recovers, then commits in order, one call at a time, and closes when all is done', async () => {
    expect(await run([recover(1, 3), commit(1, 4), commit(1, 5), { type: 'close' }])).toEqual([
      'make 1',
      'recover 1 3 p3',
      '⇒ recovered 1',
      'commit 1 4 p4',
      '⇒ committed 1 4',
      'commit 1 5 p5',
      '⇒ committed 1 5',
      'close 1',
      '⇒ closed',
    ])
  })

  test('SK42 is asked before anything is recovered, and a refusal fails the opening', async () => {
    const check: CommitterOrder = { type: 'check', attempt: attempt(1), epoch: epoch(3), committables: ['p3'] }
    expect(await run([check, recover(1, 3)])).toEqual([
      'make 1',
      'check 1 3 p3',
      '⇒ checked',
      'close 1',
      'make 1',
      'recover 1 3 p3',
      '⇒ recovered 1',
    ])
    expect(await run([check, { type: 'close' }], ['check 1 3 p3'])).toEqual([
      'make 1',
      'check 1 3 p3',
      '⇒ opening failed IO: sink "out" could not look at checkpoint 3: check 1 3 p3 broke',
      'close 1',
      '⇒ closed',
    ])
    expect(await run([check], ['make 1'])).toEqual([
      'make 1',
      '⇒ opening failed IO: sink "out" could not look at checkpoint 3: make 1 broke',
    ])
    expect(await run([check], [], false)).toEqual(['make 1', '⇒ checked'])
  })

  test('SK41 an error is reported with what it was about, and nothing of that attempt is committed behind it', async () => {
    expect(await run([recover(1, 3), commit(1, 4), commit(1, 5), recover(2, 3), commit(2, 1001)], ['commit 1 4 p4'])).toEqual([
      'make 1',
      'recover 1 3 p3',
      '⇒ recovered 1',
      'commit 1 4 p4',
      '⇒ failed 1 IO: sink "out" could not commit checkpoint 4: commit 1 4 p4 broke',
      'close 1',
      'make 2',
      'recover 2 3 p3',
      '⇒ recovered 2',
      'commit 2 1001 p1001',
      '⇒ committed 2 1001',
    ])
  })

  test('SK41 a committer that cannot be made or cannot recover fails its attempt', async () => {
    expect(await run([recover(1, 0), commit(1, 1), recover(2, 0)], ['make 1', 'recover 2 0 p0'])).toEqual([
      'make 1',
      '⇒ failed 1 IO: sink "out" could not recover checkpoint 0: make 1 broke',
      'make 2',
      'recover 2 0 p0',
      '⇒ failed 2 IO: sink "out" could not recover checkpoint 0: recover 2 0 p0 broke',
    ])
  })
})
