// Watermarks over several channels: `x@ch` watermark x on channel ch, `idle2`, `active2`, `end2`; each step ⇒ what the subtask emits.
// Two more tables: the generator of one split, and its idle clock.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { watermarkMax, watermarkMin } from '../../src/model/elements.ts'
import { boundedWatermarks, punctuatedWatermarks } from '../../src/protocol/bounded-watermarks.ts'
import { WatermarkMerge } from '../../src/protocol/watermark-merge.ts'

/** Sends what differs from what was sent last, as a subtask does. */
class Emitter {
  readonly merge: WatermarkMerge
  sentTime = watermarkMin
  sentIdle = false
  constructor(merge: WatermarkMerge) {
    this.merge = merge
  }
  emit(): string {
    const out: string[] = []
    if (this.sentIdle && !this.merge.idle) out.push('ACTIVE')
    if (this.merge.time > this.sentTime) out.push(this.merge.time === watermarkMax ? 'MAX' : String(this.merge.time))
    if (!this.sentIdle && this.merge.idle) out.push('IDLE')
    this.sentTime = this.merge.time
    this.sentIdle = this.merge.idle
    return out.length === 0 ? '∅' : out.join('+')
  }
}

function step(merge: WatermarkMerge, text: string): boolean {
  const status = /^(idle|active|end)(\d+)$/.exec(text)
  if (status !== null) {
    const channel = Number(status[2])
    if (status[1] === 'idle') return merge.setIdle(channel)
    return status[1] === 'active' ? merge.setActive(channel) : merge.end(channel)
  }
  const [time, channel] = text.split('@')
  return merge.watermark(Number(channel), time === 'MAX' ? watermarkMax : Number(time))
}

function run(channels: number, script: string): string {
  const emitter = new Emitter(new WatermarkMerge(channels))
  return script
    .split(' ')
    .map((text) => {
      const changed = step(emitter.merge, text)
      const out = emitter.emit()
      expect(changed, text).toBe(out !== '∅')
      return out
    })
    .join(' ')
}

describe('watermarks over several channels', () => {
  test.each<[string, number, string, string]>([
    ['V1', 1, '25@0 18@0 42@0', '25 ∅ 42'],
    ['V3', 3, '0@0 0@1 0@2', '∅ ∅ 0'],
    ['V4', 3, '12@0 8@2 10@2 15@1 17@2 20@0', '∅ ∅ ∅ 10 12 15'],
    ['V5', 3, '15@0 10@1 idle2 18@1 20@0', '∅ ∅ 10 15 18'],
    ['V6', 3, '25@0 10@1 17@2 idle1 idle2', '∅ ∅ 10 17 25'],
  ])('WM1 the watermark is the least over the active channels and never falls: %s', (_, channels, script, expected) => {
    expect(run(channels, script)).toBe(expected)
  })

  test.each<[string, number, string, string]>([
    ['V2', 1, '25@0 idle0 50@0 active0 50@0', '25 IDLE ∅ ACTIVE 50'],
    ['idle twice', 1, 'idle0 idle0 active0 active0', 'IDLE ∅ ACTIVE ∅'],
    ['idle without any watermark', 2, 'idle0 idle1', '∅ IDLE'],
    ['one idle from the start', 2, 'idle1 7@0', '∅ 7'],
  ])('WM2 an idle channel holds nothing back and its watermarks are ignored: %s', (_, channels, script, expected) => {
    expect(run(channels, script)).toBe(expected)
  })

  test.each<[string, number, string, string]>([
    ['greatest first', 2, '25@0 10@1 idle0 idle1', '∅ 10 ∅ 25+IDLE'],
    ['then one comes back', 2, '25@0 10@1 idle0 idle1 active0 30@0', '∅ 10 ∅ 25+IDLE ACTIVE 30'],
  ])('WM3 when the last channel goes idle the greatest watermark comes before IDLE: %s', (_, channels, script, expected) => {
    expect(run(channels, script)).toBe(expected)
  })

  test.each<[string, number, string, string]>([
    ['does not stop the other', 2, '10@0 10@1 idle1 20@0 active1 25@0', '∅ 10 ∅ 20 ∅ 25'],
    ['counts again when it caught up', 2, '10@0 10@1 idle1 20@0 active1 15@1 20@1 30@0 25@1', '∅ 10 ∅ 20 ∅ ∅ ∅ ∅ 25'],
    ['alone and behind', 2, '25@0 10@1 idle0 idle1 active1 20@1 24@1 26@1', '∅ 10 ∅ 25+IDLE ACTIVE ∅ ∅ 26'],
  ])('WM4 a channel that becomes active behind the watermark is left out until it has caught up: %s', (_, channels, script, expected) => {
    expect(run(channels, script)).toBe(expected)
  })

  test.each<[string, number, string, string]>([
    ['all channels', 2, '5@0 MAX@0 7@1 MAX@1', '∅ ∅ 7 MAX'],
    ['an ended channel holds nothing back', 2, 'end0 3@1 end1', '∅ 3 MAX'],
    ['idle is not finished', 2, '5@0 MAX@0 idle1', '∅ ∅ 5+IDLE'],
    ['idle, then finished', 2, '5@0 MAX@0 idle1 active1 9@1 end1', '∅ ∅ 5+IDLE ACTIVE 9 MAX'],
    ['finished while idle', 1, '4@0 idle0 MAX@0', '4 IDLE ACTIVE+MAX'],
    ['end behind the greatest watermark', 1, 'MAX@0 end0', 'MAX ∅'],
    ['nothing revives it', 2, 'MAX@0 active0 idle0 9@0 3@1', '∅ ∅ ∅ ∅ 3'],
  ])('WM5 the greatest watermark comes when every channel is finished, and not before: %s', (_, channels, script, expected) => {
    expect(run(channels, script)).toBe(expected)
  })

  test('WM6 a restored watermark is the floor, and the channels tell theirs again', () => {
    const emitter = new Emitter(new WatermarkMerge(2))
    emitter.merge.restore(20, true)
    expect(emitter.emit()).toBe('20+IDLE')
    const script = ['idle0', '12@1', '22@1', 'active0', '21@0', '30@0', '28@1']
    const said = script.map((text) => {
      step(emitter.merge, text)
      return emitter.emit()
    })
    expect(said).toEqual(['ACTIVE', '∅', '22', '∅', '∅', '∅', '28'])
  })

  const steps = fc.array(
    fc.oneof(
      fc.tuple(fc.nat(60), fc.nat(2)).map(([time, channel]) => `${time}@${channel}`),
      fc.tuple(fc.constantFrom('idle', 'active'), fc.nat(2)).map(([status, channel]) => `${status}${channel}`),
      fc.nat(2).map((channel) => `end${channel}`),
    ),
    { maxLength: 40 },
  )
  test('WM1 WM5 any order of events: the watermark never falls, never passes every channel, and is the greatest only at the end', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const merge = new WatermarkMerge(3)
        const greatest = [watermarkMin, watermarkMin, watermarkMin]
        const ended = new Set<string>()
        let last = watermarkMin
        for (const text of script) {
          step(merge, text)
          const [time, channel] = text.split('@')
          if (channel !== undefined) greatest[Number(channel)] = Math.max(greatest[Number(channel)]!, Number(time))
          if (text.startsWith('end')) ended.add(text)
          expect(merge.time).toBeGreaterThanOrEqual(last)
          if (ended.size === 3) expect(merge.time).toBe(watermarkMax)
          else expect(merge.time).toBeLessThanOrEqual(Math.max(...greatest))
          last = merge.time
        }
      }),
      { numRuns: 300, seed: 1 },
    )
  })
})

