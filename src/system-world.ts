// The world of a run in this process, on this machine.

import { msgpackCodec } from './adapters/msgpack/msgpack-codec.ts'
import { systemClock } from './adapters/system/clock.ts'
import { immediateDispatcher } from './adapters/system/dispatcher.ts'
import { systemRandom } from './adapters/system/random.ts'
import { type Logger, silentLogger } from './model/logger.ts'
import { noCrashPoints } from './ports/crash-points.ts'
import type { World } from './run-job.ts'

/** @param logger default: says nothing */
export function systemWorld(logger: Logger = silentLogger): World {
  return {
    clock: systemClock(),
    dispatcher: immediateDispatcher,
    random: systemRandom,
    logger,
    crashPoints: noCrashPoints,
    codec: msgpackCodec(),
  }
}
