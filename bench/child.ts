// One figure in a process of its own: `node child.js <id> <base | engine | both> <full | quick>`. Each side that was run is a line of JSON at
// the end of the output, the base first.

import type { Size } from './figure.ts'
import { figures } from './figures.ts'

const [id, sides = 'both', size] = process.argv.slice(2)
const figure = figures.find((one) => one.id === id)
if (figure === undefined) throw new Error(`there is no figure ${id}`)
for (const side of ['base', 'engine'] as const) {
  const run = sides === side || sides === 'both' ? figure[side] : undefined
  if (run !== undefined) console.log(JSON.stringify(await run(size as Size)))
}
process.exit(0)
