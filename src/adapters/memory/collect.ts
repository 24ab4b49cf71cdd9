// A sink that keeps records in an array of this process, exactly once: what is staged becomes visible with its checkpoint.

import type { Epoch } from '../../model/ids.ts'
import type { Json } from '../../model/manifest.ts'
import type { Committer, Sink, Writer } from '../../ports/sink.ts'

export interface Collector<T> extends Sink<T> {
  /** What complete checkpoints hold, subtask by subtask within each; all of it once the job has ended. */
  readonly records: readonly T[]
}

/** Collects records in memory, for tests and scripts: `const out = collect<Row>()`, then `out.records`. A job that starts anew empties it. */
export function collect<T>(): Collector<T> {
  const visible: T[] = []
  const staged = new Map<string, readonly T[]>()
  const publish = (keys: readonly Json[]): void => {
    for (const key of keys as readonly string[]) {
      for (const record of staged.get(key) ?? []) visible.push(record)
      staged.delete(key)
    }
  }
  return {
    '~type': undefined as never,
    describe: 'collect',
    guarantee: 'exactly-once',
    inProcess: true,
    records: visible,
    writer: ({ attempt, subtask }) => new StagingWriter<T>(staged, `${attempt}.${subtask}`),
    committer: (): Committer => ({
      recover: (restored, keys) => {
        if (restored === 0) visible.length = 0
        publish(keys)
        staged.clear()
      },
      commit: (_, keys) => publish(keys),
    }),
  }
}

class StagingWriter<T> implements Writer<T> {
  readonly #staged: Map<string, readonly T[]>
  readonly #prefix: string
  #open: T[] = []

  constructor(staged: Map<string, readonly T[]>, prefix: string) {
    this.#staged = staged
    this.#prefix = prefix
  }

  write(values: readonly T[], length: number): void {
    for (let i = 0; i < length; i++) this.#open.push(values[i]!)
  }

  prepare(epoch: Epoch): readonly Json[] {
    if (this.#open.length === 0) return []
    const key = `${this.#prefix}.${epoch}`
    this.#staged.set(key, this.#open)
    this.#open = []
    return [key]
  }
}
