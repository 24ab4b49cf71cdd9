// The project's TypeScript files as the house rules see them: a path from the root, the text, and the syntax tree.
//
// A checker takes a list of these and returns findings, one sentence each, so that a test can feed it a few lines of its own. Nothing
// here or in the checkers needs a complete tree: a folder that does not exist has no files.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export interface Source {
  /** From the project's root, with forward slashes: `src/model/ids.ts`. */
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
}

export interface Import {
  readonly specifier: string
  /** Names taken from the module; empty for a side effect, a namespace or a dynamic import. */
  readonly names: readonly string[]
  readonly line: number
}

export const root = fileURLToPath(new URL('../../', import.meta.url))

export function parse(path: string, text: string): Source {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) }
}

/** All `.ts` files below the given folders of the project, in a stable order. */
export function readSources(...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) => (existsSync(join(root, folder)) ? walk(folder) : []))
}

function walk(folder: string): Source[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(path)
    return path.endsWith('.ts') ? [parse(path, readFileSync(join(root, path), 'utf8'))] : []
  })
}

export const lineOf = (node: ts.Node): number => {
  const tree = node.getSourceFile()
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}

export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  ts.forEachChild(node, (child) => visit(child, see))
}

/** Everything that the file takes from another module: static, dynamic, re-exported, as a type, or by `new URL('./x.ts', import.meta.url)`. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = []
  visit(source.tree, (node) => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) found.push({ specifier, names: importedNames(node), line: lineOf(node) })
  })
  return found
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return literal(node.moduleSpecifier)
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? literal(node.argument.literal) : undefined
  if (ts.isExternalModuleReference(node)) return literal(node.expression)
  if (ts.isCallExpression(node)) {
    const callee = node.expression
    const loads = callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
    return loads ? literal(node.arguments[0]) : undefined
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'URL') {
    const file = literal(node.arguments?.[0])
    return file !== undefined && /^\.{1,2}\/.*\.[jt]s$/.test(file) && node.arguments?.[1]?.getText() === 'import.meta.url'
      ? file
      : undefined
  }
  return undefined
}

function literal(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined
}

function importedNames(node: ts.Node): string[] {
  if (ts.isExportDeclaration(node) && node.exportClause !== undefined && ts.isNamedExports(node.exportClause)) {
    return node.exportClause.elements.map((element) => (element.propertyName ?? element.name).text)
  }
  if (!ts.isImportDeclaration(node)) return []
  const bindings = node.importClause?.namedBindings
  return bindings !== undefined && ts.isNamedImports(bindings)
    ? bindings.elements.map((element) => (element.propertyName ?? element.name).text)
    : []
}

export const isRelative = (specifier: string): boolean => specifier.startsWith('./') || specifier.startsWith('../')

/** The project path that a relative specifier names. A `.js` ending stands for the `.ts` file that it is built from. */
export function resolveRelative(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts')
}
