// The house style that a formatter and a linter do not know: names, openings, sizes, dead files, marker words, swallowed errors.

import ts from 'typescript'
import { importsOf, isRelative, lineOf, resolveRelative, type Source, visit } from './source.ts'

const linesMax = 400
const folderNamesRefused = ['utils', 'util', 'common', 'helpers', 'helper', 'misc', 'shared']
const markers = /\b(?:TODO|FIXME|XXX)\b/

/** The files that something outside of the sources starts from: the package's entry points, its command, and what its threads run. */
const entryPoints = ['src/index.ts', 'src/files.ts', 'src/testing.ts', 'src/cli/main.ts', 'src/thread.ts'] as const

/** HO6: the engine exports names only. */
export function checkNamedExports(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    source.tree.statements.flatMap((statement) => {
      const byModifier =
        ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword)
      const byClause =
        ts.isExportDeclaration(statement) &&
        statement.exportClause !== undefined &&
        ts.isNamedExports(statement.exportClause) &&
        statement.exportClause.elements.some((element) => element.name.text === 'default')
      const found = byModifier === true || byClause || ts.isExportAssignment(statement)
      return found ? [`${source.path}:${lineOf(statement)}: a default export; give it a name`] : []
    }),
  )
}

/** HO7: file names are kebab-case; a suffix such as `.test` or `.config` is kebab-case too. */
export function checkFileNames(sources: readonly Source[]): string[] {
  const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+(?:-[a-z]+)*)*\.ts$/
  return sources.flatMap(({ path }) => (kebab.test(path.split('/').at(-1)!) ? [] : [`${path}: the file's name is not kebab-case`]))
}

/** HO8: a folder's name says what is in it. */
export function checkFolderNames(sources: readonly Source[]): string[] {
  const folders = new Set(sources.map(({ path }) => path.slice(0, path.lastIndexOf('/'))))
  return [...folders].flatMap((folder) => {
    const refused = folder.split('/').find((part) => folderNamesRefused.includes(part))
    return refused === undefined ? [] : [`${folder}: a folder called ${refused} says nothing about what is in it`]
  })
}

/** HO9: a file opens with what it owns and what it does not, as a comment before any code (behind `#!` where there is one). */
export function checkOpenings(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const opening = text.replace(/^#!.*\n/, '').trimStart()
    const words = /^(?:\/\/[ \t]*|\/\*\*?[\s*]*)[^\s/*]\S*\s+\S+/.test(opening)
    return words ? [] : [`${path}: opens without a comment that says what the file owns`]
  })
}

/** HO10: a file has at most 400 lines. */
export function checkSizes(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length
    return lines > linesMax ? [`${path}: ${lines} lines; at most ${linesMax}, so split it by concept`] : []
  })
}

/** HO11: every file of the engine is reached from an entry point. A tree that lacks entry points cannot be judged and has no findings. */
export function checkDeadFiles(sources: readonly Source[], entries: readonly string[] = entryPoints): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  if (!entries.every((entry) => byPath.has(entry))) return []
  const reached = new Set<string>()
  const open: string[] = [...entries]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const source = byPath.get(path)
    if (source === undefined || reached.has(path)) continue
    reached.add(path)
    for (const { specifier } of importsOf(source)) if (isRelative(specifier)) open.push(resolveRelative(path, specifier))
  }
  return sources.filter(({ path }) => !reached.has(path)).map(({ path }) => `${path}: no entry point reaches it; use it or delete it`)
}

/** HO12: no words that put work off. */
export function checkMarkers(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, i) => {
      const marker = markers.exec(line)?.[0]
      return marker === undefined ? [] : [`${path}:${i + 1}: ${marker}; do it or leave it out`]
    }),
  )
}

/** HO13: no error is swallowed: neither an empty `catch` block nor an empty function given to `.catch`. A comment does not fill a block. */
export function checkCatches(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const found: string[] = []
    visit(source.tree, (node) => {
      const swallows = ts.isCatchClause(node) ? isEmpty(node.block) : isCatchCall(node) && node.arguments.some(isEmptyFunction)
      if (swallows) found.push(`${source.path}:${lineOf(node)}: an error is swallowed; handle it, or say by code why it does not matter`)
    })
    return found
  })
}

const isEmpty = (block: ts.Block): boolean => block.statements.length === 0

const isCatchCall = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'catch'

const isEmptyFunction = (node: ts.Node): boolean =>
  (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && ts.isBlock(node.body) && isEmpty(node.body)
