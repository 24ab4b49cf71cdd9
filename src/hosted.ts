// Puts subtasks into an actor system. Composition.

import type { SubtaskActor, SubtaskEvent } from '../actors/subtask.ts'
import type { HostedCell } from '../actors/worker.ts'
import type { ActorSystem } from './runtime/system.ts'

/** The kernel makes such an actor once: a failed subtask is replaced by the coordinator, in a new attempt. */
export function hostedBy(system: ActorSystem, name: string, actor: SubtaskActor): HostedCell {
  const ref = system.spawnEngine<SubtaskEvent>(name, () => actor)
  return {
    tell: (event) => ref.tell(event),
    wake: () => ref.wake(),
    wakeWhenIdle: () => ref.wakeWhenIdle(),
    stop: () => system.stop(ref),
  }
}
