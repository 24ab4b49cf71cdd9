// Reads back what file sinks committed: all records of a directory of epochs, in order of epoch, subtask and writing.

import { resolve } from 'node:path'
import { MillraceError } from '../../model/errors.ts'
import type { RecordSink } from '../../model/reader.ts'
import type { Disk } from '../../ports/disk.ts'
import { CsvFormat } from './csv-format.ts'
import { epochDirectory, epochsIn } from './epoch-directory.ts'
import { jsonLines } from './line-formats.ts'
import { TextBlock, type TextFormat } from './text-format.ts'

/** @throws CORRUPT naming the part that cannot be read */
export async function* readEpochsFrom(disk: Disk, path: string, delimiter: string): AsyncGenerator<unknown, void, undefined> {
  const directory = resolve(path)
  for (const epoch of epochsIn(await disk.list(directory))) {
    const inside = `${directory}/${epochDirectory(epoch)}`
    for (const part of await disk.list(inside)) {
      const bytes = await disk.read(`${inside}/${part}`)
      if (bytes === undefined) continue
      const format = part.endsWith('.csv') ? new CsvFormat(delimiter, undefined, part) : jsonLines
      yield* recordsOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), format, `${inside}/${part}`)
    }
  }
}

function recordsOf(bytes: Buffer, format: TextFormat<unknown>, path: string): readonly unknown[] {
  const block = new TextBlock(bytes)
  const records: unknown[] = []
  const out: RecordSink<unknown> = {
    record: (value) => void records.push(value),
    malformed: (raw, issue) => {
      throw new MillraceError('CORRUPT', `${path} is damaged: ${issue}: ${JSON.stringify(raw)}`)
    },
  }
  for (let at = format.header ? format.readHeader(block, 0, true) : 0; at < bytes.length; ) at = format.read(block, at, true, out)
  return records
}
