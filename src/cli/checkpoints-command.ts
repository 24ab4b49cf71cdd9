// `millrace checkpoints`: lists the checkpoints of a state directory, verifies them, explains one.

import { createColors } from 'picocolors'
import { systemClock } from '../adapters/system/clock.ts'
import { MillraceError } from '../model/errors.ts'
import { type ListedCheckpoint, type Listing, listCheckpoints } from './checkpoint-list.ts'
import { existingStore } from './existing-store.ts'
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts'
import { instant, size, span } from './figures.ts'
import type { CheckpointsCommandOptions } from './options.ts'

export async function checkpointsCommand(directory: string, options: CheckpointsCommandOptions): Promise<ExitCode> {
  const store = await existingStore(directory)
  const listing = await listCheckpoints(store, options.verify === true)
  if (options.explain !== undefined) {
    const { explainCheckpoint } = await import('./checkpoint-text.ts')
    process.stdout.write(await explainCheckpoint(store, chosen(listing, options.explain, directory)))
  } else if (options.json === true) process.stdout.write(listingJson(listing))
  else process.stdout.write(listingText(listing, directory, systemClock().now(), options.verify === true))
  return endWith(listing, options)
}

function chosen(listing: Listing, number: number, directory: string): ListedCheckpoint {
  const found = listing.checkpoints.find(({ epoch }) => epoch === number)
  if (found !== undefined) return found
  const known = listing.checkpoints.map(({ epoch }) => epoch).join(', ')
  throw new MillraceError('USAGE', `${directory} has no checkpoint ${number}: ${known === '' ? 'it has none' : `it has ${known}`}`)
}

/** Damage is an error, told behind the listing. Of an explained checkpoint only its own counts. */
function endWith({ checkpoints, logDamage }: Listing, { explain }: CheckpointsCommandOptions): ExitCode {
  if (logDamage !== undefined) throw new CommandError(exitCodes.refused, undefined, logDamage)
  const damaged = checkpoints.filter(({ damage, epoch }) => damage !== undefined && (explain === undefined || explain === epoch))
  if (damaged.length === 0) return exitCodes.done
  const what = damaged.map(({ epoch, damage }) => `checkpoint ${epoch} is damaged: ${damage}`).join('\n       ')
  throw new CommandError(exitCodes.refused, undefined, what)
}

function listingText(listing: Listing, directory: string, now: number, verified: boolean): string {
  const { checkpoints } = listing
  if (checkpoints.length === 0) {
    const importing = listing.importing === undefined ? '' : `\n${endOf(listing, undefined)}`
    return `${directory} holds no checkpoints${listing.empty ? ' yet' : ''}${importing}\n`
  }
  const newest = checkpoints.findLast(({ standing }) => standing === 'complete')
  const job = newest?.manifest?.job ?? checkpoints.find(({ manifest }) => manifest !== undefined)?.manifest?.job
  const rows = [
    ['checkpoint', 'taken', 'age', 'size', 'kind', 'standing'],
    ...checkpoints.map(({ epoch, manifest, bytes, standing, damage }) => [
      String(epoch),
      manifest === undefined ? '?' : instant(manifest.createdAt),
      manifest === undefined ? '?' : span(now - manifest.createdAt),
      bytes === undefined ? '?' : size(bytes),
      manifest?.savepoint === true ? 'savepoint' : 'checkpoint',
      damage === undefined ? `${standing}${verified ? ', verified' : ''}` : `${standing}, damaged`,
    ]),
  ]
  return [`${job === undefined ? 'checkpoints' : `job ${job}`} in ${directory}`, ...table(rows), endOf(listing, newest), ''].join('\n')
}

function table(rows: readonly (readonly string[])[]): string[] {
  const { dim, red } = createColors(process.stdout.isTTY === true && process.env.NO_COLOR === undefined)
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row, i) => {
    const line = row.map((cell, column) => (column === 5 ? cell : cell.padStart(widths[column]!))).join('  ')
    return i === 0 ? dim(line) : row[5]!.endsWith('damaged') ? red(line) : line
  })
}

function endOf({ stopped, importing, logDamage }: Listing, newest: ListedCheckpoint | undefined): string {
  if (logDamage !== undefined) return 'Which of them count is not known: the log cannot be read, and no run begins before it can.'
  if (importing !== undefined) return `Checkpoint ${importing} is being brought in from another directory, or that was broken off.`
  if (stopped?.finished === true) return `The job has finished, at checkpoint ${stopped.epoch}.`
  if (newest === undefined) return 'None is complete: a run begins from nothing.'
  const why = stopped === undefined ? 'The job is running, or died' : `The job was stopped at checkpoint ${stopped.epoch}`
  return `${why}; a run goes on from checkpoint ${newest.epoch}.`
}

function listingJson({ checkpoints, stopped, logDamage }: Listing): string {
  const listed = checkpoints.map(({ epoch, standing, manifest, bytes, damage }) => ({
    checkpoint: epoch,
    standing,
    damage: damage ?? null,
    job: manifest?.job ?? null,
    takenAt: manifest?.createdAt ?? null,
    bytes: bytes ?? null,
    savepoint: manifest?.savepoint ?? null,
  }))
  return `${JSON.stringify({ checkpoints: listed, stopped: stopped ?? null, logDamage: logDamage ?? null }, null, 2)}\n`
}
