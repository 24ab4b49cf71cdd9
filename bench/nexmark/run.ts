// `npx tsx bench/nexmark/run.ts [q0 q5 … --events=1000000]`: each query on one thread, in a process of its own, a JSON line each.
//
// Ends with 1 when a query failed, or did not give the published result where there is one.

import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { build } from '../build.ts'
import { childFile } from '../built.ts'
import { expectedAt } from './expected.ts'
import { queries } from './queries.ts'

const args = process.argv.slice(2)
const events = Number(args.find((arg) => arg.startsWith('--events='))?.slice('--events='.length) ?? expectedAt)
const all = [...queries.map(({ id }) => id), 'q10']
const named = args.filter((arg) => !arg.startsWith('--'))
const unknown = named.filter((id) => !all.includes(id))
if (unknown.length > 0 || !Number.isSafeInteger(events) || events < 1) {
  console.error(
    unknown.length > 0 ? `there is no query ${unknown.join(', ')}: there are ${all.join(', ')}` : '--events takes a whole number',
  )
  process.exit(2)
}

build()
const file = join(dirname(childFile), 'nexmark', 'one.js')
let failures = 0
for (const id of named.length > 0 ? named : all) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', file, id, `${events}`], { encoding: 'utf8' })
  if (status !== 0) {
    failures++
    console.error(`${id}: the process ended with ${status}\n${stderr}`)
    continue
  }
  console.log(stdout.trimEnd())
  if ((JSON.parse(stdout) as { asPublished?: boolean }).asPublished === false) failures++
}
process.exitCode = failures > 0 ? 1 : 0
