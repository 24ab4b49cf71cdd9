// What queries must give for 1,000,000 events: rows, and the sum of their hashes modulo 2³². Of queries whose rows replace each other it is
// the final table.

export interface Expected {
  readonly rows: number
  /** Eight hexadecimal digits. */
  readonly checksum: string
}

export const expectedAt = 1_000_000

export const expected: Readonly<Record<string, Expected>> = {
  q0: { rows: 920_000, checksum: 'cfb33819' },
  q1: { rows: 920_000, checksum: 'd96f54d0' },
  q2: { rows: 6_936, checksum: 'c1cea0d4' },
  q3: { rows: 6_765, checksum: '39c70576' },
  q4: { rows: 5, checksum: '11e7e771' },
  q5: { rows: 59, checksum: '8a4c5837' },
  q7: { rows: 10, checksum: 'd4c5336a' },
  q8: { rows: 8_497, checksum: 'f3bfa478' },
  q9: { rows: 55_883, checksum: '8fa02e3f' },
  q11: { rows: 19_922, checksum: '57e9daad' },
  q15: { rows: 1, checksum: '90f1c31d' },
  q16: { rows: 1_004, checksum: '84d853c5' },
  q17: { rows: 59_968, checksum: '12e52330' },
  q18: { rows: 292_638, checksum: '20e37983' },
  q19: { rows: 442_176, checksum: '364bf9fe' },
  q20: { rows: 178_068, checksum: '576bd2b7' },
  q22: { rows: 920_000, checksum: '2b65ce34' },
  k1: { rows: 68_143, checksum: '0bd7ad5e' },
  r1: { rows: 1_941_358, checksum: 'a4fa6e40' },
}
