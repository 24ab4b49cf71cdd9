// The coordinator of a job, as a pure machine: events in, effects out. Its shell performs the effects in their order and brings the answers.
//
// The order that everything rests on:
// 1. The `start` entry of an attempt is in the log before anything of it is deployed; `void` entries likewise. Then region-course.ts.
// 2. Checkpoints begin only while all regions run, and the open one is given up when something fails, unless its entry is already on its
//    way. The rest is in checkpoint-course.ts.
// 3. A job ends by an entry in the log, then its subtasks stop. A failure leaves no entry: the next run goes on from the last checkpoint.
// 4. Whoever finds another coordinator in the log stops at once. Events of another attempt than the region's current one are ignored.

import type { MillraceError } from '../model/errors.ts'
import { epoch, generation } from '../model/ids.ts'
import type { LogEntry, Manifest } from '../model/manifest.ts'
import type { SubtaskMessage, SubtaskReport } from '../model/messages.ts'
import { CheckpointCourse, type CourseHost } from './checkpoint-course.ts'
import type { CoordinatorConfig, CoordinatorEffect, CoordinatorEvent, JobOutcome, JobStatus, StopHow } from './coordinator-types.ts'
import { FailurePolicy } from './failure-policy.ts'
import { isOver, type JobState, moveJob } from './job-life.ts'
import { type LogEvent, type LogIntent, LogWriter, logRetryTimer } from './log-writer.ts'
import { type Opened, Opening, type OpeningEvent } from './opening.ts'
import type { PoisonRecord } from './poison.ts'
import { RegionCourse, type RegionHost } from './region-course.ts'
import { type Region, Regions } from './regions.ts'
import { type Topology, topologyOf } from './topology.ts'

/** How the job is to end, once it is decided. */
type Ending = { readonly kind: 'finished' | 'stopped' } | { readonly kind: 'failed'; readonly error: MillraceError }

/** What there is once the log has been read. */
interface OpenJob {
  readonly opened: Opened
  readonly log: LogWriter
  readonly course: CheckpointCourse
  readonly regional: RegionCourse
}

export class Coordinator implements CourseHost, RegionHost {
  readonly config: CoordinatorConfig
  readonly topology: Topology
  readonly regions: Regions
  readonly #failures: FailurePolicy
  readonly #opening: Opening
  #state: JobState = 'opening'
  #job: OpenJob | undefined
  #stop: StopHow | undefined
  #ending: Ending | undefined
  #out: CoordinatorEffect[] = []
  now = 0
  #dice = 0

  constructor(config: CoordinatorConfig) {
    this.config = config
    this.topology = topologyOf(config.plan, config.committing)
    this.regions = new Regions(this.topology)
    this.#failures = new FailurePolicy(config.restart, config.poison)
    this.#opening = new Opening(config)
  }

  /** What to do first. */
  begin(): CoordinatorEffect[] {
    return [{ type: 'read-log' }]
  }

