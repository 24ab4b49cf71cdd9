// The file sinks: exactly-once output into a directory of epochs.

import { resolve } from 'node:path'
import type { Disk } from '../../ports/disk.ts'
import type { Sink } from '../../ports/sink.ts'
import { EpochCommitter } from './epoch-committer.ts'
import type { RowEncoding } from './row-encoding.ts'
import { StagedWriter } from './staged-writer.ts'

/** @param disk asked for when the sink is first opened */
export function fileSink<T>(name: string, path: string, encoding: RowEncoding<T>, disk: () => Disk): Sink<T> {
  const directory = resolve(path)
  return {
    '~type': () => undefined,
    describe: `${name} ${path}`,
    guarantee: 'exactly-once',
    writer: (context) => new StagedWriter(disk(), directory, encoding, context),
    committer: (context) => new EpochCommitter(disk(), directory, context),
  }
}
