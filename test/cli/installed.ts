// A project with this package installed in it, as a user has one: the sources compiled file by file into its node_modules.
//
// Made from the sources each time, so it cannot be stale. Dependencies are links to those of this repository.

import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
}

export interface Installed {
  /** The project's folder. It has no package.json. */
  readonly folder: string
  /** The command's file inside of node_modules. */
  readonly main: string
  remove(): Promise<void>
}

export async function installPackage(): Promise<Installed> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'millrace-installed-')))
  const modules = join(folder, 'node_modules')
  const home = join(modules, 'millrace')
  const manifest = await readFile(join(repository, 'package.json'), 'utf8')
  await mkdir(home, { recursive: true })
  await writeFile(join(home, 'package.json'), manifest)
  for (const part of ['src', 'actors']) await compile(join(repository, part), join(home, 'dist', part))
  for (const name of Object.keys((JSON.parse(manifest) as { dependencies: object }).dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true })
    await symlink(join(repository, 'node_modules', name), join(modules, name), 'dir')
  }
  return { folder, main: join(home, 'dist/src/cli/main.js'), remove: () => rm(folder, { recursive: true, force: true }) }
}

async function compile(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
    const path = join(entry.parentPath, entry.name)
    const target = join(to, path.slice(from.length)).replace(/\.ts$/, '.js')
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, ts.transpileModule(await readFile(path, 'utf8'), { compilerOptions, fileName: path }).outputText)
  }
}