  /**
   * @param now ms since the epoch
   * @param dice chance in [0, 1), for the jitter of back-off
   */
  step(now: number, event: CoordinatorEvent, dice = 0.5): CoordinatorEffect[] {
    this.#out = []
    this.now = now
    this.#dice = dice
    if (!isOver(this.#state)) this.#handle(event)
    return this.#out
  }

  get status(): JobStatus {
    const course = this.#job?.course
    return {
      job: this.config.plan.job,
      state: this.#state,
      regions: this.regions.all.map(({ id, state, attempt }) => ({ region: id, state, attempt })),
      generation: this.#job?.opened.view.generation ?? generation(0),
      restored: this.#job?.opened.restore?.epoch,
      lastCheckpoint: course?.last,
      openCheckpoint: course?.open,
      checkpointsFailed: course?.failures ?? 0,
      restarts: this.#failures.restarts,
      lastError: this.#failures.lastError,
    }
  }

  #handle(event: CoordinatorEvent): void {
    switch (event.type) {
      case 'log-read':
      case 'manifest-read':
      case 'splits':
      case 'sink-checked':
      case 'opening-failed':
        this.#open(event)
        break
      case 'stop':
        this.#stopAsked(event.how)
        break
      case 'cancel':
        this.#end({ kind: 'stopped' })
        break
      default:
        if (this.#job !== undefined) this.#running(event, this.#job)
    }
  }

  #running(event: Exclude<CoordinatorEvent, OpeningEvent | { type: 'stop' | 'cancel' }>, job: OpenJob): void {
    const { course, log } = job
    switch (event.type) {
      case 'log-put':
      case 'log-put-failed':
      case 'slot-read':
        this.#logAnswered(event, log)
        break
      case 'manifest-put':
        course.manifestStored(event.epoch, event.checksum)
        break
      case 'manifest-put-failed':
        course.manifestFailed(event.epoch, event.error.message)
        break
      case 'report':
        this.#reported(event.report, job)
        break
      case 'recovered':
        this.#sinkRecovered(event, job)
        break
      case 'committed':
        if (this.regions.ofSink(event.sink, event.attempt)?.state === 'running') course.sinkCommitted(event.sink, event.epoch)
        break
      case 'committer-failed': {
        const region = this.regions.ofSink(event.sink, event.attempt)
        if (region?.deployed === true) this.#failed(region, event.error)
        break
      }
      case 'timer':
        this.#timer(event.name, job)
    }
  }

  // Opening.

  #open(event: OpeningEvent): void {
    if (this.#state !== 'opening' || this.#ending !== undefined) return
    const result = this.#opening.handle(event, this.#out)
    if (result?.kind === 'failed') this.#end({ kind: 'failed', error: result.error })
    else if (result?.kind === 'already') this.#over({ kind: 'finished', epoch: result.epoch, already: true })
    else if (result?.kind === 'ready') this.#start(result.opened)
  }

  #start(opened: Opened): void {
    const { view, voidFrom } = opened
    const log = new LogWriter(this.config.writer, view.nextSlot, (intent) => this.#entryOf(intent))
    const course = new CheckpointCourse(this, opened)
    const regional = new RegionCourse(this, opened.splits)
    this.#job = { opened, log, course, regional }
    this.regions.continueFrom(view.nextAttempt)
    this.#moveTo('starting')
    const deploy = regional.begin()
    this.put({ kind: 'start', deploy: voidFrom === undefined ? deploy : [] })
    if (voidFrom !== undefined) this.put({ kind: 'void', epoch: voidFrom, deploy })
    course.reserve()
  }

  // The log.

  put(intent: LogIntent): void {
    this.#job!.log.put(intent, this.#out)
  }

  #entryOf(intent: LogIntent): LogEntry {
    const { opened, course } = this.#job!
    const by = { generation: opened.view.generation, writer: this.config.writer, attempts: this.regions.attempts, below: course.cut }
    switch (intent.kind) {
      case 'start':
        return { ...by, kind: 'start' }
      case 'void':
      case 'reserve':
        return { ...by, kind: intent.kind, epoch: intent.epoch }
      case 'complete':
        return { ...by, ...intent }
      case 'stopped':
        return { ...by, ...intent, epoch: course.latestEpoch, committed: this.regions.allRunning && course.committed }
    }
  }

  #logAnswered(event: LogEvent, log: LogWriter): void {
    const outcome = log.answered(event, this.#out)
    if (outcome?.kind === 'lost') this.#end({ kind: 'failed', error: outcome.error })
    if (outcome?.kind !== 'written') return
    this.#job!.course.entryWritten(outcome.entry)
    this.#entryWritten(outcome.intent, outcome.slot, this.#job!)
    log.proceed(this.#out)
  }

  #entryWritten(intent: LogIntent, slot: number, { course, regional, opened }: OpenJob): void {
    switch (intent.kind) {
      case 'start':
      case 'void':
        if (slot === opened.view.nextSlot) this.#sweep(opened)
        regional.deploy(intent.deploy)
        break
      case 'reserve':
        course.reserved(intent.epoch, slot)
        break
      case 'complete':
        course.completed(intent.checksum, slot)
        break
      case 'stopped':
        this.#job!.regional.stopAll()
    }
  }

