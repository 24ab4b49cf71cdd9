// How a coordinator begins: from the log to the checkpoint to restore, to the list of splits. Reads only; nothing is written or deployed.
//
// Where newer checkpoints are to become void, every sink that commits is asked first whether it could go on from the older one: a refusal
// leaves the log as it is.
//
// It ends in one of three ways: 'ready' with all that a deployment needs, 'already' when the log says that the job is finished and the last
// checkpoint does not say that it was another job, or 'failed'.

import { asMillraceError, type MillraceError } from '../model/errors.ts'
import { type Epoch, epoch, type OperatorId } from '../model/ids.ts'
import type { Manifest, SplitProgress } from '../model/manifest.ts'
import type { CoordinatorConfig, CoordinatorEffect, CoordinatorEvent } from './coordinator-types.ts'
import { importUnfinished } from './import-log.ts'
import { type CheckpointFact, chooseRestore, type LogView, readView } from './log.ts'
import { checkOwner, checkRestore } from './restore-check.ts'
import { mergeSplits, type SplitLists } from './splits.ts'

export type OpeningEvent = Extract<CoordinatorEvent, { type: 'log-read' | 'manifest-read' | 'splits' | 'sink-checked' | 'opening-failed' }>

export type OpeningResult =
  | { readonly kind: 'ready'; readonly opened: Opened }
  | { readonly kind: 'already'; readonly epoch: Epoch }
  | { readonly kind: 'failed'; readonly error: MillraceError }
  | undefined

export interface Opened {
  readonly view: LogView
  readonly restore: Manifest | undefined
  /** Checkpoints from here on are to be declared void before anything is deployed. */
  readonly voidFrom: Epoch | undefined
  readonly splits: SplitLists
}

export class Opening {
  readonly #config: CoordinatorConfig
  readonly #facts = new Map<Epoch, CheckpointFact>()
  readonly #manifests = new Map<Epoch, Manifest>()
  #view: LogView | undefined
  #restore: Manifest | undefined
  #voidFrom: Epoch | undefined
  /** The newest checkpoint is read only to see whose it is: another job's is neither finished with nor made void. */
  #asksOwner = false
  #opened: Opened | undefined
  /** Sinks that have not yet said whether they could go on. */
  readonly #unchecked = new Set<OperatorId>()

  constructor(config: CoordinatorConfig) {
    this.#config = config
  }

  handle(event: OpeningEvent, out: CoordinatorEffect[]): OpeningResult {
    try {
      switch (event.type) {
        case 'log-read':
          this.#view = readView(event.facts)
          return this.#resume(out)
        case 'manifest-read':
          return this.#read(event, out)
        case 'splits':
          this.#opened = this.#openedWith(event.splits)
          this.#askSinks(this.#opened, out)
          return this.#readyIfChecked()
        case 'sink-checked':
          this.#unchecked.delete(event.sink)
          return this.#readyIfChecked()
        case 'opening-failed':
          return { kind: 'failed', error: event.error }
      }
    } catch (thrown) {
      return { kind: 'failed', error: asMillraceError(thrown, 'INVARIANT') }
    }
  }

  #resume(out: CoordinatorEffect[]): OpeningResult {
    const { complete, stopped, importing } = this.#view!
    const { fresh, from } = this.#config
    if (importing !== undefined) return { kind: 'failed', error: importUnfinished(importing) }
    if (!fresh && (stopped?.finished !== true || from !== undefined)) return this.#choose(out)
    const last = complete.at(-1)
    if (last === undefined) return this.#withoutRestore(out)
    this.#asksOwner = true
    out.push({ type: 'read-manifest', epoch: last.epoch, checksum: last.checksum })
    return undefined
  }

  /** The job begins from nothing, or has finished already. */
  #withoutRestore(out: CoordinatorEffect[]): OpeningResult {
    const { complete, stopped } = this.#view!
    if (!this.#config.fresh) return { kind: 'already', epoch: stopped!.epoch }
    if (complete.length > 0) this.#voidFrom = epoch(1)
    out.push({ type: 'discover-splits', known: {} })
    return undefined
  }

  #choose(out: CoordinatorEffect[]): OpeningResult {
    const decision = chooseRestore(this.#view!, this.#facts, this.#config.committing.size > 0, this.#config.from)
    switch (decision.kind) {
      case 'read':
        out.push({ type: 'read-manifest', epoch: decision.checkpoint.epoch, checksum: decision.checkpoint.checksum })
        return undefined
      case 'refuse':
        return { kind: 'failed', error: decision.error }
      case 'nothing':
        out.push({ type: 'discover-splits', known: {} })
        return undefined
      case 'restore': {
        this.#voidFrom = decision.voidFrom
        this.#restore = this.#manifests.get(decision.checkpoint.epoch)!
        const misfit = checkRestore(this.#restore, this.#config)
        if (misfit !== undefined) return { kind: 'failed', error: misfit }
        out.push({ type: 'discover-splits', known: this.#restore.sources })
        return undefined
      }
    }
  }

  #read(event: Extract<OpeningEvent, { type: 'manifest-read' }>, out: CoordinatorEffect[]): OpeningResult {
    const { manifest } = event
    if (this.#asksOwner) {
      const other = manifest === undefined ? undefined : checkOwner(manifest, this.#config)
      return other === undefined ? this.#withoutRestore(out) : { kind: 'failed', error: other }
    }
    const sinksCommit = manifest === undefined || Object.values(manifest.committables).some((staged) => staged.length > 0)
    this.#facts.set(event.epoch, {
      damage: manifest === undefined ? (event.damage ?? 'its manifest is missing') : event.damage,
      sinksCommit,
    })
    if (manifest !== undefined) this.#manifests.set(event.epoch, manifest)
    if (event.damage !== undefined) out.push({ type: 'say', level: 'warn', text: `checkpoint ${event.epoch} is damaged: ${event.damage}` })
    return this.#choose(out)
  }

  #askSinks({ view, restore, voidFrom }: Opened, out: CoordinatorEffect[]): void {
    if (voidFrom === undefined) return
    for (const sink of this.#config.committing) {
      this.#unchecked.add(sink)
      const committables = restore?.committables[sink] ?? []
      out.push({ type: 'check-sink', sink, attempt: view.nextAttempt, epoch: restore?.epoch ?? epoch(0), committables })
    }
  }

  #readyIfChecked(): OpeningResult {
    return this.#unchecked.size === 0 ? { kind: 'ready', opened: this.#opened! } : undefined
  }

  #openedWith(discovered: Extract<OpeningEvent, { type: 'splits' }>['splits']): Opened {
    const saved = this.#restore?.sources ?? {}
    const ids = Object.keys(discovered) as OperatorId[]
    const splits: Record<OperatorId, readonly SplitProgress[]> = {}
    for (const id of ids) splits[id] = mergeSplits(saved[id] ?? [], discovered[id]!)
    return { view: this.#view!, restore: this.#restore, voidFrom: this.#voidFrom, splits }
  }
}
