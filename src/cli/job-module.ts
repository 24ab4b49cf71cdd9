// Loads a module of the user and finds its job.
//
// 1. Whatever `millrace` the module imports is this copy of the package (resolve-hook.ts). JavaScript that would find it anyway needs no hook.
// 2. TypeScript goes through tsx. It is loaded only then, and not at all when the sources of the command line run through it already.
// 3. What the module throws is told with the place in the user's file; the stack stays in `cause`.

import { stat } from 'node:fs/promises'
import { createRequire, register } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isJob } from '../api/job.ts'
import type { Job } from '../api/job-types.ts'
import { MillraceError, messageOf } from '../model/errors.ts'
import { systemCode } from '../ports/io-error.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import { ownEntries, resolveHookUrl, runsFromSource } from './own-package.ts'
import type { HookData } from './resolve-hook.ts'
import { userPlace } from './user-place.ts'

/**
 * @param file as the user gave it
 * @param name of the job, where the module exports several
 * @throws USAGE when there is no such file or job; a CommandError for what the module throws while it loads
 */
export async function loadJob(file: string, name: string | undefined): Promise<Job> {
  const path = resolve(file)
  await checkFile(file, path)
  await prepare(path)
  return chooseJob(file, await load(file, path), name)
}

async function checkFile(file: string, path: string): Promise<void> {
  const found = await stat(path).then(
    (stats) => (stats.isDirectory() ? 'is a directory: give the file that exports the job' : undefined),
    (thrown: unknown) => (systemCode(thrown) === 'ENOENT' ? `is not there (looked for ${path})` : messageOf(thrown)),
  )
  if (found !== undefined) throw usage(`${file} ${found}`)
}

async function prepare(path: string): Promise<void> {
  const typeScript = /\.[cm]?tsx?$/.test(path)
  if (!typeScript && findsThisPackage(path)) return
  if (typeScript && !runsFromSource) {
    const tsx = await import('tsx/esm/api')
    tsx.register()
  }
  register<HookData>(resolveHookUrl, { data: { entries: ownEntries } })
}

/** Whether `millrace`, imported by that file, is this very package without a hook. */
function findsThisPackage(path: string): boolean {
  try {
    return pathToFileURL(createRequire(path).resolve('millrace')).href === ownEntries.millrace
  } catch {
    return false
  }
}

async function load(file: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (thrown) {
    const place = userPlace(thrown)
    const message = `${file} cannot be loaded: ${messageOf(thrown)}${hintFor(thrown)}${place === undefined ? '' : `\n  at ${place}`}`
    throw new CommandError(exitCodes.usage, thrown, message)
  }
}

function hintFor(thrown: unknown): string {
  const name = /^(__dirname|__filename|require|module|exports) is not defined/.exec(messageOf(thrown))?.[1]
  return name === undefined ? '' : `. TypeScript files of a job are ES modules, which have no ${name}: import, or use import.meta`
}

function chooseJob(file: string, module: Readonly<Record<string, unknown>>, name: string | undefined): Job {
  const exported = Object.entries(module).filter((entry): entry is [string, Job] => isJob(entry[1]))
  const jobs = [...new Set(exported.map(([, job]) => job))]
  const names = jobs.map((job) => job.name).join(', ')
  if (jobs.length === 0)
    throw usage(
      foreignJob(file, module) ?? `${file} exports no job: export what job('name') returned, as in export const hello = job('hello')`,
    )
  if (name === undefined) {
    if (jobs.length > 1) throw usage(`${file} exports several jobs: ${names}. Say which one with --job <name>`)
    return jobs[0]!
  }
  const named = jobs.filter((job) => job.name === name)
  if (named.length > 1) throw usage(`${file} exports several jobs called ${name}: a job's name is its own, give them different ones`)
  const found = named[0] ?? exported.find(([key]) => key === name)?.[1]
  if (found === undefined) throw usage(`${file} exports no job called ${name}: it has ${names}`)
  return found
}

/** Something that looks like a job of another copy of this package, which a CommonJS module can bring along. */
function foreignJob(file: string, module: Readonly<Record<string, unknown>>): string | undefined {
  const foreign = Object.values(module).some((value) => (value as object | null)?.constructor?.name === 'DefinedJob')
  if (!foreign) return undefined
  return `${file} exports a job that another copy of millrace has made: make the file an ES module, or run it with the millrace of its own project (npx millrace)`
}

const usage = (message: string): MillraceError => new MillraceError('USAGE', message)