  /** What earlier reigns left of checkpoints that never became complete. The first entry of this one has fenced their writers. */
  #sweep({ view: { everComplete, reservedThrough } }: Opened): void {
    if (reservedThrough === 0) return
    this.emit({ type: 'sweep', after: everComplete[0] ?? epoch(0), through: reservedThrough, complete: everComplete })
  }

  // Regions.

  #reported(report: SubtaskReport, { course, regional }: OpenJob): void {
    const found = this.regions.of(report)
    if (found === undefined) return
    const { region, subtask } = found
    if (report.type === 'stopped') {
      regional.subtaskStopped(region, subtask.name)
      return
    }
    if (!region.deployed) return
    switch (report.type) {
      case 'restored':
        regional.restored(region, subtask.name)
        break
      case 'ended':
        course.subtaskEnded(subtask.name)
        break
      case 'ack':
        course.acked(subtask.name, report.epoch, report.report)
        break
      case 'declined':
        course.declined(subtask.name, report.epoch, report.reason)
        break
      case 'failed':
        this.#failed(region, report.error)
    }
  }

  #sinkRecovered(event: Extract<CoordinatorEvent, { type: 'recovered' }>, { course, regional }: OpenJob): void {
    const region = this.regions.ofSink(event.sink, event.attempt)
    if (region?.state !== 'recovering') return
    const last = region.answered(event.sink)
    // Recovery finishes the commit of the restored checkpoint, which is the newest one.
    course.sinkCommitted(event.sink, course.latestEpoch)
    if (last) regional.run(region)
  }

  #failed(region: Region, error: MillraceError): void {
    this.emit({ type: 'say', level: 'error', text: `region ${region.id} failed in attempt ${region.attempt}: ${error.message}` })
    if (error.fate === 'defect') {
      this.#over({ kind: 'failed', error })
      return
    }
    if (this.#ending !== undefined) return
    const reaction = this.#failures.failed(region.attempt, error, this.now, this.#dice)
    if (reaction.kind === 'give-up') {
      const end = (): void => this.#end({ kind: 'failed', error: reaction.error })
      // Output beyond the restored checkpoint may be a rival's, who runs the job now: then the log takes no entry any more, and says so.
      return reaction.error.code === 'OUTPUT_CONFLICT' ? this.#job!.course.askLog(end) : end()
    }
    if (this.#stop === 'checkpoint') {
      this.#end({ kind: 'stopped' })
      return
    }
    this.#job!.course.abort(undefined)
    this.#job!.regional.restart(region, reaction.afterMs)
    if (this.#state !== 'restarting') this.#moveTo('restarting')
  }

  // What the courses of regions and checkpoints ask of their host.

  get latest(): Manifest | undefined {
    return this.#job?.course.latest
  }

  get diverted(): readonly PoisonRecord[] {
    return this.#failures.diverted
  }

  redeployed(region: Region): void {
    this.#job!.course.redeployed(region)
  }

  runs(region: Region): void {
    if (this.#stop === 'drain') this.#drain(region)
    if (!this.regions.allRunning) return
    this.#failures.running(this.now)
    this.#moveTo('running')
    if (this.#stop !== undefined) this.#moveTo('stopping')
    this.#job!.course.arm()
    this.#job!.course.tryBegin()
  }

  broadcast(region: Region, message: SubtaskMessage): void {
    this.#job!.regional.broadcast(region, message)
  }

  allStopped(): void {
    const ending = this.#ending!
    const last = this.#job?.course.latestEpoch ?? epoch(0)
    if (ending.kind === 'finished') this.#over({ kind: 'finished', epoch: last, already: false })
    else this.#over(ending.kind === 'failed' ? ending : { kind: 'stopped', epoch: last })
  }

  emit(effect: CoordinatorEffect): void {
    this.#out.push(effect)
  }

  get ending(): boolean {
    return this.#ending !== undefined
  }

  get asked(): 'savepoint' | 'stop' | undefined {
    return this.#stop === 'checkpoint' ? 'stop' : this.#stop === 'savepoint' ? 'savepoint' : undefined
  }

  allCommitted(): void {
    const { course } = this.#job!
    if (course.allCarried) this.#end({ kind: 'finished' })
    else if (course.askedComplete) this.#end({ kind: 'stopped' })
    else course.tryBegin()
  }

  tooManyFailures(error: MillraceError): void {
    for (const region of this.regions.all) if (region.deployed) this.#failed(region, error)
  }

  // Stopping.

  #stopAsked(how: StopHow): void {
    if (this.#ending !== undefined || this.#stop !== undefined) return
    this.#stop = how
    if (this.#state === 'running') {
      this.#moveTo('stopping')
      if (how === 'drain') for (const region of this.regions.all) this.#drain(region)
      this.#job!.course.tryBegin()
      return
    }
    // A plain stop does not wait for a recovery: the last checkpoint has all that is needed. The others wait.
    if (how === 'checkpoint' || this.#state === 'opening') this.#end({ kind: 'stopped' })
  }

  #drain(region: Region): void {
    if (region.state !== 'running') return
    for (const { id, source } of region.subtasks.values()) {
      if (source) this.emit({ type: 'send', attempt: region.attempt, subtask: id, message: { type: 'drain' } })
    }
  }

  #end(ending: Ending): void {
    if (this.#ending?.kind === 'failed' || (this.#ending !== undefined && ending.kind !== 'failed')) return
    const first = this.#ending === undefined
    this.#ending = ending
    if (this.#state === 'opening') {
      this.allStopped()
      return
    }
    if (first) {
      this.#moveTo('ending')
      this.#job!.course.abort(undefined)
    }
    // A log that is lost, or a failure, leaves nothing to be written; otherwise the entry comes first.
    if (ending.kind === 'failed') this.#job!.regional.stopAll()
    else this.put({ kind: 'stopped', finished: ending.kind === 'finished' })
  }

  #over(outcome: JobOutcome): void {
    this.#moveTo(outcome.kind)
    this.emit({ type: 'over', outcome })
  }

  // Time.

  #timer(name: string, { course, regional, log }: OpenJob): void {
    const [what, id] = name.split('/')
    if (what === logRetryTimer) log.retry(this.#out)
    else if (what === 'checkpoint') course.fallDue()
    else if (what === 'checkpoint-timeout') course.timedOut()
    else if (what === 'restart') regional.restartDue(this.regions.byId(Number(id)))
    else if (what === 'cancel') regional.cancelDue(this.regions.byId(Number(id)))
  }

  #moveTo(state: JobState): void {
    this.#state = moveJob(this.#state, state)
  }
}
