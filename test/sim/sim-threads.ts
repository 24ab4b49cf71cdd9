// Threads in the simulated world: processes of it, beside the one that started them, with small rings and late messages.
//
// What runs is the engine's own: pool, worker, channels, codec and rings. Simulated are the way of messages (copies, in order, late), the
// doorbells, and the threads' ends: by force, at a crash point, with their process.

import type { FromThread, JobThread, ToThread } from '../../actors/thread-messages.ts'
import { ThreadWorker } from '../../actors/thread-worker.ts'
import { type Bell, RingLinks } from '../../src/adapters/threads/links.ts'
import type { CompiledJob } from '../../src/api/graph.ts'
import { hostedBy } from '../../src/hosted.ts'
import type { ValueCodec } from '../../src/model/codec.ts'
import { MillraceError } from '../../src/model/errors.ts'
import type { ByteLinks } from '../../src/ports/byte-link.ts'
import type { Threads } from '../../src/run-job.ts'
import { createSystem } from '../../src/runtime/system.ts'
import type { ChoiceStream } from '../../src/sim/choices.ts'
import type { SimProcess } from '../../src/sim/process.ts'
import type { SimWorld } from '../../src/sim/world.ts'

/** Small, so that frames go through in pieces. */
const ringBytes = 4 * 1024
const messageMsMax = 3
const loadMsMax = 60

export interface SimThreadsOptions {
  readonly world: SimWorld
  readonly chance: ChoiceStream
  readonly main: SimProcess
  readonly count: number
  readonly codec: ValueCodec
  /** Builds the job for a thread. */
  compile(thread: SimProcess): CompiledJob
  readonly onDefect: (error: unknown) => void
}

/** The doorbell of one worker, whose process may change. */
class SimBell implements Bell {
  readonly #world: SimWorld
  readonly #chance: ChoiceStream
  readonly #answers = new Map<() => void, SimProcess>()
  owner: SimProcess

  constructor(world: SimWorld, chance: ChoiceStream, owner: SimProcess) {
    this.#world = world
    this.#chance = chance
    this.owner = owner
  }

  ring(): void {
    for (const [answer, owner] of this.#answers) this.#world.after(this.#chance.below(2), answer, owner)
  }

  onRing(callback: () => void): () => void {
    this.#answers.set(callback, this.owner)
    this.#world.after(0, callback, this.owner)
    return () => this.#answers.delete(callback)
  }
}

export class SimThreads implements Threads {
  readonly count: number
  readonly links: ByteLinks
  readonly #options: SimThreadsOptions
  readonly #bells: readonly SimBell[]
  readonly #living: SimProcess[] = []

  constructor(options: SimThreadsOptions) {
    const { world, chance, main, count } = options
    this.#options = options
    this.count = count
    this.#bells = Array.from({ length: count + 1 }, () => new SimBell(world, chance, main))
    this.links = new RingLinks(this.#bells, 0, ringBytes)
    main.onEnd(() => {
      for (const thread of [...this.#living]) thread.kill()
    })
  }

  /** Ends some thread. False when there is none. */
  strike(): boolean {
    const thread = this.#living[this.#options.chance.below(Math.max(1, this.#living.length))]
    thread?.kill()
    return thread !== undefined
  }

  spawn(): JobThread {
    const { world, chance, main } = this.#options
    const thread = world.process()
    this.#living.push(thread)
    const toThread = this.#way<ToThread>(main, thread)
    const toMain = this.#way<FromThread>(thread, main)
    world.after(chance.below(loadMsMax), () => this.#load(thread, toThread, toMain), thread)
    return {
      post: toThread.send,
      onMessage: toMain.receive,
      onEnd: (told) =>
        thread.onEnd(() => {
          this.#living.splice(this.#living.indexOf(thread), 1)
          world.after(
            chance.below(messageMsMax),
            () => told(new MillraceError('TERMINATED', `thread of process ${main.id} ended`, { fate: 'fault' })),
            main,
          )
        }),
      terminate: () => thread.kill(),
    }
  }

  #load(thread: SimProcess, toThread: Way<ToThread>, toMain: Way<FromThread>): void {
    const { count, codec, compile, onDefect } = this.#options
    const { clock, dispatcher, logger, crashPoints, pick } = thread
    const job = compile(thread)
    const system = createSystem({ clock, dispatcher, logger, pick, name: job.name, onFailure: onDefect })
    new ThreadWorker({
      port: { post: toMain.send, onMessage: toThread.receive },
      links: (self) => {
        const bell = this.#bells[self]!
        bell.owner = thread
        return new RingLinks(this.#bells, self, ringBytes)
      },
      threads: count,
      definitions: { operators: job.definitions, sources: job.sources, sinks: job.sinks },
      codec,
      clock,
      crashPoints,
      host: (name, actor) => hostedBy(system, name, actor),
      flushIntervalMs: job.options.flushIntervalMs,
      watermarkIntervalMs: job.options.watermarkIntervalMs,
    }).begin()
  }

  /** Carries copies of messages from one process to another, in order, each some time later; of one that is dead none. */
  #way<M>(from: SimProcess, to: SimProcess): Way<M> {
    const { world, chance } = this.#options
    let last = 0
    let take: ((message: M) => void) | undefined
    const arrived: M[] = []
    const drain = (): void => {
      while (take !== undefined && arrived.length > 0) take(arrived.shift()!)
    }
    return {
      send: (message) => {
        if (!from.alive) return
        const copy = structuredClone(message)
        last = Math.max(last, world.timeMs + chance.below(messageMsMax))
        const arrive = (): void => {
          arrived.push(copy)
          drain()
        }
        world.after(last - world.timeMs, arrive, to)
      },
      receive: (taker) => {
        // What came before this is taken first.
        const begin = (): void => {
          take = taker
          drain()
        }
        world.after(0, begin, to)
      },
    }
  }
}

interface Way<M> {
  readonly send: (message: M) => void
  readonly receive: (take: (message: M) => void) => void
}