describe('watermarks of one split', () => {
  test('WM7 bounded out-of-orderness stands one below the greatest time less the bound (B1)', () => {
    const split = boundedWatermarks(10, undefined)
    const seen = [split.watermark]
    split.observe(1337)
    seen.push(split.watermark)
    for (const time of [12345, 12300, 12340, 12280]) split.observe(time)
    seen.push(split.watermark)
    expect(seen).toEqual([watermarkMin, 1326, 12334])
  })

  test('WM7 ascending times leave room for equal ones, and a punctuation is the watermark itself', () => {
    const ascending = boundedWatermarks(0, undefined)
    ascending.observe(1000)
    const punctuated = punctuatedWatermarks(undefined)
    punctuated.observe(1000)
    punctuated.observe(900)
    expect([ascending.watermark, punctuated.watermark]).toEqual([999, 1000])
  })

  test.each<[string, string, string]>([
    ['quiet long enough', '0 99 100 150', '- - idle -'],
    ['a record starts the clock again', '0 90r 150 190 200', '- - - idle -'],
    ['a record ends idleness', '0 100 200r 250 299 300', '- idle active - - idle'],
    ['blocked time does not count', '0 50 150b 190 200', '- - - - idle'],
    ['a clock that steps back', '0 50 10 60', '- - - idle'],
  ])('WM8 a split is idle after its quiet time, during which it could read: %s', (_, script, expected) => {
    const split = boundedWatermarks(0, 100)
    const said = script.split(' ').map((text) => {
      if (text.endsWith('r')) split.observe(1)
      if (!split.tick(Number.parseInt(text, 10), text.endsWith('b'))) return '-'
      return split.idle ? 'idle' : 'active'
    })
    expect(said.join(' ')).toBe(expected)
  })

  test('WM8 an idle split stays idle over a restore until a record comes', () => {
    const split = boundedWatermarks(0, 100)
    split.restore(500, true)
    const said = [split.watermark, split.idle, split.tick(0, false), split.tick(10, false)]
    split.touch()
    said.push(split.tick(20, false), split.idle)
    expect(said).toEqual([499, true, false, false, true, false])
  })
})
