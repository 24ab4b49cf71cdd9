// Rows built from columns: what they hold, what V8 makes of them, and which names are compiled.

import { execFileSync } from 'node:child_process'
import { expect, test, vi } from 'vitest'
import { rowBuilder } from '../../src/codec/row-builder.ts'

const rowsOf = (keys: readonly string[], columns: readonly (readonly unknown[])[]): unknown[] => {
  const rows: unknown[] = []
  rowBuilder(keys)(rows, columns, columns[0]!.length)
  return rows
}

test('CO18 plain names are compiled, once a shape, and others never', () => {
  const compile = vi.spyOn(globalThis, 'Function')
  const odd = ['1a', 'a b', 'é', '', 'a": 1 }; throw 1; ({ "b', '\u2028', 'x'.repeat(65)]
  for (const name of odd)
    expect(
      rowsOf(
        ['ok', name],
        [
          [1, 2],
          ['a', 'b'],
        ],
      ),
    ).toEqual([
      { ok: 1, [name]: 'a' },
      { ok: 2, [name]: 'b' },
    ])
  expect(compile).not.toHaveBeenCalled()
  for (let i = 0; i < 2; i++) expect(rowsOf(['constructor', 'await'], [[1], [2]])).toEqual([{ constructor: 1, await: 2 }])
  expect(compile).toHaveBeenCalledTimes(1)
})

test('CO18 where code may not be generated rows are the same', () => {
  const script = `
    import { rowBuilder } from ${JSON.stringify(new URL('../../src/codec/row-builder.ts', import.meta.url).href)}
    const rows = []
    rowBuilder(['a', 'b'])(rows, [[1, 2], ['x', undefined]], 2)
    console.log(JSON.stringify(rows.map(Object.entries)))`
  const flags = ['--disallow-code-generation-from-strings', '--import', 'tsx', '--input-type=module', '--eval', script]
  expect(execFileSync(process.execPath, flags, { encoding: 'utf8' }).trim()).toBe('[[["a",1],["b","x"]],[["a",2],["b",null]]]')
})

test('CO18 a row has the layout of a literal with its fields, and keeps it whatever values come', () => {
  const script = `
    import { rowBuilder } from ${JSON.stringify(new URL('../../src/codec/row-builder.ts', import.meta.url).href)}
    const build = rowBuilder(['a', 'b'])
    const rows = []
    build(rows, [[1, 0.5, undefined], ['x', 7, {}]], 3)
    const own = (a, b) => ({ a, b })
    console.log(rows.every((row) => %HaveSameMap(row, rows[0]) && %HaveSameMap(row, own(1, 'y')) && %HaveSameMap(row, own(0.5, 2))))`
  const flags = ['--allow-natives-syntax', '--import', 'tsx', '--input-type=module', '--eval', script]
  expect(execFileSync(process.execPath, flags, { encoding: 'utf8' }).trim()).toBe('true')
})
