// `npm run bench [-- <group or id>… --quick]`: measures the figures that are named, or all, one JSON line each, and prints a table at the end.
// With `--against flink,jet` it compares queries with other engines instead: see peers/against.ts.
//
// Ends with 1 when a process failed or results were wrong; a figure that is not reached is shown, not an error.

import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { build } from './build.ts'
import type { Figure, Size } from './figure.ts'
import { figures } from './figures.ts'
import { geomeanLine, geomeans } from './geomeans.ts'
import { type Line, measure } from './measure.ts'
import { compare } from './peers/against.ts'
import { table } from './table.ts'

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    pairs: { type: 'string' },
    against: { type: 'string' },
    forms: { type: 'boolean', default: false },
    record: { type: 'string' },
    scale: { type: 'string', default: '1' },
  },
})
const { quick } = options
const pairs = Number(options.pairs) || undefined

const environment = (): Record<string, unknown> => ({
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  load: Number(loadavg()[0]!.toFixed(1)),
  size: quick ? 'quick' : 'full',
})

if (options.against !== undefined) {
  const { against, forms: allForms, record } = options
  const scale = quick ? 0.02 : Number(options.scale)
  process.exit(await compare({ against, names, pairs: quick ? 1 : (pairs ?? 5), allForms, scale, record, environment, build }))
}

const unknown = names.filter((name) => !figures.some((figure) => isNamed(figure, name)))
if (unknown.length > 0) {
  console.error(`there is no figure or group ${unknown.join(', ')}: there are ${figures.map(({ id }) => id).join(', ')}`)
  process.exit(2)
}

function isNamed({ id }: Figure, name: string): boolean {
  return id === name || id.startsWith(`${name}/`)
}

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
for (const mean of geomeans) {
  const line = geomeanLine(mean, lines)
  if (line === undefined) continue
  console.log(JSON.stringify(line))
  if ('value' in line) lines.push(line)
}
console.log(table(lines))
process.exitCode = failures > 0 ? 1 : 0
