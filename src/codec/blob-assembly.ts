// A blob that is put together a part at a time, for state so large that copying it in one go would hold up the records.
//
// The bytes are those that a BlobWriter makes of the same sections (see blob.ts, where the format is told). The memory of the whole blob is
// new, so the system has to find it page by page: 100 MB at once take 50 ms and more.

import { MillraceError } from '../model/errors.ts'
import { sectionBytesMax } from '../model/limits.ts'
import { type Blob, type BlobLabel, BlobWriter } from './blob.ts'
import { ByteWriter } from './bytes.ts'
import { checksum } from './checksum.ts'
import { writeText } from './text.ts'

const lengthBytes = 4
const checksumBytes = 4

export class BlobAssembly {
  readonly #label: BlobLabel
  readonly #entries = new ByteWriter()
  #count = 0
  readonly #sections: (Uint8Array | undefined)[] = []
  #sectionBytes = 0
  #bytes: Uint8Array | undefined
  #checksum = 0
  /** Sections copied, bytes copied of the next one, and where they go. */
  #copied = 0
  #within = 0
  #at = 0

  constructor(label: BlobLabel) {
    this.#label = label
  }

  /** Adds a section. `bytes` are not copied before the blob is complete: they must not change until then. */
  section(id: string, bytes: Uint8Array): void {
    writeText(this.#entries, id)
    this.#entries.u32(bytes.length)
    this.#entries.u32(checksum(bytes))
    this.#sections.push(bytes)
    this.#count++
    this.#sectionBytes += bytes.length
  }

  /** Copies at most `budget` bytes of the sections, all of which have been added. True when the blob is complete. */
  advance(budget: number): boolean {
    const bytes = this.#bytes ?? this.#begin()
    for (let left = budget; this.#copied < this.#count; ) {
      if (left <= 0) return false
      const section = this.#sections[this.#copied]!
      const part = section.subarray(this.#within, this.#within + left)
      bytes.set(part, this.#at)
      this.#at += part.length
      this.#within += part.length
      left -= part.length
      if (this.#within < section.length) return false
      this.#sections[this.#copied++] = undefined
      this.#within = 0
    }
    return true
  }

  /** The blob. What has not been copied yet is copied now. */
  finish(): Blob {
    this.advance(Number.POSITIVE_INFINITY)
    return { bytes: this.#bytes!, checksum: this.#checksum }
  }

  #begin(): Uint8Array {
    const head = this.#header()
    this.#checksum = checksum(head.written())
    head.u32(this.#checksum)
    const length = head.length + this.#sectionBytes
    if (length > 2 * sectionBytesMax) {
      throw new MillraceError(
        'UNENCODABLE',
        `a blob would have ${length} bytes, more than ${2 * sectionBytesMax}: use a higher parallelism, so that each subtask keeps less state`,
      )
    }
    this.#bytes = new Uint8Array(length)
    this.#bytes.set(head.written())
    this.#at = head.length
    return this.#bytes
  }

  /** What stands before the header's checksum: as in a blob without sections, but for the list of sections and the header's length. */
  #header(): ByteWriter {
    const empty = new BlobWriter(this.#label).finish().bytes
    const head = new ByteWriter()
    head.copy(empty.subarray(0, empty.length - checksumBytes))
    head.truncate(head.length - lengthBytes)
    head.u32(this.#count)
    head.copy(this.#entries.written())
    const lengthAt = 5
    head.view.setUint32(lengthAt, head.length - lengthAt - lengthBytes, true)
    return head
  }
}
