// The command `npm run sim`: many seeds, one seed, or a replay of a failing run.

import { simulate } from './simulate.ts'

const from = Number(process.argv[2] ?? 0)
const count = Number(process.argv[3] ?? 100)
const cpu = process.cpuUsage()
let bad = 0
for (let seed = from; seed < from + count; seed++) {
  const verdict = await simulate(seed)
  if (verdict.problems.length > 0) {
    bad++
    console.log(seed, verdict.hash, verdict.problems.join(' | ').slice(0, 400), JSON.stringify(verdict.shape.branches), verdict.shape.steps.join())
  }
}
const used = process.cpuUsage(cpu)
console.log(`${count} seeds, ${bad} bad, ${(used.user + used.system) / 1e3 / count} ms of CPU a seed`)
