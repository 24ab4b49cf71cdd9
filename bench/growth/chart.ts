// One curve as SVG: two lines over an axis, legible on light and on dark ground.

export interface Series {
  readonly name: string
  readonly isDashed: boolean
  readonly values: readonly number[]
}

export interface Chart {
  readonly title: string
  readonly axis: string
  readonly xs: readonly number[]
  /** Else the axis begins at 0. */
  readonly isLogarithmic: boolean
  readonly series: readonly Series[]
}

const width = 640
const height = 320
const plot = { left: 64, right: 624, top: 44, bottom: 264 }
/** A greatest value of so many times the least is drawn on a logarithmic axis. */
const logarithmicFrom = 12

const style = [
  'text { font: 13px system-ui, sans-serif; fill: #333 }',
  '.title { font-weight: 600; font-size: 15px }',
  '.grid { stroke: #ddd }',
  '.cpu { stroke: #0b62b8; fill: #0b62b8 }',
  '.wall { stroke: #b4500b; fill: #b4500b }',
  '.line { fill: none; stroke-width: 2 }',
  '@media (prefers-color-scheme: dark) { text { fill: #ccc } .grid { stroke: #444 } .cpu { stroke: #6cb2ff; fill: #6cb2ff } .wall { stroke: #ffa45c; fill: #ffa45c } }',
].join('\n')

interface Scale {
  readonly ticks: readonly number[]
  /** 0 to 1. */
  at(value: number): number
}

/** 1, 2 or 5 times a power of ten, so that there are about five steps. */
function stepOf(greatest: number): number {
  const rough = greatest / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= rough)!
}

function linear(greatest: number): Scale {
  const step = stepOf(greatest)
  const count = Math.ceil(greatest / step)
  return { ticks: Array.from({ length: count + 1 }, (_, i) => i * step), at: (value) => value / (count * step) }
}

function logarithmic(least: number, greatest: number, ticks: readonly number[]): Scale {
  const [from, to] = [Math.log(least), Math.log(greatest)]
  return { ticks, at: (value) => (Math.log(value) - from) / (to - from) }
}

/** Powers of ten around all values. */
function decades(values: readonly number[]): Scale {
  const from = Math.floor(Math.log10(Math.min(...values)))
  const to = Math.ceil(Math.log10(Math.max(...values)))
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i))
  return logarithmic(ticks[0]!, ticks.at(-1)!, ticks)
}

function scaleOfValues(values: readonly number[]): Scale {
  const greatest = Math.max(...values)
  return greatest / Math.min(...values) >= logarithmicFrom ? decades(values) : linear(greatest)
}

const short = (n: number): string => (n >= 1e6 ? `${n / 1e6} M` : n >= 1e4 ? `${n / 1e3} k` : `${n}`)
const fixed = (n: number): string => n.toFixed(1)

export function drawn({ title, axis, xs, isLogarithmic, series }: Chart): string {
  const xScale = isLogarithmic ? logarithmic(xs[0]!, xs.at(-1)!, xs) : { ...linear(xs.at(-1)!), ticks: xs }
  const yScale = scaleOfValues(series.flatMap(({ values }) => values))
  const x = (value: number): number => plot.left + xScale.at(value) * (plot.right - plot.left)
  const y = (value: number): number => plot.bottom - yScale.at(value) * (plot.bottom - plot.top)
  const text = (at: readonly [number, number], anchor: string, content: string, kind = ''): string =>
    `<text x="${fixed(at[0])}" y="${fixed(at[1])}" text-anchor="${anchor}"${kind}>${content}</text>`
  const lines = series.flatMap(({ name, isDashed, values }, i) => {
    const kind = i === 0 ? 'cpu' : 'wall'
    const points = values.map((value, at) => [x(xs[at]!), y(value)] as const)
    const legend = plot.right - 130 * (series.length - i)
    return [
      `<polyline class="line ${kind}"${isDashed ? ' stroke-dasharray="6 4"' : ''} points="${points.map((p) => p.map(fixed).join(',')).join(' ')}"/>`,
      ...points.map(([px, py]) => `<circle class="${kind}" cx="${fixed(px)}" cy="${fixed(py)}" r="3"/>`),
      `<line class="line ${kind}"${isDashed ? ' stroke-dasharray="6 4"' : ''} x1="${legend}" y1="21" x2="${legend + 28}" y2="21"/>`,
      text([legend + 34, 26], 'start', name),
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ns a record over ${axis}">`,
    `<style>${style}</style>`,
    text([plot.left, 26], 'start', title, ' class="title"'),
    ...yScale.ticks.flatMap((tick) => [
      `<line class="grid" x1="${plot.left}" y1="${fixed(y(tick))}" x2="${plot.right}" y2="${fixed(y(tick))}"/>`,
      text([plot.left - 8, y(tick) + 4], 'end', short(tick)),
    ]),
    ...xScale.ticks.map((tick) => text([x(tick), plot.bottom + 20], 'middle', short(tick))),
    text([(plot.left + plot.right) / 2, plot.bottom + 44], 'middle', axis),
    `<text transform="translate(16 ${(plot.top + plot.bottom) / 2}) rotate(-90)" text-anchor="middle">ns a record</text>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
}
