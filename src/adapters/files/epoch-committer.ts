// Makes staged parts visible, an epoch at a time: readers see the whole epoch or nothing of it.
//
// 1. Commit: link each part into a directory of this attempt's own, sync it, rename it to the epoch's name, sync that name. The rename is
//    what readers see. Only then do the staged parts go; an epoch whose directory is there is committed, whoever did it.
// 2. A deposed coordinator that commits the same epoch at the same time works in another directory; one of the renames fails, and both find
//    the epoch there.
// 3. What earlier attempts left is removed, never what belongs to a later one: this coordinator may be deposed and not know it yet.
// 4. A directory belongs to one sink of one job, says so in a file, and never holds an epoch beyond the restored checkpoint. What `recover`
//    refuses of that, `check` refuses without a change.

import { assert, MillraceError } from '../../model/errors.ts'
import type { Epoch } from '../../model/ids.ts'
import type { Json } from '../../model/manifest.ts'
import type { Disk } from '../../ports/disk.ts'
import type { Committer, SinkContext } from '../../ports/sink.ts'
import {
  attemptIn,
  commitDirectory,
  commitPrefix,
  epochDirectory,
  epochsIn,
  ownerFile,
  pendingDirectory,
  type StagedPart,
} from './epoch-directory.ts'

interface Owner {
  readonly job: string
  readonly sink: string
}

export class EpochCommitter implements Committer {
  readonly #disk: Disk
  readonly #directory: string
  readonly #context: SinkContext

  constructor(disk: Disk, directory: string, context: SinkContext) {
    this.#disk = disk
    this.#directory = directory
    this.#context = context
  }

  async check(restored: Epoch, committables: readonly Json[]): Promise<void> {
    const names = await this.#disk.list(this.#directory)
    await this.#isOwned(names)
    this.#checkEpochs(epochsIn(names), restored)
    await this.#checkStaged(restored, committables.map(stagedPartOf))
  }

  async recover(restored: Epoch, committables: readonly Json[]): Promise<void> {
    await this.#disk.syncDirectory(this.#directory)
    const names = await this.#disk.list(this.#directory)
    await this.#own(names)
    this.#checkEpochs(epochsIn(names), restored)
    await this.#checkStaged(restored, committables.map(stagedPartOf))
    await this.commit(restored, committables)
    const isLeft = (name: string): boolean => attemptIn(name) < this.#context.attempt
    for (const name of names) if (isLeft(name)) await this.#disk.remove(this.#path(name.replace('/', '')))
    // The directory stays: writers rely on its name being durable.
    const staged = await this.#disk.list(this.#path(pendingDirectory))
    for (const name of staged) if (isLeft(name)) await this.#disk.remove(this.#path(pendingDirectory, name))
  }

