// The cases that define windows in event time under the default trigger: through the operator that the plan chooses and through the one
// that can do everything, with every way to write the function.

import { describe, test } from 'vitest'
import { type CaseElement, runCase } from '../../src/sim/operator-cases.ts'
import { session, sliding, tumbling } from '../../src/windows/assigner.ts'
import { generalOperator, inputA, show, sums, type WindowCase, windowOperator } from './window-operators.ts'

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
