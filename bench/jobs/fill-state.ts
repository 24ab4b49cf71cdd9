// `node fill-state.js <directory> <keys>`: leaves a checkpoint of that many keys behind, for state/restore.

import { join } from 'millrace'
import { onWrite, sumsJob } from '../state/sums.ts'

const [state, count] = process.argv.slice(2)
const keys = Number(count)
let written = 0
let done!: () => void
const all = new Promise<void>((resolve) => {
  done = resolve
})
const sink = onWrite((_, length) => {
  written += length
  if (written === keys) done()
})
const node = await join(sumsJob(keys, { burst: keys, perSecond: 0 }, sink), { state: state! })
await all
await node.close()
