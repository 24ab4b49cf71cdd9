// `npm run bench [-- <group or id>… --quick]`: measures the figures that are named, or all, one JSON line each, and prints a table at the end.
// With `--against flink,jet` it compares queries with other engines instead: see peers/against.ts.
//
// Ends with 1 when a process failed or results were wrong; a figure that is not reached is shown, not an error.

import { cpus, loadavg } from 'node:os'
import { build } from './build.ts'
import { endOnSignals, isBrokenOff } from './children.ts'
import type { Figure } from './figure.ts'
import { figures } from './figures.ts'
import { geomeanLine, geomeans } from './geomeans.ts'
import { type Line, measure } from './measure.ts'
import { readOptions } from './options.ts'
import { compare } from './peers/against.ts'
import { table } from './table.ts'

function refuse(what: string): never {
  console.error(what)
  process.exit(2)
}

const read = readOptions(process.argv.slice(2))
const options = typeof read === 'string' ? refuse(read) : read
const { names, size, pairs } = options

const environment = (): Record<string, unknown> => ({
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  load: Number(loadavg()[0]!.toFixed(1)),
  size,
})

endOnSignals()

function isNamed({ id }: Figure, name: string): boolean {
  return id === name || id.startsWith(`${name}/`)
}

/** @returns the exit code */
async function measureFigures(): Promise<number> {
  const unknown = names.filter((name) => !figures.some((figure) => isNamed(figure, name)))
  if (unknown.length > 0) refuse(`there is no figure or group ${unknown.join(', ')}: there are ${figures.map(({ id }) => id).join(', ')}`)
  build()
  const chosen = figures.filter((figure) => names.length === 0 || names.some((name) => isNamed(figure, name)))
  const lines: Line[] = []
  let failures = 0
  const measureNext = async (queue: Figure[]): Promise<void> => {
    for (let figure = queue.shift(); figure !== undefined; figure = queue.shift()) {
      try {
        const line = await measure(figure, size, environment(), pairs)
        lines.push(line)
        console.log(JSON.stringify(line))
      } catch (error) {
        if (isBrokenOff()) throw error
        failures++
        console.error(error instanceof Error ? error.message : error)
      }
    }
  }
  // Times count only where nothing else runs; a quick run looks at results.
  const queue = [...chosen]
  await Promise.all(Array.from({ length: size === 'quick' ? 3 : 1 }, () => measureNext(queue)))
  const order = new Map(figures.map(({ id }, i) => [id, i]))
  lines.sort((a, b) => order.get(a.id)! - order.get(b.id)!)
  for (const mean of geomeans) {
    const line = geomeanLine(mean, lines)
    if (line === undefined) continue
    console.log(JSON.stringify(line))
    if ('value' in line) lines.push(line)
  }
  console.log(table(lines))
  return failures > 0 ? 1 : 0
}

function comparePeers(against: string): Promise<number> {
  return compare({ ...options, against, pairs: size === 'quick' ? 1 : (pairs ?? 5), environment, build })
}

try {
  process.exit(await (options.against === undefined ? measureFigures() : comparePeers(options.against)))
} catch (error) {
  // What fails because it was broken off is no failure: the process ends as soon as its children have.
  if (!isBrokenOff()) throw error
}
