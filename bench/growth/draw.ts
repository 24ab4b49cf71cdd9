// `npx tsx bench/growth/draw.ts <lines> <folder>`: draws the curves of a run of `npm run bench -- growth` whose output is in the file
// <lines>, one SVG each.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Chart, drawn } from './chart.ts'

interface Line {
  readonly id: string
  readonly detail: Readonly<Record<string, number>>
}

const titles: Readonly<Record<string, Pick<Chart, 'title' | 'axis' | 'isLogarithmic'>>> = {
  keys: { title: 'Keys', axis: 'keys of a tumbling count', isLogarithmic: true },
  slide: { title: 'Sliding windows', axis: 'windows that hold a record (size ÷ slide)', isLogarithmic: true },
  parallelism: { title: 'Parallelism', axis: 'subtasks of each operator, on two threads', isLogarithmic: true },
  chain: { title: 'Length of a chain', axis: 'maps in a row', isLogarithmic: false },
  width: { title: 'Width of a record', axis: 'fields of a record, half of them sent to another thread', isLogarithmic: false },
  late: { title: 'Late records', axis: 'share of records that are late and dropped, %', isLogarithmic: false },
}

/** The points of a line, in the order of their places. */
function chartOf({ id, detail }: Line): Chart | undefined {
  const about = titles[id.replace('growth/', '')]
  if (about === undefined) return undefined
  const xs = Object.keys(detail).flatMap((name) => (name.startsWith('cpu ') ? [Number(name.slice(4))] : []))
  const values = (kind: string): number[] => xs.map((x) => detail[`${kind} ${x}`]!)
  return {
    ...about,
    xs,
    series: [
      { name: 'CPU time', isDashed: false, values: values('cpu') },
      { name: 'clock', isDashed: true, values: values('wall') },
    ],
  }
}

function draw(file: string, folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (!text.startsWith('{')) continue
    const line = JSON.parse(text) as Line
    const chart = chartOf(line)
    if (chart !== undefined) writeFileSync(join(folder, `${line.id.replace('growth/', '')}.svg`), drawn(chart))
  }
}

const [file, folder] = process.argv.slice(2)
if (file !== undefined && folder !== undefined) draw(file, folder)
