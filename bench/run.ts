// `npm run bench [-- <group or id>… --quick]`: measures the figures that are named, or all, one JSON line each, and prints a table at the end.
//
// Ends with 1 when a process failed or results were wrong; a figure that is not reached is shown, not an error.

import { cpus, loadavg } from 'node:os'
import { build } from './build.ts'
import type { Figure, Size } from './figure.ts'
import { figures } from './figures.ts'
import { type Line, measure } from './measure.ts'
import { table } from './table.ts'

const args = process.argv.slice(2)
const quick = args.includes('--quick')
const pairs = Number(args.find((arg) => arg.startsWith('--pairs='))?.slice('--pairs='.length)) || undefined
const names = args.filter((arg) => !arg.startsWith('--'))
const unknown = names.filter((name) => !figures.some((figure) => isNamed(figure, name)))
if (unknown.length > 0) {
  console.error(`there is no figure or group ${unknown.join(', ')}: there are ${figures.map(({ id }) => id).join(', ')}`)
  process.exit(2)
}

function isNamed({ id }: Figure, name: string): boolean {
  return id === name || id.startsWith(`${name}/`)
}

const environment = (): Record<string, unknown> => ({
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  load: Number(loadavg()[0]!.toFixed(1)),
  size: quick ? 'quick' : 'full',
})

build()
const chosen = figures.filter((figure) => names.length === 0 || names.some((name) => isNamed(figure, name)))
const lines: Line[] = []
let failures = 0

async function measureNext(queue: Figure[]): Promise<void> {
  for (let figure = queue.shift(); figure !== undefined; figure = queue.shift()) {
    try {
      const line = await measure(figure, (quick ? 'quick' : 'full') satisfies Size, environment(), pairs)
      lines.push(line)
      console.log(JSON.stringify(line))
    } catch (error) {
      failures++
      console.error(error instanceof Error ? error.message : error)
    }
  }
}

// Times count only where nothing else runs; a quick run looks at results.
const queue = [...chosen]
await Promise.all(Array.from({ length: quick ? 3 : 1 }, () => measureNext(queue)))
const order = new Map(figures.map(({ id }, i) => [id, i]))
lines.sort((a, b) => order.get(a.id)! - order.get(b.id)!)
console.log(table(lines))
process.exitCode = failures > 0 ? 1 : 0
