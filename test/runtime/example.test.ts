// The program on the page about actors is the one in examples/, and prints what the page says.

import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { actorSystem } from '../../src/actor-system.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('MB17 the page about actors shows examples/actors.ts and what it prints', async () => {
  const [, program, output] = /```ts\n(.*?)```.*?```\n(.*?)```/s.exec(read('docs/actors.md'))!
  expect(program).toBe(read('examples/actors.ts'))
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((value: unknown) => {
    lines.push(typeof value === 'string' ? value : JSON.stringify(value))
  })
  await import('../../examples/actors.ts')
  const withoutSpaces = (text: string): string => text.replace(/[\s'"]/g, '')
  expect(withoutSpaces(lines.join(''))).toBe(withoutSpaces(output!))
})

test('MB6 an actor system runs on this machine without any configuration', async () => {
  await using system = actorSystem()
  const got: number[] = []
  const double = system.spawn<{ readonly n: number; readonly done: () => void }>('double', () => ({ n, done }) => {
    got.push(2 * n)
    done()
  })
  await new Promise<void>((resolve) => double.tell({ n: 21, done: resolve }))
  expect(got).toEqual([42])
})
