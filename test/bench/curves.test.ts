// Curves as drawings: where points are, and what a reader sees besides.

import { expect, test } from 'vitest'
import { type Chart, drawn } from '../../bench/growth/chart.ts'

const chart = (over: Partial<Chart>): Chart => ({
  title: 'Keys',
  axis: 'keys of a count',
  xs: [10, 100, 1_000],
  isLogarithmic: true,
  series: [{ name: 'CPU time', isDashed: false, values: [10, 20, 40] }],
  ...over,
})

function places(svg: string): number[][] {
  const [, points = ''] = /<polyline[^>]* points="([^"]*)"/.exec(svg) ?? []
  return points.split(' ').map((point) => point.split(',').map(Number))
}

test('BE37 points have their places: even steps of a logarithmic axis, heights from 0', () => {
  const [first, second, third] = places(drawn(chart({}))) as [number[], number[], number[]]
  expect(second[0]! - first[0]!).toBeCloseTo(third[0]! - second[0]!, 0)
  expect(third[1]! - second[1]!).toBeCloseTo(2 * (second[1]! - first[1]!), 0)
  const [a, b, c] = places(drawn(chart({ isLogarithmic: false, xs: [0, 25, 100] }))) as [number[], number[], number[]]
  expect(c[0]! - b[0]!).toBeCloseTo(3 * (b[0]! - a[0]!), 0)
})

test('BE37 values of several orders of magnitude are on a logarithmic axis', () => {
  const [first, second, third] = places(drawn(chart({ series: [{ name: 'clock', isDashed: true, values: [10, 100, 1_000] }] }))) as [
    number[],
    number[],
    number[],
  ]
  expect(third[1]! - second[1]!).toBeCloseTo(second[1]! - first[1]!, 0)
})

test('BE37 a drawing says what it shows, and has colours for light and dark ground and no ground of its own', () => {
  const svg = drawn(chart({}))
  for (const text of ['>Keys<', '>keys of a count<', '>ns a record<', '>CPU time<', 'prefers-color-scheme: dark'])
    expect(svg).toContain(text)
  expect(svg).not.toContain('<rect')
})
