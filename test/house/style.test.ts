// Holds the tree to the house style, and shows of each checker that it can say no.

import { describe, expect, test } from 'vitest'
import { parse, readSources, type Source } from './source.ts'
import {
  checkCatches,
  checkDeadFiles,
  checkFileNames,
  checkFolderNames,
  checkMarkers,
  checkNamedExports,
  checkOpenings,
  checkSizes,
} from './style.ts'

const engine = readSources('src', 'actors')
const all = [...engine, ...readSources('examples', 'bench', 'test')]
const houseRules = 'test/house/'

/** What a checker says about one made-up file, without the path. */
const says = (check: (sources: readonly Source[]) => string[], text: string, path = 'src/model/a.ts') =>
  check([parse(path, text)]).map((finding) => finding.slice(path.length))

describe('names', () => {
  test('HO6 the engine exports names only', () => {
    expect(checkNamedExports(engine)).toEqual([])
  })

  test.each([
    ['export default 1', 1],
    ['const a = 1\nexport { a as default }', 1],
    ['export default function f() {}', 1],
    ['export default class {}', 1],
    [`export { default } from './x.ts'`, 1],
    ['export const a = 1\nexport { a as b }\n// export default a', 0],
  ])('HO6 judges %j', (text, count) => {
    expect(says(checkNamedExports, text)).toHaveLength(count)
  })

  test('HO7 file names are kebab-case', () => {
    expect(checkFileNames(all)).toEqual([])
  })

  test.each([
    ['src/model/key-group.ts', 0],
    ['test/house/style.test.ts', 0],
    ['src/model/KeyGroup.ts', 1],
    ['src/model/key_group.ts', 1],
    ['src/model/key-.ts', 1],
  ])('HO7 judges %s', (path, count) => {
    expect(says(checkFileNames, '', path)).toHaveLength(count)
  })

  test('HO8 folder names say what is in them', () => {
    expect(checkFolderNames(all)).toEqual([])
  })

  test.each([
    ['src/utils/a.ts', 1],
    ['src/adapters/common/deep/a.ts', 1],
    ['test/helpers/a.ts', 1],
    ['src/model/helpers.ts', 0],
  ])('HO8 judges %s', (path, count) => {
    expect(checkFolderNames([parse(path, '')])).toHaveLength(count)
  })
})

describe('files', () => {
  test('HO9 every file opens with a comment', () => {
    expect(checkOpenings([...engine, ...readSources('test', 'bench', 'examples')])).toEqual([])
  })

  test.each([
    ['// Owns the keys.\n\nexport const a = 1', 0],
    ['#!/usr/bin/env node\n// The command line.\n', 0],
    ['/** Owns the keys. */\nexport const a = 1', 0],
    [`import { a } from './a.ts'\n// Owns the keys.`, 1],
    ['/**\n * Owns the keys.\n */', 0],
    ['// `keys` and groups.', 0],
    ['//\nexport const a = 1', 1],
    ['/**/ export const a = 1', 1],
    ['', 1],
  ])('HO9 judges %j', (text, count) => {
    expect(says(checkOpenings, text)).toHaveLength(count)
  })

  test('HO10 no file has more than 400 lines', () => {
    expect(checkSizes(all)).toEqual([])
  })

  test.each([
    [400, 0],
    [401, 1],
  ])('HO10 judges a file of %i lines', (lines, count) => {
    expect(says(checkSizes, '// a line\n'.repeat(lines))).toHaveLength(count)
  })

  test('HO11 every file of the engine is reached from an entry point', () => {
    expect(checkDeadFiles(engine)).toEqual([])
  })

  test('HO11 names what only dead files import, follows types and workers, and judges no tree without its entry points', () => {
    const tree = [
      parse('src/index.ts', `export type { A } from './model/a.ts'\nconst w = new URL('./worker.ts', import.meta.url)`),
      parse('src/model/a.ts', ''),
      parse('src/worker.ts', `import './model/b.ts'`),
      parse('src/model/b.ts', ''),
      parse('src/model/dead.ts', `import './deader.ts'`),
      parse('src/model/deader.ts', `import './dead.ts'`),
    ]
    const dead = checkDeadFiles(tree, ['src/index.ts'])
    expect(dead.map((finding) => finding.split(':')[0])).toEqual(['src/model/dead.ts', 'src/model/deader.ts'])
    expect(checkDeadFiles(tree, ['src/index.ts', 'src/missing.ts'])).toEqual([])
  })
})

describe('honesty', () => {
  test('HO12 no file puts work off', () => {
    expect(checkMarkers(all.filter(({ path }) => !path.startsWith(houseRules)))).toEqual([])
  })

  test.each([
    ['const a = 1\n// TODO: more', [':2: TODO; do it or leave it out']],
    ['/* FIXME */ // XXX', [':1: FIXME; do it or leave it out']],
    ['const todo = test.todo', []],
  ])('HO12 judges %j', (text, found) => {
    expect(says(checkMarkers, text)).toEqual(found)
  })

  test('HO13 no error is swallowed', () => {
    expect(checkCatches(all)).toEqual([])
  })

  test.each([
    ['try { f() } catch {}', 1],
    ['try { f() } catch (e) { /* fine */ }', 1],
    ['try { f() } catch (e) { log(e) }', 0],
    ['p.catch(() => {})', 1],
    ['p.catch(function () {})', 1],
    ['p.catch((e) => log(e)).catch(log)', 0],
  ])('HO13 judges %j', (text, count) => {
    expect(says(checkCatches, text)).toHaveLength(count)
  })
})
