// The cases that define all other windows: other triggers, evictors, processing time, numbers of elements, windows of the job's own.

import { describe, test } from 'vitest'
import { type CaseElement, runCase } from '../../src/sim/operator-cases.ts'
import { count, global, session, sliding, tumbling, windows } from '../../src/windows/assigner.ts'
import { evict } from '../../src/windows/evictor.ts'
import { trigger } from '../../src/windows/trigger.ts'
import { inputA, show, sums, type WindowCase, windowOperator } from './window-operators.ts'

/** An element of value 33 is a point in time, others last 3 s. */
const points = windows({
  assign: ({ value }: CaseElement, time) => [{ start: time, end: value === 33 ? time : time + 3000 }],
  merging: true,
})

const general: readonly WindowCase[] = [
  {
    name: 'W5 session 3 s, purging at every 4th element',
    assigner: session('3 s'),
    trigger: trigger.purging(trigger.count(4)),
    script: [
      'key2=1@0',
      'key2=2@1000',
      'key2=3@2500',
      ['key2=4@3500', 'key2=10@6499'],
      'key1=1@10',
      'key1=2@1000',
      'restore',
      'key1=3@2500',
      'key1=1@6000',
      'key1=2@6500',
      ['key1=3@7000'],
      ['key1=10@4500', 'key1=22@9999'],
    ],
  },
  {
    name: 'counts of sessions that become one are added up',
    assigner: session(10),
    trigger: trigger.count(5),
    script: ['k=1@0', 'k=2@1', 'k=4@20', 'k=8@21', ['k=16@10', 'k=31@30'], 'k=32@5', ['end']],
  },
  {
    name: 'W6 session 3 s, every 2 s of event time',
    assigner: session('3 s'),
    trigger: trigger.every('2 s'),
    script: [
      'key1=1@1500',
      'key2=1@0',
      'key2=3@2500',
      'key2=2@1000',
      ['wm2500', 'key1=1@4499', 'key2=6@5499'],
      'key2=5@4000',
      ['wm3000'],
      'restore',
      'key1=2@4000',
      'key2=4@3500',
      ['wm4000', 'key1=3@6999', 'key2=15@6999'],
    ],
  },
  {
    name: 'a session that grew over what was its end and fires neither there nor before the next multiple',
    assigner: session(1_000),
    trigger: trigger.every('10 s'),
    script: ['k=1@0', 'k=2@500', 'k=4@700', 'wm1200', 'k=8@1300', ['wm2299', 'k=15@2299']],
  },
  {
    name: 'a session that grew over a multiple and fires there',
    assigner: session(1_000),
    trigger: trigger.every('2 s'),
    script: ['k=1@500', 'k=2@1400', 'restore', 'k=4@1800', ['wm2000', 'k=7@2799'], ['wm2799', 'k=7@2799']],
  },
  {
    name: 'W7 windows that are points in time, or 3 s long',
    assigner: points,
    script: [
      'key2=1@0',
      'key2=33@1000',
      'restore',
      'key2=33@2500',
      'key1=1@10',
      'key1=2@1000',
      'key1=33@2500',
      ['wm12000', 'key1=36@3999', 'key2=67@2999'],
    ],
  },
  {
    name: 'W8 the global window, every 3 s of event time',
    assigner: global(),
    trigger: trigger.every('3 s'),
    script: [
      'key1@0',
      'key2@3000,3999',
      'key1@20,999',
      'key2@1998,1999,1000',
      ['wm1000'],
      ['wm2000'],
      ['wm3000', 'key1=3@MAX'],
      ['wm4000'],
      ['wm5000'],
      ['wm6000', 'key1=3@MAX', 'key2=5@MAX'],
      ['wm7000'],
      ['wm8000'],
    ],
  },
  {
    name: 'W9 the global window, purging at every 4th element',
    assigner: global(),
    trigger: trigger.purging(trigger.count(4)),
    script: [
      'key2@1,2',
      'key1@1,2,3',
      ['key2@3,4', 'key2=4@MAX'],
      'restore',
      ['key2@5'],
      ['key1@4', 'key1=4@MAX'],
      ['key2@6,7,8', 'key2=4@MAX'],
    ],
  },
  {
    name: 'W10 the global window at the end of the stream',
    assigner: global(),
    trigger: trigger.end(),
    script: [...inputA, ['wm1000'], ['wm1000000'], ['wmMAX', 'key1=3@MAX', 'key2=5@MAX'], ['end']],
  },
  {
    name: 'W11 tumbling 3 s of processing time',
    assigner: tumbling('3 s', { time: 'processing' }),
    script: [
      't3',
      'key2',
      'key2',
      'key2',
      'key1',
      'key1',
      ['t5000', 'key2=3@2999', 'key1=2@2999'],
      'key1',
      'key1',
      'key1',
      ['t7000', 'key1=3@5999'],
    ],
  },
  {
    name: 'W12 sliding 3 s by 1 s of processing time',
    assigner: sliding('3 s', '1 s', { time: 'processing' }),
    script: [
      't3',
      'k2',
      ['t1000', 'k2=1@999'],
      'k2',
      'k2',
      ['t2000', 'k2=3@1999'],
      'k1',
      'k1',
      ['t3000', 'k2=3@2999', 'k1=2@2999'],
      'k1',
      'k1',
      'k1',
      ['t7000', 'k2=2@3999', 'k1=5@3999', 'k1=5@4999', 'k1=3@5999'],
    ],
  },
  {
    name: 'W13 session 3 s of processing time',
    assigner: session('3 s', { time: 'processing' }),
    script: ['t3', 'k2', 't1000', 'k2', ['t5000', 'k2=2@3999'], 'k2', 'k2', 'k1', 'k1', 'k1', ['t10000', 'k2=2@7999', 'k1=3@7999']],
  },
  {
    name: 'W15 tumbling 2 s with lateness 500, purging: a late record fires alone',
    assigner: tumbling('2 s'),
    lateness: 500,
    trigger: trigger.purging(trigger.eventTime()),
    script: ['k@500', ['wm1500'], 'k@1300', ['wm2300', 'k=2@1999'], ['k@1997', 'k=1@1999'], ['wm6000'], ['k@1998'], ['wm7000']],
  },
  {
    name: 'every 2 of processing time in windows of event time, which end as ever',
    assigner: tumbling(100),
    trigger: trigger.every(2, { time: 'processing' }),
    script: ['t1', 'k=1@5', ['t2', 'k=1@99'], 'k=2@6', ['t9', 'k=3@99'], ['t10', 'k=3@99'], ['wm99'], ['t100']],
  },
  {
    name: 'windows of 3 elements',
    assigner: count(3),
    script: [
      'a=1@5',
      'b=2',
      'a=2@9',
      'restore',
      ['a=3@7', 'a=6@7'],
      'a=4',
      'b=3',
      ['b=4', 'b=9@NaN'],
      'a=5@1',
      ['a=6@2', 'a=15@2'],
      ['wmMAX'],
      ['end'],
    ],
  },
  {
    name: 'windows of 4 elements, every 2',
    assigner: count(4, 2),
    script: ['k=1@1', ['k=10@2', 'k=11@2'], 'k=100@3', 'restore', ['k=1000@4', 'k=1111@4'], 'k=1@5', ['k=1@6', 'k=1102@6'], ['end']],
  },
  {
    name: 'an evictor keeps the last 2 elements before the function runs',
    assigner: tumbling(10),
    lateness: 10,
    evictor: evict.count(2),
    script: ['k=1@1', 'k=2@2', 'k=4@3', ['wm9', 'k=6@9'], ['k=8@1', 'k=12@9'], ['wm100']],
  },
  {
    name: 'an evictor keeps the last 2 elements for the next firing',
    assigner: global(),
    trigger: trigger.count(2),
    evictor: evict.count(1, { when: 'after' }),
    script: ['k=1', ['k=2', 'k=3@MAX'], 'k=4', 'restore', ['k=8', 'k=14@MAX'], ['end']],
  },
  {
    name: 'an evictor keeps what is less than 5 ms older than the newest',
    assigner: global(),
    trigger: trigger.count(3),
    evictor: evict.time(5),
    script: ['k=1@0', 'k=2@5', ['k=4@4', 'k=6@MAX'], 'k=8@100', 'k=16@95', ['k=32@99', 'k=40@MAX'], ['end']],
  },
  {
    name: 'an evictor keeps what is near to the newest by a distance of its own',
    assigner: global(),
    trigger: trigger.count(3),
    evictor: evict.delta(10, (a: CaseElement, b: CaseElement) => Math.abs(Number(a.value) - Number(b.value))),
    script: ['k=1@0', 'k=20@5', ['k=12@4', 'k=32@MAX'], ['end']],
  },
  {
    name: 'processing-time windows have a last turn when the input ends',
    assigner: tumbling(1000, { time: 'processing' }),
    script: ['t3', 'a', 'b', ['t10'], 'a', ['end', 'a=2@999', 'b=1@999']],
  },
  {
    name: 'sliding windows of processing time have a last turn each, and none fires twice over a restore',
    assigner: sliding(3000, 1000, { time: 'processing' }),
    script: ['t3', 'a', ['t1000', 'a=1@999'], 'restore', ['t1500'], 'a', ['t2000', 'a=2@1999'], 'restore', ['end', 'a=2@2999', 'a=1@3999']],
  },
  {
    name: 'a clock that goes back brings no record into a window that has fired',
    assigner: tumbling(1000, { time: 'processing' }),
    script: ['t3', 'a', ['t1000', 'a=1@999'], 't500', 'a', 'restore', 'a', ['t1500'], ['t2000', 'a=2@1999']],
  },
]

describe('all other windows', () => {
  for (const one of general) {
    for (const kind of ['reduce', 'aggregate', 'process'] as const) {
      test(`WI9 WI10 WI11 ${one.name}, ${kind}`, () => {
        runCase({ ...one, create: () => windowOperator(one, sums[kind]), show })
      })
    }
  }
})
