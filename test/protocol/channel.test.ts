// The two ends of a channel: prefixes, attempts, gaps, credit. And credit together with alignment: aligned barriers never deadlock.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attempt, epoch } from '../../src/model/ids.ts'
import { Alignment } from '../../src/protocol/alignment.ts'
import { ChannelReceiver, ChannelSender } from '../../src/protocol/channel.ts'

const here = attempt(3)

describe('sequence numbers and attempts', () => {
  test('CH1 CH3 takes frames in order once each, counts duplicates, and sees a gap at the next frame', () => {
    const receiver = new ChannelReceiver(here, 100, 100)
    const verdicts = [1, 2, 2, 1, 4, 3, 4].map((seq) => receiver.accept(here, seq, 1))
    expect(verdicts).toEqual(['take', 'take', 'duplicate', 'duplicate', 'gap', 'take', 'take'])
    expect(receiver.duplicatesDropped).toBe(2)
    expect(receiver.gapError(7, 'map.0 ← source.1').message).toContain('map.0 ← source.1: frame 7 came where 5 was due')
    expect(receiver.gapError(7, '').fate).toBe('fault')
  })

  test('CH2 drops and counts frames of an older attempt, and knows from a newer one that it is a leftover', () => {
    const receiver = new ChannelReceiver(here, 100, 100)
    expect([receiver.accept(attempt(2), 1, 1), receiver.accept(attempt(4), 1, 1), receiver.accept(here, 1, 1)]).toEqual([
      'older',
      'newer',
      'take',
    ])
    expect(receiver.olderDropped).toBe(1)
  })

  test('CH1 CH2 whatever is lost, doubled, reordered or of another attempt: what is taken is a prefix', () => {
    const arrivals = fc.array(fc.record({ seq: fc.integer({ min: 1, max: 6 }), of: fc.integer({ min: 2, max: 4 }) }), { maxLength: 60 })
    fc.assert(
      fc.property(arrivals, (frames) => {
        const receiver = new ChannelReceiver(here, 1000, 1000)
        const taken = frames.filter(({ seq, of }) => receiver.accept(attempt(of), seq, 1) === 'take')
        expect(taken.map(({ seq }) => seq)).toEqual(taken.map((_, i) => i + 1))
        expect(taken.every(({ of }) => of === here)).toBe(true)
      }),
    )
  })
})

describe('credit', () => {
  test('CR1 records wait for credit, control does not, and limits are absolute', () => {
    const sender = new ChannelSender(here, 10)
    expect([sender.mayRecord(10), sender.mayRecord(11), sender.send(8), sender.send(0), sender.mayRecord(3)]).toEqual([
      true,
      false,
      1,
      2,
      false,
    ])
    expect([sender.grant(14), sender.grant(14), sender.grant(12), sender.limit]).toEqual([true, false, false, 14])
    expect(sender.mayRecord(6)).toBe(true)
    expect(() => sender.send(7)).toThrow('without credit')
  })

  test('CR1 the receiver advertises when half of its window is used up, and refuses what exceeds its credit', () => {
    const receiver = new ChannelReceiver(here, 10, 10)
    receiver.accept(here, 1, 4)
    receiver.accept(here, 2, 1)
    expect([receiver.consume(4), receiver.consume(0), receiver.consume(1)]).toEqual([0, 0, 15])
    expect(() => receiver.accept(here, 3, 11)).toThrow('exceeds its credit')
    expect(() => receiver.consume(99)).toThrow('consumed')
  })

  test('CR1 whatever order frames, consumption and limits take: sent - consumed never exceeds the window, and nothing stays stuck', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 50 }), fc.infiniteStream(fc.nat(2)), (costs, choices) => {
        const window = 10
        const sender = new ChannelSender(here, window)
        const receiver = new ChannelReceiver(here, window, window)
        const wire: { seq: number; cost: number }[] = []
        const inbox: number[] = []
        const limits: number[] = []
        const waiting = [...costs]
        const moves = [
          () =>
            waiting.length > 0 && sender.mayRecord(waiting[0]!) && wire.push({ seq: sender.send(waiting[0]!), cost: waiting.shift()! }) > 0,
          () => {
            const frame = wire.shift() ?? limits.shift()
            if (frame === undefined) return false
            if (typeof frame === 'number') sender.grant(frame)
            else if (receiver.accept(here, frame.seq, frame.cost) === 'take') inbox.push(frame.cost)
            return true
          },
          () => inbox.length > 0 && limits.push(receiver.consume(inbox.shift()!)) > 0,
        ]
        while (waiting.length > 0 || wire.length > 0 || inbox.length > 0 || limits.length > 0) {
          const first = choices.next().value
          const moved = [0, 1, 2].some((i) => moves[(first + i) % 3]!())
          expect(moved).toBe(true)
          expect(sender.sent - receiver.consumed).toBeLessThanOrEqual(window)
        }
        expect(receiver.consumed).toBe(costs.reduce((sum, cost) => sum + cost, 0))
      }),
    )
  })
})

