// Builds what the benchmark measures: a package in bench/dist with src, actors and bench as JavaScript, so that no loader stands between a
// job and its time.
//
// The files are those of `npm run build` (same compiler, same target, types stripped), beside the project's package.json, so that they
// import 'millrace' as a user does. Only files that have changed are written. Types are not checked here: `npm run typecheck` does that.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { built, root } from './built.ts'

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
}

export function build(): void {
  for (const folder of ['src', 'actors', 'bench']) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (!entry.isFile() || !path.endsWith('.ts') || path.startsWith(built)) continue
      transpile(path, join(built, 'dist', path.slice(root.length).replace(/\.ts$/, '.js')))
    }
  }
  copyFileSync(join(root, 'package.json'), join(built, 'package.json'))
}

function transpile(from: string, to: string): void {
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return
  const { outputText } = ts.transpileModule(readFileSync(from, 'utf8'), { compilerOptions: options, fileName: from })
  mkdirSync(dirname(to), { recursive: true })
  // Whole or not at all: another process may be reading it.
  const written = `${to}.${process.pid}`
  writeFileSync(written, outputText)
  renameSync(written, to)
}
