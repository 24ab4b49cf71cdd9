// A project with this package installed in it, as a user has one: the sources compiled file by file into its node_modules.
//
// What has changed is compiled anew each time, so it cannot be stale. Dependencies are links to those of this repository.

import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from '../../bench/build.ts'
import { built, root } from '../../bench/built.ts'

/** What another process is writing. */
const unfinished = /\.js\.\d+$/

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
  const manifest = await readFile(join(root, 'package.json'), 'utf8')
  await mkdir(home, { recursive: true })
  await writeFile(join(home, 'package.json'), manifest)
  build()
  for (const part of ['src', 'actors'])
    await cp(join(built, 'dist', part), join(home, 'dist', part), { recursive: true, filter: (path) => !unfinished.test(path) })
  for (const name of Object.keys((JSON.parse(manifest) as { dependencies: object }).dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true })
    await symlink(join(root, 'node_modules', name), join(modules, name), 'dir')
  }
  return { folder, main: join(home, 'dist/src/cli/main.js'), remove: () => rm(folder, { recursive: true, force: true }) }
}
