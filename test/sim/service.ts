// A service that runs one job to its end in a simulated world, whatever befalls it: processes that die, pause and come back, a machine that
// loses power, a supervisor that starts the next process.
//
// It injects the faults of a plan, and notes every class of fault that really happened.

import { FileCheckpointStore } from '../../src/adapters/fs/checkpoint-store.ts'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { jobInternals } from '../../src/api/job.ts'
import { jsonlSink } from '../../src/files.ts'
import type { MillraceError } from '../../src/model/errors.ts'
import { epoch } from '../../src/model/ids.ts'
import type { Disk } from '../../src/ports/disk.ts'
import type { JobOutcome } from '../../src/protocol/coordinator-types.ts'
import { type RunningJob, type RunOptions, startJob } from '../../src/run-job.ts'
import type { ChoiceStream } from '../../src/sim/choices.ts'
import { SimDisk } from '../../src/sim/disk.ts'
import type { SimProcess } from '../../src/sim/process.ts'
import type { SimWorld } from '../../src/sim/world.ts'
import type { FaultPlan, Strike } from './faults.ts'
import { processDisk } from './process-disk.ts'
import { buildJob, type JobShape, type JobWorld } from './random-job.ts'
import { SimThreads } from './sim-threads.ts'

/** Where a process begins, other than at the newest checkpoint. */
type Start = Pick<RunOptions, 'fresh' | 'from'>

/** finished: all output is there · refused: damage was found, and the job says so instead of going on */
export type ServiceEnd = { readonly kind: 'finished' } | { readonly kind: 'refused'; readonly error: MillraceError }

/** Codes with which a job may end while the world is against it; then it is started again. */
const forgivable = ['IO', 'DEPOSED', 'USER_CODE', 'ASYNC_TIMEOUT', 'CHECKPOINT_FAILED', 'STATE_LOCKED']
const codec = msgpackCodec()

class Violation extends Error {}

export class Service {
  readonly done: Promise<ServiceEnd>
  readonly met = new Map<string, number>()
  /** Processes started. */
  starts = 0
  readonly #world: SimWorld
  readonly #plan: FaultPlan
  readonly #shape: JobShape
  readonly #user: ChoiceStream
  readonly #ops: ChoiceStream
  readonly #threads: ChoiceStream
  /** Processes that are threads of another one. */
  readonly #inThread = new WeakSet<SimProcess>()
  #disk: SimDisk
  #current: SimProcess | undefined
  #running: RunningJob | undefined
  readonly #alive = new Set<SimProcess>()
  #crashes: FaultPlan['crashes']
  readonly #visits = new Map<string, number>()
  #powerFails = false
  #parallelism: number
  #throwIn: number
  #lastDeathMs = Number.NEGATIVE_INFINITY
  #healed = false
  #over = false
  #damaged = false
  #settle!: (end: ServiceEnd) => void
  #fail!: (error: unknown) => void

