// Records on standard output, as lines of a table.

import { expect, test } from 'vitest'
import { print } from '../../../src/adapters/console/print.ts'
import { attempt } from '../../../src/model/ids.ts'
import type { Writer } from '../../../src/ports/sink.ts'

function printed(...batches: readonly unknown[][]): string {
  let text = ''
  const sink = print({
    write: (more) => {
      text += more
    },
  })
  const writer = sink.writer({ job: 'j', operator: 'out', attempt: attempt(1), subtask: 0 }) as Writer<unknown>
  for (const batch of batches) void writer.write([...batch, 'left over'], batch.length)
  return text
}

test('SK63 fields stand in columns below a heading, and columns grow', () => {
  expect(
    printed(
      [
        { page: '/', views: 2 },
        { page: '/home', views: 10 },
      ],
      [{ page: '/checkout', views: 1 }],
    ),
  ).toBe(`out  page   views
out  /      2
out  /home  10
out  /checkout  1
`)
})

test('SK63 a heading comes again where the fields change, and other values stand for themselves', () => {
  expect(printed([{ a: 1 }, { b: new Date(0), c: [1, 'x'] }, 'word', 3, { a: 2 }, null])).toBe(`out  a
out  1
out  b                         c
out  1970-01-01T00:00:00.000Z  [ 1, 'x' ]
out  word
out  3
out  a
out  2
out  null
`)
})

test('SK63 control characters of data reach neither the table nor the terminal', () => {
  expect(printed(['a\nb', { x: '\u001b[2J' }])).toBe("out  'a\\nb'\nout  x\nout  '\\x1B[2J'\n")
})
