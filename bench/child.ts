// One side of one figure, in a process of its own: `node child.js <id> <base | engine> <full | quick>`. The last line says how it went.

import type { Outcome, Size } from './figure.ts'
import { figures } from './figures.ts'

const [id, side, size] = process.argv.slice(2)
const figure = figures.find((one) => one.id === id)
const run = side === 'base' ? figure?.base : figure?.engine
if (run === undefined) throw new Error(`there is no figure ${id} with side ${side}`)
const outcome: Outcome = await run(size as Size)
console.log(JSON.stringify(outcome))
process.exit(0)
