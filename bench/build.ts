// Builds what the benchmark measures: src, actors and bench as JavaScript in bench/dist, so that no loader stands between a job and its time.
//
// The files are those of `npm run build` (same compiler, same target, types stripped), beside a package.json that lets them import
// 'millrace' as a user does. Only files that have changed are written. Types are not checked here: `npm run typecheck` does that.

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
export const built = join(root, 'bench', 'dist')

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
      transpile(path, join(built, path.slice(root.length).replace(/\.ts$/, '.js')))
    }
  }
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, string | { default: string }>
  }
  const here = Object.entries(exports).map(([subpath, target]) => [
    subpath,
    typeof target === 'string' ? target : target.default.replace('./dist/', './'),
  ])
  writeFileSync(join(built, 'package.json'), JSON.stringify({ name, type: 'module', exports: Object.fromEntries(here) }))
}

function transpile(from: string, to: string): void {
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return
  const { outputText } = ts.transpileModule(readFileSync(from, 'utf8'), { compilerOptions: options, fileName: from })
  mkdirSync(dirname(to), { recursive: true })
  writeFileSync(to, outputText)
}
