// What a layer may not take from the world: pure layers neither wait nor schedule, and only the system adapter reads the clock or rolls dice.
//
// So the engine is a function of its inputs and runs under a simulated world. Names are judged where they mean a global: a local function
// called `process` or a method called `setTimeout` is the file's own.

import ts from 'typescript'
import { layerOf, ruleOf } from './layers.ts'
import { importsOf, lineOf, type Source, visit } from './source.ts'

const timers = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask', 'process']

/** HO3: a pure layer neither waits nor schedules. */
export function checkPure(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const layer = layerOf(source.path)
    if (layer === undefined || ruleOf(layer)?.pure !== true) return []
    const found: string[] = []
    const report = (node: ts.Node, what: string) => found.push(`${source.path}:${lineOf(node)}: ${layer} is pure and may not use ${what}`)
    visit(source.tree, (node) => {
      if (node.kind === ts.SyntaxKind.AsyncKeyword) report(node, 'async')
      if (node.kind === ts.SyntaxKind.AwaitKeyword || ts.isAwaitExpression(node)) report(node, 'await')
    })
    for (const { node, name } of freeNames(source)) if (timers.includes(name)) report(node, name)
    return found
  })
}

const worldNames = ['performance', 'crypto']
const worldMembers = ['Date.now', 'Math.random', 'process.hrtime', 'process.uptime']
const worldModules: Readonly<Record<string, readonly string[]>> = {
  'node:perf_hooks': ['performance', '*'],
  'node:process': ['hrtime', 'uptime'],
  'node:crypto': ['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'randomFillSync', 'getRandomValues', 'webcrypto'],
}

/** HO4: only src/adapters/system reads the clock or rolls dice. */
export function checkClock(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const layer = layerOf(source.path)
    if (layer === undefined || layer === 'examples' || layer === 'adapters/system') return []
    const used = freeNames(source).flatMap(({ node, name }) => {
      const what = worldUse(node, name)
      return what === undefined ? [] : [{ what, line: lineOf(node) }]
    })
    const taken = importsOf(source).flatMap(({ specifier, names, line }) => {
      const banned = worldModules[specifier] ?? []
      const hits = banned.includes('*') ? [specifier] : names.filter((name) => banned.includes(name))
      return hits.map((what) => ({ what, line }))
    })
    return [...used, ...taken].map(({ what, line }) => `${source.path}:${line}: ${what} belongs to src/adapters/system`)
  })
}

/** What an occurrence of a global name reads from the world, if anything: `Date.now`, `new Date()`, `performance`, `const { random } = Math`. */
function worldUse(node: ts.Node, name: string): string | undefined {
  if (worldNames.includes(name)) return name
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) {
    const member = `${name}.${parent.name.text}`
    return worldMembers.includes(member) ? member : undefined
  }
  if (name === 'Date' && ts.isNewExpression(parent) && (parent.arguments?.length ?? 0) === 0) return 'new Date()'
  if (name === 'Date' && ts.isCallExpression(parent) && parent.expression === node) return 'Date()'
  const renamed = ts.isVariableDeclaration(parent) && parent.initializer === node
  return renamed && (name === 'Date' || name === 'Math') ? `${name} under another name` : undefined
}

interface GlobalUse {
  /** The identifier, or `globalThis.x` as a whole. */
  readonly node: ts.Node
  readonly name: string
}

/** Names that the file uses without declaring them, which makes them globals; `globalThis.x` counts as `x`. */
function freeNames(source: Source): GlobalUse[] {
  const declared = new Set<string>()
  const used: GlobalUse[] = []
  visit(source.tree, (node) => {
    if (!ts.isIdentifier(node)) return
    const parent = node.parent
    if (isBinding(parent) && parent.name === node) declared.add(node.text)
    else if (!isMemberName(node, parent) && !ts.isPartOfTypeNode(node)) used.push({ node, name: node.text })
    else if (ts.isPropertyAccessExpression(parent) && parent.expression.getText() === 'globalThis')
      used.push({ node: parent, name: node.text })
  })
  return used.filter(({ name }) => !declared.has(name))
}

const isBinding = (node: ts.Node): node is ts.NamedDeclaration =>
  ts.isVariableDeclaration(node) ||
  ts.isParameter(node) ||
  ts.isFunctionDeclaration(node) ||
  ts.isClassDeclaration(node) ||
  ts.isBindingElement(node) ||
  ts.isImportSpecifier(node) ||
  ts.isImportClause(node) ||
  ts.isNamespaceImport(node)

function isMemberName(node: ts.Identifier, parent: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isBindingElement(parent)) return parent.propertyName === node
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return true
  return (ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isPropertyAssignment(parent)) && parent.name === node
}
