// `millrace plan`: the plan of a job on standard output.

import { drawMermaid, drawText, planJson } from '../plan/draw.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { loadJob } from './job-module.ts'
import type { PlanCommandOptions } from './program.ts'

const formats = { text: drawText, mermaid: drawMermaid, json: planJson } as const

export async function planCommand(file: string, options: PlanCommandOptions): Promise<ExitCode> {
  const job = await loadJob(file, options.job)
  process.stdout.write(formats[options.format](job.plan({ parallelism: options.parallelism })))
  return exitCodes.done
}
