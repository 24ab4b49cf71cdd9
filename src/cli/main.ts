#!/usr/bin/env node
// The entry of the command `millrace`: runs the command line, tells what went wrong in one message, and ends the process.
//
// Everything else is loaded by the command that needs it, so that `--help` and a first result come fast. The process is ended, not left to
// end: a job's own connections must not keep it alive.

import { exitCodes } from './exit-codes.ts'
import { runCommandLine } from './program.ts'
import { tellFailure, uncaught } from './tell-failure.ts'

process.on('uncaughtException', (thrown) => process.exit(tellFailure(uncaught(thrown))))
// A terminal or a pipe that is gone takes no message. Without standard error there is nobody left to be told; that nobody reads standard
// output is no failure of what was written (`| head`).
process.stderr.on('error', () => process.exit(exitCodes.failed))
process.stdout.on('error', () => undefined)

try {
  process.exitCode = await runCommandLine(process.argv.slice(2))
} catch (thrown) {
  process.exitCode = tellFailure(thrown)
}
process.stdout.write('', () => process.stderr.write('', () => process.exit()))
