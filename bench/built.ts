// Where the built benchmark is. Apart from build.ts, whose compiler takes half a second to load, which every process that measures would pay.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const built = join(root, 'bench', 'dist')
/** What runs one figure. */
export const childFile = join(built, 'dist', 'bench', 'child.js')
