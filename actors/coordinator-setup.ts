// Puts a job's coordinator and its committers, one a sink that commits, into the kernel.

import type { OperatorId } from '../src/model/ids.ts'
import type { SinkDefinitions } from '../src/ports/sink.ts'
import type { SourceDefinitions } from '../src/ports/source.ts'
import type { DiscoveredSplit, SplitLists } from '../src/protocol/splits.ts'
import type { EngineRef } from '../src/runtime/actor-ref.ts'
import type { EngineContext, EngineSetup } from '../src/runtime/behaviour.ts'
import { CommitterActor, type CommitterMessage } from './committer.ts'
import { CoordinatorActor, type CoordinatorEnvironment, type CoordinatorMessage } from './coordinator.ts'
import { ofSource } from './of-source.ts'

export interface CoordinatorOptions extends Omit<CoordinatorEnvironment, 'config' | 'discover' | 'tellCommitter' | 'post'> {
  readonly config: Omit<CoordinatorEnvironment['config'], 'committing'>
  readonly sources: SourceDefinitions
  readonly sinks: SinkDefinitions
}

export function coordinatorSetup(options: CoordinatorOptions): EngineSetup<CoordinatorMessage> {
  return (ctx) => {
    const committers = spawnCommitters(options, ctx)
    const actor = new CoordinatorActor({
      ...options,
      config: { ...options.config, committing: new Set(committers.keys()) },
      discover: (known) => discover(options.sources, known),
      tellCommitter: (sink, order) => committers.get(sink)!.tell(order),
      post: (message) => ctx.self.tell(message),
    })
    actor.begin()
    return actor
  }
}

function spawnCommitters(
  { config, sinks, crashPoints }: CoordinatorOptions,
  ctx: EngineContext<CoordinatorMessage>,
): Map<OperatorId, EngineRef<CommitterMessage>> {
  const committers = new Map<OperatorId, EngineRef<CommitterMessage>>()
  for (const [sink, definition] of sinks) {
    if (definition.committer === undefined) continue
    const make = definition.committer.bind(definition)
    // By number: an operator's id may be as long as a name of an actor may be.
    const committer = ctx.spawnEngine<CommitterMessage>(`committer-${committers.size}`, (self) => {
      const env = { job: config.plan.job, sink, make, crashPoints }
      return new CommitterActor({ ...env, post: (message) => self.self.tell(message), report: (report) => ctx.self.tell(report) })
    })
    committers.set(sink, committer)
  }
  return committers
}

async function discover(sources: SourceDefinitions, known: SplitLists): Promise<Record<OperatorId, readonly DiscoveredSplit[]>> {
  const splits: Record<OperatorId, readonly DiscoveredSplit[]> = {}
  for (const [id, { source }] of sources) splits[id] = await ofSource(id, () => source.splits(known[id] ?? []))
  return splits
}
