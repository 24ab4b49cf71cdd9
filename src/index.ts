// The public API of the package: jobs and all that they are built of, how to run them, and the actor kernel.

import { setJobRunner } from './api/job-runner.ts'
import { localRunner } from './iterate.ts'

export type { SubtaskStats } from '../actors/subtask-stats.ts'

export { type ActorSystemOptions, actorSystem } from './actor-system.ts'
export { type PrintOptions, print } from './adapters/console/print.ts'
export { type Collector, collect } from './adapters/memory/collect.ts'
export { discard, forEach } from './adapters/memory/for-each.ts'
export { type GeneratorOptions, generator } from './adapters/memory/generator.ts'
export type {
  AsyncOptions,
  BackoffOptions,
  CallOptions,
  ForkOptions,
  KeyedAsyncOptions,
  KeyedForkOptions,
  Lane,
} from './api/async-types.ts'
export { type IterableOptions, iterable, live } from './api/code-sources.ts'
export type {
  BroadcastContext,
  Connected,
  ConnectSpec,
  KeyedConnected,
  KeyedConnectSpec,
  PlainContext,
  ReadOnlyLive,
  Sided,
} from './api/connect-types.ts'
export { job } from './api/job.ts'
export type { EventTime, Job, PlanOverrides } from './api/job-types.ts'
export type { JoinOn, KeyedStream } from './api/keyed-types.ts'
export type { JobOptions, RestartOptions } from './api/options.ts'
export {
  type Context,
  type Emitter,
  type NoOutputDeclared,
  type Output,
  type OutputOf,
  type Outputs,
  output,
  type Processed,
  type ProcessSpec,
  type Timer,
  type Timers,
} from './api/process-types.ts'
export type { Broadcast, ElementOf, Invalid, SinkOptions, SourceStream, Split, Stateful, Stream, Tagged } from './api/stream-types.ts'
export type { Windowed, WindowedStream } from './api/windowed-types.ts'
export { type AskNodeOptions, type JoinOptions, join, type Node } from './join.ts'
export type { DeadLetter } from './model/dead-letter.ts'
export { type Duration, duration } from './model/duration.ts'
export { type ErrorCode, type Fate, MillraceError } from './model/errors.ts'
export type { Attempt, Epoch, OperatorId } from './model/ids.ts'
export type { Key } from './model/key.ts'
export type { Logger } from './model/logger.ts'
export type { Json } from './model/manifest.ts'
export type { Partition, Plan, PlanEdge, PlanOperator, PlanVertex } from './model/plan.ts'
export type { RecordSink } from './model/reader.ts'
export type { AsyncContext } from './operators/operator.ts'
export { drawMermaid, drawText, planJson } from './plan/draw.ts'
export type { Cancel, Clock } from './ports/clock.ts'
export type { Dispatcher } from './ports/dispatcher.ts'
export type { Committer, Guarantee, Sink, SinkContext, Writer, WriterContext } from './ports/sink.ts'
export type { Reader, Source, SourceContext, Split as SourceSplit } from './ports/source.ts'
export type { ActorRef, EngineRef, Terminated } from './runtime/actor-ref.ts'
export type {
  ActorContext,
  AskOptions,
  Behaviour,
  ChildOptions,
  EngineActor,
  EngineChildOptions,
  EngineContext,
  EngineOptions,
  EngineSetup,
  Next,
  Setup,
  SpawnOptions,
} from './runtime/behaviour.ts'
export type { DeadLetterCount, DeadReason, UndeliveredMessage } from './runtime/dead-letters.ts'
export type { Failure, RestartBackoff, RestartPolicy, Supervision } from './runtime/supervision.ts'
export type { ActorSystem, SystemOptions } from './runtime/system.ts'
export {
  type AggregatingState,
  aggregating,
  type ListState,
  type Live,
  list,
  type MapState,
  map,
  type ReducingState,
  reducing,
  type Snapshot,
  type StateDecl,
  type StateOptions,
  type StateSpec,
  type ValueState,
  value,
} from './state/declarations.ts'
export {
  type Assigner,
  type CustomWindows,
  count,
  global,
  type SessionOptions,
  session,
  sliding,
  tumbling,
  type WindowOptions,
  type WindowTime,
  windows,
} from './windows/assigner.ts'
export { type EvictOptions, type Evictor, evict } from './windows/evictor.ts'
export type { Aggregator, OpenWindow, SessionsNeedMerge, WindowInfo } from './windows/fold.ts'
export { type EveryOptions, type Trigger, trigger } from './windows/trigger.ts'
export type { TriggerContext, TriggerLogic, TriggerResult } from './windows/trigger-logic.ts'
export type { AnyWindow, CountWindow, GlobalWindow, TimeWindow } from './windows/window.ts'

setJobRunner(localRunner)
