// How the modules of a job are loaded: by the command of an installed package, and by the sources of a clone.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { endAll, millrace } from './command.ts'
import { type Installed, installPackage } from './installed.ts'

let installed: Installed
let other: Installed

beforeAll(async () => {
  installed = await installPackage()
  other = await installPackage()
}, 120_000)
afterAll(() => Promise.all([installed.remove(), other.remove()]))
afterEach(endAll)

const job = (kind: string): string => `import { job, print } from 'millrace'
${kind === 'ts' ? "import { readEpochs } from 'millrace/files'\nimport { numbers } from './numbers.js'" : "import { numbers } from './numbers.mjs'"}
const made = await Promise.resolve('made')
export const loaded = job('loaded')
loaded.source('s', numbers).map((n) => [made, n, import.meta.url.startsWith('file:')]).to('out', print())
${kind === 'ts' ? 'export type { }\nexport const reader: unknown = readEpochs' : ''}`

const packages: [string, string | undefined][] = [
  ['no package.json', undefined],
  ['a package.json without a type', '{}'],
  ['a CommonJS package', '{"type":"commonjs"}'],
  ['an ES module package', '{"type":"module"}'],
]

describe('modules of a job', { timeout: 60_000 }, () => {
  test.each(packages)('CL11 are ES modules and share the engine of the command: %s', async (what, manifest) => {
    const folder = join(other.folder, what.replaceAll(/\W+/g, '-'))
    await mkdir(folder)
    if (manifest !== undefined) await writeFile(join(folder, 'package.json'), manifest)
    await writeFile(join(folder, 'numbers.ts'), 'export const numbers: readonly number[] = [1, 2]\n')
    await writeFile(join(folder, 'numbers.mjs'), 'export const numbers = [1, 2]\n')
    await writeFile(join(folder, 'loaded.ts'), job('ts'))
    await writeFile(join(folder, 'loaded.mjs'), job('mjs'))
    // The folder's own node_modules has another copy of the package, and the job must not get that one.
    for (const main of [installed.main, undefined]) {
      for (const file of ['loaded.ts', 'loaded.mjs']) {
        const { code, stdout, stderr } = await millrace(['run', file], { cwd: folder, main })
        expect([code, stdout], `${file}: ${stderr}`).toEqual([0, expect.stringContaining("out  [ 'made', 2, true ]\n")])
      }
    }
  })

  test('CL11 a CommonJS job runs with the command of its own project, and is refused by name with another', async () => {
    const text = `const { job, print } = require('millrace')
const j = job('required')
j.source('s', [1]).to('out', print())
module.exports = { j }`
    await writeFile(join(installed.folder, 'job.cjs'), text)
    await writeFile(join(other.folder, 'job.cjs'), text)
    const own = await millrace(['run', 'job.cjs'], { cwd: installed.folder, main: installed.main })
    expect([own.code, own.stdout]).toEqual([0, 'out  1\n'])
    const foreign = await millrace(['run', 'job.cjs'], { cwd: other.folder, main: installed.main })
    expect([foreign.code, foreign.stderr]).toEqual([2, expect.stringContaining('another copy of millrace has made')])
  })
})