// Two sources feed two middle subtasks, which both feed one sink: a, b → c, d → e. Each moves one frame when it is its turn.
interface Link {
  readonly from: number
  readonly to: number
  readonly sender: ChannelSender
  readonly receiver: ChannelReceiver
  readonly wire: number[]
}
const record = 0

describe('credit and alignment', () => {
  test('CR2 with exclusive credit aligned barriers never deadlock', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(1), fc.boolean()), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.infiniteStream(fc.nat(4)),
        (input, window, turns) => {
          expect(runDiamond(input, window, turns)).toBe(true)
        },
      ),
      { numRuns: 300, seed: 1 },
    )
  })
})

/** True when both sources' input, with its barriers, reached the sink; false when nothing can move any more. */
function runDiamond(input: readonly (readonly [number, boolean])[], window: number, turns: Iterator<number, unknown>): boolean {
  const link = (from: number, to: number): Link => ({
    from,
    to,
    sender: new ChannelSender(here, window),
    receiver: new ChannelReceiver(here, window, window),
    wire: [],
  })
  const links = [link(0, 2), link(0, 3), link(1, 2), link(1, 3), link(2, 4), link(3, 4)]
  const ins = (node: number) => links.filter(({ to }) => to === node)
  const outs = (node: number) => links.filter(({ from }) => from === node)
  const alignments = new Map([2, 3, 4].map((node) => [node, new Alignment(ins(node).length)]))
  // Each source sends its records in order; barriers 1, 2, … come at the same count in both.
  const queues = [0, 1].map((source) => {
    let barriers = 0
    return input.flatMap(([to, cut]) => (cut ? [-++barriers] : [to === source ? 1 : 2]))
  })
  const push = (to: Link, what: number) => {
    to.sender.send(what < 0 ? 0 : 1)
    to.wire.push(what)
  }
  const free = (node: number) => outs(node).every(({ sender }) => sender.mayRecord(1))
  const forward = (node: number, what: number) => {
    if (what < 0) for (const to of outs(node)) push(to, what)
    else if (outs(node).length > 0) push(outs(node)[what % outs(node).length]!, what)
  }
  const turn = (node: number): boolean => {
    if (!free(node)) return false
    if (node < 2) {
      const what = queues[node]!.shift()
      if (what === undefined) return false
      forward(node, what)
      return true
    }
    const alignment = alignments.get(node)!
    const index = ins(node).findIndex(({ wire }, channel) => wire.length > 0 && alignment.held[channel] === 0)
    if (index < 0) return false
    const from = ins(node)[index]!
    const what = from.wire.shift()!
    expect(from.receiver.accept(here, from.receiver.expected, what < 0 ? 0 : 1)).toBe('take')
    if (what >= record) forward(node, what)
    else {
      const due = alignment.barrier(index, epoch(-what))
      if (due !== 0) forward(node, -due)
    }
    from.sender.grant(from.receiver.consume(what < 0 ? 0 : 1))
    return true
  }
  for (;;) {
    const first = turns.next().value as number
    if ([0, 1, 2, 3, 4].some((i) => turn((first + i) % 5))) continue
    return queues.every((queue) => queue.length === 0) && links.every(({ wire }) => wire.length === 0)
  }
}
