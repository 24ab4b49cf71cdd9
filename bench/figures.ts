// All figures, in the order in which they are printed.

import { async } from './core/async.ts'
import { chain } from './core/chain.ts'
import { joinInterval } from './core/join-interval.ts'
import { lowRateFigures } from './core/low-rate.ts'
import { processState } from './core/process-state.ts'
import { sessionFigure } from './core/session.ts'
import { slidingFigures } from './core/sliding.ts'
import { tumblingFigures } from './core/tumbling.ts'
import type { Figure } from './figure.ts'
import { growth } from './growth/curve.ts'
import { curves } from './growth/curves.ts'
import { threadedCurves } from './growth/threaded.ts'
import { keyedMapLatency, threadsLatency } from './latency/keyed-map.ts'
import { windowLatency } from './latency/window.ts'
import { slowSink } from './memory.ts'
import { checkpointedFigures } from './nexmark/checkpointed.ts'
import { limitFigures } from './nexmark/limit.ts'
import { simSeeds } from './sim.ts'
import { startFigures } from './start.ts'
import { heapPerKey } from './state/heap.ts'
import { manyKeysMemory } from './state/many-keys.ts'
import { restoreFigures } from './state/restore.ts'
import { snapshotFigures } from './state/snapshots.ts'
import { countedFigures } from './threads/counted.ts'
import { exchangeFigures } from './threads/exchange.ts'
import { speedupFigures } from './threads/speedup.ts'

export const figures: readonly Figure[] = [
  chain,
  ...tumblingFigures,
  ...slidingFigures,
  sessionFigure,
  processState,
  joinInterval,
  async,
  ...lowRateFigures,
  keyedMapLatency,
  windowLatency,
  threadsLatency,
  heapPerKey,
  ...snapshotFigures,
  manyKeysMemory,
  ...restoreFigures,
  ...startFigures,
  slowSink,
  simSeeds,
  ...exchangeFigures,
  ...speedupFigures,
  ...countedFigures,
  ...limitFigures,
  ...checkpointedFigures,
  ...[...curves, ...threadedCurves].map(growth),
]
