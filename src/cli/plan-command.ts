// `millrace plan`: the plan of a job on standard output, and nothing else there.

import { drawMermaid, drawText, planJson } from '../plan/draw.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { loadJob } from './job-module.ts'
import type { PlanCommandOptions } from './options.ts'
import { takeStandardOutput } from './own-output.ts'

const formats = { text: drawText, mermaid: drawMermaid, json: planJson } as const

export async function planCommand(file: string, options: PlanCommandOptions): Promise<ExitCode> {
  const output = takeStandardOutput()
  try {
    const job = await loadJob(file, options.job)
    output.write(formats[options.format](job.plan({ parallelism: options.parallelism })))
  } finally {
    output.close()
  }
  return exitCodes.done
}
