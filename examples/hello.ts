// hello.ts: page views per minute. No broker needed: npx millrace run hello.ts
import { job, print, tumbling } from 'millrace'

const clicks = [
  { page: '/home', ts: 1_000 },
  { page: '/home', ts: 20_000 },
  { page: '/buy', ts: 61_000 },
]

export const hello = job('hello')
hello
  .source('clicks', clicks, { timestamp: (click) => click.ts })
  .keyBy((click) => click.page)
  .window(tumbling('1 min'))
  .aggregate('views', { init: () => 0, add: (n) => n + 1, result: (n, { key, window }) => ({ page: key, views: n, until: window.end }) })
  .to('out', print())
