// The tables of legal moves, and what the machines refuse as broken invariants.

import { describe, expect, test } from 'vitest'
import { epoch } from '../../src/model/ids.ts'
import { Alignment } from '../../src/protocol/alignment.ts'
import { Checkpoints } from '../../src/protocol/checkpoints.ts'
import { isOver, moveJob, moveRegion } from '../../src/protocol/job-life.ts'

describe('legal moves', () => {
  test('RC19 a job and a region go only where their tables let them', () => {
    expect([moveJob('opening', 'starting'), moveJob('stopping', 'restarting'), moveRegion('cancelling', 'starting')]).toEqual([
      'starting',
      'restarting',
      'starting',
    ])
    expect(() => moveJob('finished', 'running')).toThrow('a job cannot go from finished to running')
    expect(() => moveJob('ending', 'running')).toThrow('a job cannot go from ending to running')
    expect(() => moveRegion('starting', 'running')).toThrow('a region cannot go from starting to running')
    expect([isOver('failed'), isOver('stopped'), isOver('finished'), isOver('ending')]).toEqual([true, true, true, false])
  })

  test('RC19 a barrier behind the end of its channel, and a checkpoint without an id, are broken invariants', () => {
    const alignment = new Alignment(2)
    alignment.end(0)
    expect(() => alignment.barrier(0, epoch(1))).toThrow('behind its end')
    expect(() => new Checkpoints(epoch(5)).begin('periodic', 0, new Map())).toThrow('without an id')
  })
})
