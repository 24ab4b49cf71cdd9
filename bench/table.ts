// The table at the end of a run.

import type { Line } from './measure.ts'

const headings = ['figure', 'value', 'unit', 'base', 'ratio', 'must', 'aim', 'spread', 'reached'] as const

export function table(lines: readonly Line[]): string {
  const rows = lines.map(cellsOf)
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)))
  const print = (cells: readonly string[]): string => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [print(headings), print(widths.map((width) => '-'.repeat(width))), ...rows.map(print)].join('\n')
}

function cellsOf({ id, value, unit, base, ratio, must, aim, ok, spread }: Line): string[] {
  const judged = ratio ?? value
  const reachesAim = must <= aim ? judged >= aim : judged <= aim
  const [least, greatest] = spread
  return [
    id,
    short(value),
    unit,
    base === null ? '' : short(base),
    ratio === null ? '' : `${ratio}`,
    `${must}`,
    `${aim}`,
    `${short(least)} to ${short(greatest)}`,
    ok ? (reachesAim ? 'aim' : 'must') : 'no',
  ]
}

function short(n: number): string {
  if (Math.abs(n) >= 1e6) return `${Number((n / 1e6).toPrecision(3))} M`
  if (Math.abs(n) >= 10_000) return `${Number((n / 1e3).toPrecision(3))} k`
  return `${n}`
}
