// The cases that define windows, run through every operator that could run them and with every way to write the function.

import { describe, test } from 'vitest'
import { type CaseElement, type CaseStep, runCase } from '../../src/sim/operator-cases.ts'
import { count, global, session, sliding, tumbling, windows } from '../../src/windows/assigner.ts'
import { evict } from '../../src/windows/evictor.ts'
import { trigger } from '../../src/windows/trigger.ts'
import { generalOperator, show, sums, type TestWindow, windowOperator } from './window-operators.ts'

interface WindowCase extends TestWindow {
  readonly name: string
  readonly script: readonly CaseStep[]
}

const inputA: readonly CaseStep[] = ['key2@3999,3000', 'key1@20,0,999', 'key2@1998,1999,1000']

/** An element of value 33 is a point in time, others last 3 s. */
const points = windows({
  assign: ({ value }: CaseElement, time) => [{ start: time, end: value === 33 ? time : time + 3000 }],
  merging: true,
})

const dynamicGap = session(({ key, value }: CaseElement) => (key === 'key1' ? 3000 : value === 10 ? 1000 : 2000))

const eventTime: readonly WindowCase[] = [
  {
    name: 'W1 sliding 3 s by 1 s',
    assigner: sliding('3 s', '1 s'),
    script: [
      ...inputA,
      ['wm999', 'key1=3@999'],
      ['wm1999', 'key1=3@1999', 'key2=3@1999'],
      ['wm2999', 'key1=3@2999', 'key2=3@2999'],
      'restore',
      ['wm3999', 'key2=5@3999'],
      ['wm4999', 'key2=2@4999'],
      ['wm5999', 'key2=2@5999'],
      ['wm6999'],
      ['wm7999'],
    ],
  },
  {
    name: 'W2 tumbling 3 s',
    assigner: tumbling('3 s'),
    script: [
      ...inputA,
      ['wm999'],
      ['wm1999'],
      'restore',
      ['wm2999', 'key1=3@2999', 'key2=3@2999'],
      ['wm3999'],
      ['wm4999'],
      ['wm5999', 'key2=2@5999'],
      ['wm6999'],
    ],
  },
  {
    name: 'sliding 5 by 3: the slide does not divide the size',
    assigner: sliding(5, 3),
    script: ['k=1@0', 'k=10@1', 'k=100@2', 'k=1000@4', ['wm1', 'k=11@1'], ['wm4', 'k=1111@4'], ['wm7', 'k=1000@7'], ['wm100']],
  },
  {
    name: 'sliding 4 by 2 with an offset, before 1970',
    assigner: sliding(4, 2, { offset: 1 }),
    script: ['k=1@-4', 'k=10@-3', ['wm-4', 'k=1@-4'], ['wm-2', 'k=11@-2'], 'restore', ['wm0', 'k=10@0'], ['wm2']],
  },
  {
    name: 'one watermark over many windows fires them by their ends',
    assigner: sliding(3, 1),
    script: ['a=1@0', 'b=2@1', ['wm100', 'a=1@0', 'a=1@1', 'b=2@1', 'a=1@2', 'b=2@2', 'b=2@3']],
  },
  {
    name: 'W3 session 3 s',
    assigner: session('3 s'),
    script: [
      'key2=1@0',
      'key2=2@1000',
      'key2=3@2500',
      'key1=1@10',
      'key1=2@1000',
      'restore',
      'key1=3@2500',
      'key2=4@5501',
      'key2=5@6000,6000',
      'key2=6@6050',
      ['wm12000', 'key1=6@5499', 'key2=6@5499', 'key2=20@9049'],
      'key2=10@15000',
      'key2=20@15000',
      ['wm17998'],
      ['wm17999', 'key2=30@17999'],
    ],
  },
  {
    name: 'W4 sessions that touch are one',
    assigner: session('3 s'),
    script: ['k@0,3000,6001', ['wmMAX', 'k=2@5999', 'k=1@9000']],
  },
  {
    name: 'W4 a record at the rim of two sessions makes them one',
    assigner: session('3 s'),
    script: ['k@0,6000,3000', ['wmMAX', 'k=3@8999']],
  },
  {
    name: 'W14 dynamic gap: the furthest end wins',
    assigner: dynamicGap,
    script: [
      'key1=3@10',
      'key2=4@5000',
      'key2=5@6000',
      ['wm8999', 'key1=3@3009', 'key2=9@7999'],
      'key2=1@9000',
      'key2=2@10000',
      'key2=10@10500',
      ['wm12999', 'key2=13@11999'],
      'key2=10@13000,13500',
      'key2=1@14000',
      ['wm16999', 'key2=21@15999'],
    ],
  },
  {
    name: 'W16 tumbling 2 s: a watermark at the last instant makes late',
    assigner: tumbling('2 s'),
    script: ['k@1000', ['wm1985'], 'k@1980', ['wm1999', 'k=2@1999'], ['k@1998'], 'k@2001', ['wm2999'], ['wm3999', 'k=1@3999']],
  },
  {
    name: 'tumbling 2 s with lateness 500: a late record fires again with all that came',
    assigner: tumbling('2 s'),
    lateness: 500,
    script: [
      'k@500',
      ['wm1500'],
      'k@1300',
      ['wm2300', 'k=2@1999'],
      ['k@1997', 'k=3@1999'],
      ['j@1000', 'j=1@1999'],
      ['wm2498'],
      ['k@0', 'k=4@1999'],
      ['wm2499'],
      ['k@1998'],
      ['wm7000'],
    ],
  },
  {
    name: 'sliding 4 by 2 with lateness 3: each window that has fired fires again, the others later',
    assigner: sliding(4, 2),
    lateness: 3,
    script: [
      'k=1@1',
      ['wm1', 'k=1@1'],
      ['k=10@0', 'k=11@1'],
      ['wm4', 'k=11@3'],
      ['k=100@1', 'k=111@3'],
      'k=1000@2',
      ['wm5', 'k=1111@3', 'k=1000@5'],
      ['k=5@3', 'k=1116@3', 'k=1005@5'],
      ['wm6'],
      ['k=7@3', 'k=1012@5'],
      ['wm100'],
    ],
  },
  {
    name: 'sliding 4 by 2: a record behind the watermark counts for the windows that are still open',
    assigner: sliding(4, 2),
    script: [
      'k=1@1',
      ['wm1', 'k=1@1'],
      'k=10@0',
      'j=5@1',
      ['wm3', 'k=11@3', 'j=5@3'],
      ['k=100@1'],
      'k=1000@3',
      ['wm5', 'k=1000@5'],
      ['wm100'],
    ],
  },
  {
    name: 'a session that has fired fires again for what it still takes, and at its new end',
    assigner: session(10),
    lateness: 20,
    script: [
      'k=1@0',
      ['wm9', 'k=1@9'],
      ['k=2@-1', 'k=3@9'],
      'k=4@5',
      ['wm13'],
      ['wm14', 'k=7@14'],
      ['wm33'],
      ['k=8@6', 'k=15@15'],
      ['wm34'],
      ['wm35'],
      ['k=16@6'],
      ['wm100'],
    ],
  },
  {
    name: 'late records bridge sessions that have fired',
    assigner: session(10),
    lateness: 100,
    script: ['k=1@0', 'k=2@20', ['wm50', 'k=1@9', 'k=2@29'], ['k=4@10', 'k=7@29'], ['wm128'], ['k=8@29', 'k=15@38'], ['wm200']],
  },
]

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
]

describe('windows in event time, in the operator that the plan chooses', () => {
  for (const one of eventTime) {
    for (const kind of ['reduce', 'aggregate', 'process'] as const) {
      test(`WI5 WI6 WI8 ${one.name}, ${kind}`, () => {
        runCase({ ...one, create: () => windowOperator(one, sums[kind]), show })
      })
    }
  }
})

describe('the same windows in the operator that can do everything', () => {
  for (const one of eventTime) {
    for (const kind of ['reduce', 'aggregate', 'process'] as const) {
      test(`WI9 ${one.name}, ${kind}`, () => {
        runCase({ ...one, create: () => generalOperator(one, sums[kind]), show })
      })
    }
  }
})

describe('all other windows', () => {
  for (const one of general) {
    for (const kind of ['reduce', 'aggregate', 'process'] as const) {
      test(`WI9 WI10 WI11 ${one.name}, ${kind}`, () => {
        runCase({ ...one, create: () => windowOperator(one, sums[kind]), show })
      })
    }
  }
})
