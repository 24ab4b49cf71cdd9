// The trivial job of start/first-result: run by a program of its own.

import { job, join, print } from 'millrace'

const trivial = job('trivial')
trivial
  .source('numbers', [1, 2, 3])
  .map((n) => 2 * n)
  .to('out', print())
const node = await join(trivial)
await node.done