  constructor(world: SimWorld, plan: FaultPlan, shape: JobShape) {
    this.#world = world
    this.#plan = plan
    this.#shape = shape
    this.#user = world.choices.stream('user')
    this.#ops = world.choices.stream('ops')
    this.#threads = world.choices.stream('threads')
    this.#crashes = plan.crashes
    this.#parallelism = this.#ops.between(1, 4)
    this.#throwIn = this.#nextThrow()
    this.done = new Promise((resolve, reject) => {
      this.#settle = resolve
      this.#fail = reject
    })
    this.#disk = new SimDisk({
      random: world.choices.stream('disk'),
      schedule: (ms, fire) => (this.#over ? fire() : void world.after(this.#healed ? Math.min(ms, 1) : ms, fire)),
      latencyMsMax: plan.diskLatencyMs,
      onFault: (fault) => this.#meet(fault),
    })
    if (plan.diskLatencyMs > 5) this.#meet('slow-disk')
    for (const { atMs, kind } of plan.strikes) world.after(atMs, () => this.#strike(kind))
    world.after(plan.healAtMs, () => this.#heal())
    this.#start()
  }

  /** For the world's option `crashesAt`. */
  crashesAt(process: SimProcess, point: string): boolean {
    const crash = this.#crashes[0]
    if (crash === undefined || this.#healed || (process !== this.#current && !this.#inThread.has(process))) return false
    const key = crash.point === '' ? '' : point
    const visits = (this.#visits.get(key) ?? 0) + 1
    this.#visits.set(key, visits)
    if (key !== crash.point || visits < crash.visit) return false
    this.#crashes = this.#crashes.slice(1)
    this.#visits.clear()
    this.#powerFails = crash.power
    this.#meet('crash-point')
    return true
  }

  /** The disk after a last power cut, with nothing of the simulation in its way. */
  lastDisk(): Disk {
    this.#over = true
    return this.#disk.crash('power')
  }

  #meet(fault: string): void {
    this.met.set(fault, (this.met.get(fault) ?? 0) + 1)
    this.#world.trace.note(fault)
  }

  // Processes.

  #start(): void {
    if (this.#over) return
    this.starts++
    const from = this.#drawStart()
    const process = this.#world.process()
    this.#current = process
    this.#running = undefined
    this.#alive.add(process)
    process.onEnd(() => this.#died(process))
    const disk = processDisk(process, this.#disk)
    const opening = FileCheckpointStore.open(disk, '/state', { writer: `p${process.id}`, exclusive: false })
    opening.then(
      (store) => process.run(() => this.#run(process, disk, store, from)),
      (thrown: MillraceError) => process.run(() => this.#ended(process, { kind: 'failed', error: thrown })),
    )
  }

  /** A user goes back only when no other process is there, as the lock of a state directory demands. */
  #drawStart(): Start {
    if (!this.#plan.goesBack || this.#healed || this.#alive.size > 0) return {}
    const epochs = this.#disk.namesNow('/state/manifest').map(Number)
    if (epochs.length === 0 || this.#ops.chance(0.3)) return {}
    if (this.#ops.chance(0.5)) return { fresh: true }
    return { from: epoch(epochs[this.#ops.below(Math.max(1, epochs.length - 1))]!) }
  }

  #run(process: SimProcess, disk: Disk, store: FileCheckpointStore, from: Start): void {
    const job = buildJob(this.#shape, this.#jobWorld(process, disk))
    const parallelism = this.#parallelism
    const threads = this.#drawThreads(process, parallelism)
    const compiled = jobInternals(job).compile({ parallelism, threads: threads !== undefined })
    const { clock, dispatcher, random, logger, crashPoints, pick } = process
    const onDefect = (error: unknown): void => process.run(() => this.#violated(`broken invariant: ${String(error)}`))
    const world = { clock, dispatcher, random, logger, crashPoints, pick, codec }
    const running = startJob(compiled, world, { store, durable: true, threads, onDefect, ...from })
    if (from.fresh === true) this.#meet('fresh')
    else if (from.from !== undefined) this.#meet('go-back')
    if (process === this.#current) this.#running = running
    running.done.then(
      (outcome) => process.run(() => this.#ended(process, outcome, from)),
      (thrown: unknown) => process.run(() => this.#violated(`the run broke: ${String(thrown)}`)),
    )
  }

  /** One process in four has threads, and these end now and then while the world is against it. */
  #drawThreads(main: SimProcess, parallelism: number): SimThreads | undefined {
    const world = this.#world
    const chance = this.#threads
    if (!chance.chance(0.25)) return undefined
    const threads = new SimThreads({
      world,
      chance,
      main,
      count: chance.between(1, parallelism),
      codec,
      compile: (thread) => {
        this.#inThread.add(thread)
        const job = buildJob(this.#shape, this.#jobWorld(thread, processDisk(thread, this.#disk)))
        return jobInternals(job).compile({ parallelism, threads: true })
      },
      onDefect: (error) => main.run(() => this.#violated(`broken invariant in a thread: ${String(error)}`)),
    })
    const strike = (): void => {
      if (this.#healed || this.#over) return
      if (threads.strike()) this.#meet('thread-ends')
      world.after(chance.below(2_000), strike, main)
    }
    if (chance.chance(0.5)) world.after(chance.below(1_000), strike, main)
    return threads
  }

  #ended(process: SimProcess, outcome: JobOutcome, from: Start = {}): void {
    this.#world.trace.note(outcome.kind)
    if (outcome.kind === 'finished') {
      this.#over = true
      return this.#settle({ kind: 'finished' })
    }
    if (outcome.kind === 'failed' && !this.#mayFail(outcome.error, from)) return
    this.#alive.delete(process)
    process.kill()
  }

  /** False when that was the end. */
  #mayFail(error: MillraceError, { fresh, from }: Start): boolean {
    if (error.code === 'DEPOSED') this.#meet('deposed')
    if ((fresh === true || from !== undefined) && (error.code === 'OUTPUT_CONFLICT' || error.code === 'STATE_MISMATCH')) {
      this.#meet('not-gone-back')
      return true
    }
    if (this.#damaged && (error.code === 'CHECKPOINT_DAMAGED' || error.code === 'CORRUPT')) {
      this.#over = true
      this.#settle({ kind: 'refused', error })
      return false
    }
    if (error.fate !== 'defect' && forgivable.includes(error.code)) return true
    this.#violated(`the job failed: ${error.code} ${error.message}`)
    return false
  }

  #violated(what: string): void {
    this.#over = true
    this.#fail(new Violation(what))
  }

  /** A process is gone, by itself or by force. */
  #died(process: SimProcess): void {
    if (this.#over) return
    if (this.#alive.delete(process)) {
      const { timeMs } = this.#world
      if (timeMs - this.#lastDeathMs < 100) this.#meet('second-crash')
      if (this.#running?.status()?.state !== 'running') this.#meet('crash-in-recovery')
      this.#lastDeathMs = timeMs
    }
    if (this.#powerFails) this.#cutPower()
    else if (this.#alive.size === 0) this.#disk = this.#disk.crash('process')
    if (process !== this.#current) return
    this.#current = undefined
    this.#world.after(1 + this.#ops.below(100), () => this.#restart())
  }

  #cutPower(): void {
    this.#powerFails = false
    for (const other of [...this.#alive]) {
      this.#alive.delete(other)
      other.kill()
    }
    this.#disk = this.#disk.crash('power')
  }

  #restart(): void {
    if (this.#current !== undefined) return
    const before = this.#parallelism
    if (this.#plan.rescales) this.#parallelism = this.#ops.between(1, 4)
    if (before !== this.#parallelism) this.#meet('rescale')
    this.#start()
  }

  // Faults.

  #strike(kind: Strike): void {
    const process = this.#current
    if (this.#healed || this.#over || process === undefined) return
    if (kind === 'disk-full') {
      this.#meet(kind)
      this.#disk.setCapacity(this.#disk.usedBytes + this.#ops.below(2_000))
      this.#world.after(this.#ops.below(300), () => this.#disk.setCapacity(Number.POSITIVE_INFINITY))
    } else if (kind === 'flipped-bit') this.#flipBit()
    else if (kind === 'stop' || kind === 'savepoint' || kind === 'drain') {
      if (this.#running === undefined) return
      this.#meet(kind)
      this.#running.stop(kind === 'stop' ? 'checkpoint' : kind)
    } else this.#strikeProcess(kind, process)
  }

  #strikeProcess(kind: 'kill' | 'power-cut' | 'pause' | 'clock-forward' | 'clock-back', process: SimProcess): void {
    this.#meet(kind)
    switch (kind) {
      case 'kill':
        process.kill()
        break
      case 'power-cut':
        this.#powerFails = true
        process.kill()
        break
      case 'pause':
        this.#pause(process)
        break
      case 'clock-forward':
        process.jumpClock(this.#ops.below(this.#jumpMsMax))
        break
      case 'clock-back':
        process.jumpClock(-this.#ops.below(this.#jumpMsMax))
    }
  }

  /** What waits by the clock for a call that never comes back waits that much longer. */
  get #jumpMsMax(): number {
    return this.#plan.hangs ? 5_000 : 100_000
  }

  /** The supervisor takes it for dead and starts another; then it wakes up. */
  #pause(process: SimProcess): void {
    process.pause()
    this.#current = undefined
    this.#world.after(this.#ops.below(50), () => this.#restart())
    this.#world.after(this.#ops.below(500), () => process.resume())
  }

  #flipBit(): void {
    const files = this.#filesBelow('/state')
    // The checkpoint that a restart would restore, most of the time.
    const newest = this.#disk.namesNow('/state/manifest').at(-1)
    const blobs = files.filter((path) => path.startsWith(`/state/blob/${newest}/`))
    const path = blobs.length > 0 && this.#ops.chance(0.7) ? blobs.at(-1)! : files[this.#ops.below(Math.max(1, files.length))]
    if (path === undefined) return
    this.#damaged = this.#disk.flipBit(path) || this.#damaged
    this.#current?.kill()
  }

  #filesBelow(directory: string): string[] {
    return this.#disk.namesNow(directory).flatMap((name) => {
      const path = `${directory}/${name}`
      const below = this.#filesBelow(path)
      return below.length > 0 ? below : [path]
    })
  }

  #heal(): void {
    this.#healed = true
    this.#disk.setCapacity(Number.POSITIVE_INFINITY)
    for (const process of this.#alive) if (process.paused) process.resume()
  }

  // User code.

  #jobWorld(process: SimProcess, disk: Disk): JobWorld {
    const user = this.#user
    return {
      pace: {
        chunk: () => 1 + user.below(8),
        pauseMs: () => user.below(20),
        after: (delayMs, fire) => void this.#world.after(delayMs, fire, process),
      },
      sink: (id) => jsonlSink(`/out/${id}`, { disk }),
      mayThrow: () => {
        if (this.#healed || --this.#throwIn > 0) return
        this.#throwIn = this.#nextThrow()
        if (this.#plan.throwsWithin === 0) return
        this.#meet('user-throws')
        throw new Error('user code throws')
      },
      poisons: true,
      poisoned: () => {
        this.#meet('poison')
        throw new Error('a poisonous record')
      },
      taken: new Map(),
      call: (result) => this.#call(process, result),
    }
  }

  #nextThrow(): number {
    return this.#plan.throwsWithin === 0 ? Number.POSITIVE_INFINITY : 1 + this.#user.below(this.#plan.throwsWithin)
  }

  #call<R>(process: SimProcess, result: R): Promise<R> {
    const delayMs = this.#user.below(12) - 3
    const ill = this.#healed ? 1 : this.#user.below(150)
    if (this.#plan.hangs && ill === 149) {
      this.#meet('async-hangs')
      return new Promise(() => undefined)
    }
    if (this.#plan.rejects && ill === 148) {
      this.#meet('async-rejects')
      return Promise.reject(new Error('the call failed'))
    }
    if (delayMs < 0) return Promise.resolve(result)
    return new Promise((resolve) => this.#world.after(delayMs, () => resolve(result), process))
  }
}
