// Holds test/SPEC.md and the tests' titles to each other, and shows of each checker that it can say no.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse, readSources, root } from './source.ts'
import { checkPinned, checkRules, leadingIds, readRules, titleIds } from './spec.ts'

const spec = readFileSync(join(root, 'test/SPEC.md'), 'utf8')
const tests = readSources('test').filter(({ path }) => path.endsWith('.test.ts'))

const ids = (text: string): string[] => titleIds([parse('test/a.test.ts', text)]).flatMap((title) => title.ids)

test('HO14 rules are unique, well-formed, and under the heading of their code', () => {
  expect(checkRules(spec)).toEqual([])
  expect(readRules(spec).length).toBeGreaterThan(0)
})

test.each([
  ['## Channels (CH)\n- **CH1** a.\n- **CH2** b.', []],
  ['## Channels (CH)\n- **CH1** a.\n- **CH1** b.', ['SPEC.md:3: CH1 is there twice']],
  ['## Channels (CH)\n- **CR1** a.', ['SPEC.md:2: CR1 stands under CH']],
  ['- **CR1** a.', ['SPEC.md:1: CR1 stands under no heading']],
  ['## Channels (CH)\n- CH1 a.', ['SPEC.md:2: not read as a rule; write "- **CH1** sentence."']],
  ['## Channels (CH)\n- **CH1**', ['SPEC.md:2: not read as a rule; write "- **CH1** sentence."']],
])('HO14 judges %j', (markdown, found) => {
  expect(checkRules(markdown)).toEqual(found)
})

test('HO15 every rule is pinned by a test, and every id that a title starts with is a rule', () => {
  expect(checkPinned(readRules(spec), titleIds(tests))).toEqual([])
})

test('HO15 names a rule without a test and a title without a rule', () => {
  const rules = readRules('## Channels (CH)\n- **CH1** a.\n- **CH2** b.')
  const titles = titleIds([parse('test/a.test.ts', `test('CH1 CH3 delivers', () => {})`)])
  expect(checkPinned(rules, titles)).toEqual([
    "SPEC.md:3: no test's title starts with CH2",
    'test/a.test.ts:1: CH3 is no rule of test/SPEC.md',
  ])
})

test.each([
  [`test('CH1 x', f)`, ['CH1']],
  [`it("CH1 CH2 x", f)`, ['CH1', 'CH2']],
  ['test(`CH1 ${n} x`, f)', ['CH1']],
  ['test(`${n} CH1 x`, f)', []],
  [`test('CH1 ' + n, f)`, ['CH1']],
  [`test.each([1])('CH1 %i', f)`, ['CH1']],
  ['test.each`a\n${1}`("CH1 $a", f)', ['CH1']],
  [`test.runIf(up)('CH1 x', f)`, ['CH1']],
  [`describe('CH1 x', f)`, []],
  [`// test('CH1 x', f)`, []],
  [`expect('CH1 x').toBe(1)`, []],
])('HO15 reads the ids of %s', (text, found) => {
  expect(ids(text)).toEqual(found)
})

test.each([
  ['CH1 delivers', ['CH1']],
  ['CH1, CH22: delivers', ['CH1', 'CH22']],
  ['delivers CH1', []],
  ['CH1x delivers', []],
])('HO15 takes from the title %j what it starts with', (title, found) => {
  expect(leadingIds(title)).toEqual(found)
})
