// The doorbell: no ring is missed, many are answered by few calls, and a thread that is ended leaves no harm behind.

import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createDoorbell, Doorbell } from '../../../src/adapters/threads/doorbell.ts'
import { startThread } from './thread.ts'

describe('doorbell', () => {
  test('RG5 rings before and between callbacks are answered, together where they come together', async () => {
    const shared = createDoorbell()
    const bell = new Doorbell(shared)
    const other = new Doorbell(shared)
    let calls = 0
    for (let i = 0; i < 100; i++) other.ring()
    const stop = bell.onRing(() => {
      calls++
      // A ring out of the callback itself: one more call, in a later turn.
      if (calls === 1) other.ring()
    })
    expect(calls).toBe(0)
    while (calls < 2) await turn()
    for (let i = 0; i < 100; i++) other.ring()
    while (calls < 3) await turn()
    await pause(20)
    expect(calls).toBeLessThanOrEqual(4)
    stop()
  })

  test('RG5 after stop nothing is called, also where a call was due', async () => {
    const bell = new Doorbell(createDoorbell())
    let calls = 0
    const stop = bell.onRing(() => calls++)
    bell.ring()
    stop()
    bell.ring()
    await pause(20)
    expect(calls).toBe(0)
  })

  test('RG5 a thread that waits in its event loop is woken by another one, each time', async () => {
    const mine = createDoorbell()
    const theirs = createDoorbell()
    const thread = startThread('bell-answer.ts', { mine: theirs, theirs: mine })
    await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject))
    const other = new Doorbell(theirs)
    let calls = 0
    await new Promise<void>((resolve) => {
      const stop = new Doorbell(mine).onRing(() => {
        if (++calls < 2_000) other.ring()
        else {
          stop()
          resolve()
        }
      })
      other.ring()
    })
    expect(calls).toBe(2_000)
  })

  test('RG6 threads that are terminated while they wait do no harm to those that ring', async () => {
    const mine = createDoorbell()
    let answers = 0
    const stop = new Doorbell(mine).onRing(() => answers++)
    for (let round = 0; round < 5; round++) {
      const theirs = createDoorbell()
      const thread = startThread('bell-answer.ts', { mine: theirs, theirs: mine })
      await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject))
      const other = new Doorbell(theirs)
      const before = answers
      other.ring()
      while (answers === before) await turn()
      const ended = thread.terminate()
      for (let i = 0; i < 50; i++) {
        other.ring()
        await turn()
      }
      await ended
      other.ring()
    }
    expect(answers).toBeGreaterThanOrEqual(5)
    stop()
  })
})
