// Where this copy of the package lies: from its sources as well as from its build.

import { readFileSync } from 'node:fs'

/** `.ts` when the sources run, `.js` when the build does. */
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
export const runsFromSource = extension === '.ts'

const ownFile = (path: string): string => new URL(`../${path}${extension}`, import.meta.url).href

/** URL of the folder that holds the engine. */
export const ownFolder = new URL('../', import.meta.url).href

/** What a job imports of this package, and the file that it means. */
export const ownEntries: Readonly<Record<string, string>> = {
  millrace: ownFile('index'),
  'millrace/files': ownFile('files'),
  'millrace/testing': ownFile('testing'),
}

export const resolveHookUrl = ownFile('cli/resolve-hook')

export function packageVersion(): string {
  const file = new URL(runsFromSource ? '../../package.json' : '../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}
