#!/usr/bin/env node
// The entry of the command `millrace`: runs the command line, tells what went wrong in one message, and ends the process.
//
// Everything else is loaded by the command that needs it, so that `--help` and a first result come fast. The process is ended, not left to
// end: a job's own connections must not keep it alive.

import { runCommandLine } from './program.ts'
import { tellFailure } from './tell-failure.ts'

process.on('uncaughtException', (thrown) => process.exit(tellFailure(thrown)))
// A terminal or a pipe that is gone takes no message; there is nobody left to be told.
process.stderr.on('error', () => process.exit(1))

try {
  process.exitCode = await runCommandLine(process.argv.slice(2))
} catch (thrown) {
  process.exitCode = tellFailure(thrown)
}
process.stdout.write('', () => process.stderr.write('', () => process.exit()))