  async commit(epoch: Epoch, committables: readonly Json[]): Promise<void> {
    if (committables.length === 0) return
    const parts = committables.map(stagedPartOf)
    if (!(await this.#isVisible(epoch))) await this.#publish(epoch, parts)
    // Also for an epoch that was found there: its name may not be durable yet, and the parts must not go before.
    await this.#disk.syncDirectory(this.#directory)
    for (const { staged } of parts) await this.#disk.remove(this.#path(pendingDirectory, staged))
  }

  async #publish(epoch: Epoch, parts: readonly StagedPart[]): Promise<void> {
    const own = this.#path(commitDirectory(this.#context.attempt, epoch))
    try {
      await this.#disk.remove(own)
      for (const { staged, part } of parts) {
        const linked = await this.#disk.link(this.#path(pendingDirectory, staged), `${own}/${part}`)
        assert(linked, () => `epoch ${epoch} of sink "${this.#context.operator}" has two parts called ${part}`)
      }
      await this.#disk.syncDirectory(own)
      await this.#disk.rename(own, this.#path(epochDirectory(epoch)))
    } catch (thrown) {
      if (!(await this.#isVisible(epoch))) throw thrown
      await this.#disk.remove(own)
    }
  }

  async #isVisible(epoch: Epoch): Promise<boolean> {
    return (await this.#disk.list(this.#path(epochDirectory(epoch)))).length > 0
  }

  get #self(): Owner {
    return { job: this.#context.job, sink: this.#context.operator }
  }

  /** False where nobody owns it yet. */
  async #isOwned(names: readonly string[]): Promise<boolean> {
    const self = this.#self
    const owner = await this.#readOwner()
    if (owner !== undefined) {
      if (owner.job === self.job && owner.sink === self.sink) return true
      throw conflict(`${this.#directory} belongs to sink "${owner.sink}" of job "${owner.job}", not to "${self.sink}" of "${self.job}"`)
    }
    const foreign = names.find((name) => !name.startsWith('.'))
    if (foreign !== undefined) throw conflict(`${this.#directory} is not empty (${foreign}) and was not written by this job`)
    return false
  }

  async #own(names: readonly string[]): Promise<void> {
    if (await this.#isOwned(names)) return
    const draft = this.#path(`${commitPrefix}${this.#context.attempt}-owner`)
    await this.#disk.write(draft, new TextEncoder().encode(`${JSON.stringify(this.#self)}\n`), { sync: true })
    const taken = await this.#disk.link(draft, this.#path(ownerFile))
    await this.#disk.syncDirectory(this.#directory)
    await this.#disk.remove(draft)
    if (!taken) await this.#own(names)
  }

  async #readOwner(): Promise<Owner | undefined> {
    const bytes = await this.#disk.read(this.#path(ownerFile))
    if (bytes === undefined) return undefined
    const owner = parsed(new TextDecoder().decode(bytes))
    if (typeof owner?.job === 'string' && typeof owner.sink === 'string') return { job: owner.job, sink: owner.sink }
    throw conflict(`${this.#path(ownerFile)} does not say whose directory this is`)
  }

  #checkEpochs(epochs: readonly number[], restored: Epoch): void {
    const beyond = epochs.filter((epoch) => epoch > restored)
    if (beyond.length === 0) return
    const shown = beyond.length === 1 ? `epoch ${beyond[0]}` : `epochs ${beyond[0]} to ${beyond.at(-1)}`
    throw conflict(
      restored === 0
        ? `${this.#directory} holds output of an earlier run (${shown}), and this one starts from nothing`
        : `${this.#directory} holds ${shown}, beyond checkpoint ${restored} from which the job goes on`,
    )
  }

  /** Parts go when their epoch is visible: where they are not, it is, whoever made it so meanwhile. */
  async #checkStaged(restored: Epoch, parts: readonly StagedPart[]): Promise<void> {
    if (parts.length === 0) return
    const there = new Set(await this.#disk.list(this.#path(pendingDirectory)))
    const missing = parts.find(({ staged }) => !there.has(staged))
    if (missing === undefined || (await this.#isVisible(restored))) return
    throw new MillraceError(
      'OUTPUT_CONFLICT',
      `${this.#directory} has neither epoch ${restored} nor what was staged for it (${missing.staged}): checkpoint ${restored} was made with another directory. Give the sink that one, or start the job from an older checkpoint`,
    )
  }

  #path(...names: readonly string[]): string {
    return [this.#directory, ...names].join('/')
  }
}

function stagedPartOf(committable: Json): StagedPart {
  const { staged, part } = (committable ?? {}) as Partial<StagedPart>
  if (typeof staged === 'string' && typeof part === 'string' && /^\d+-\d+-\d+$/.test(staged) && /^part-\d+-\d+\.[a-z]+$/.test(part))
    return { staged, part }
  throw new MillraceError(
    'STATE_MISMATCH',
    `${JSON.stringify(committable)} names no staged part: the checkpoint was made by another kind of sink`,
  )
}

function parsed(text: string): Partial<Owner> | undefined {
  try {
    return JSON.parse(text) as Partial<Owner>
  } catch {
    return undefined
  }
}

function conflict(problem: string): MillraceError {
  return new MillraceError(
    'OUTPUT_CONFLICT',
    `${problem}. Give the sink another directory, or move this one away, or start the job from the checkpoint that it belongs to`,
  )
}
