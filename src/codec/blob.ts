// Blobs: what a snapshot is on storage. Named sections, each with its length and checksum, all verified before anything is decoded.
//
//   magic 'MRB1' | version u8 | length of the header u32 | header | checksum of all before u32 | the bytes of the sections
//   header = kind, checksum name, codec name (texts) | number of sections u32 | for each: id (text), length u32, checksum u32
//
// So each byte is under one checksum, the total length is known, and the checksum of the header stands for the whole blob.
// A section's checksum is computed when it is added. A blob that is written stays in its parts, the header and the sections: put together it
// would need its memory once more, which the system has to find page by page, and V8 collects all of the heap for every 64 MB of new
// buffers. Bytes that were verified once are not verified again: nobody changes a blob.

import { MillraceError } from '../model/errors.ts'
import { sectionBytesMax } from '../model/limits.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './bytes.ts'
import { checksum, checksumName } from './checksum.ts'
import { readText, writeText } from './text.ts'

const magic = 'MRB1'
const version = 1
/** Blobs whose sections were all found to be what they should be. */
const verified = new WeakSet<Uint8Array>()
/** Magic, version, length of the header. */
const prefixBytes = 9
/** Least bytes of a section's entry in the header. */
const entryBytesMin = 9

export interface BlobLabel {
  /** What the sections mean: 'state', 'records'. */
  readonly kind: string
  /** Name of the value codec that wrote them. */
  readonly codec: string
}

export interface Section {
  readonly id: string
  /** A view into the blob: values decoded from it are copies, the view itself keeps the blob alive. */
  readonly bytes: Uint8Array
}

export interface Blob {
  /** Its bytes, one part behind the other. */
  readonly parts: readonly Uint8Array[]
  /** Bytes of all parts. */
  readonly length: number
  /** Of the header, which holds those of the sections. */
  readonly checksum: number
}

export class BlobWriter {
  readonly #label: BlobLabel
  readonly #entries = new ByteWriter()
  readonly #sections: Uint8Array[] = []
  #sectionBytes = 0

  constructor(label: BlobLabel) {
    this.#label = label
  }

  /** Adds a section. `bytes` become a part of the blob: they must not change any more. */
  section(id: string, bytes: Uint8Array): void {
    writeText(this.#entries, id)
    this.#entries.u32(bytes.length)
    this.#entries.u32(checksum(bytes))
    this.#sections.push(bytes)
    this.#sectionBytes += bytes.length
  }

  /**
   * The blob.
   * @throws UNENCODABLE for one that would be too large
   */
  finish(): Blob {
    const head = new ByteWriter()
    for (const char of magic) head.u8(char.charCodeAt(0))
    head.u8(version)
    head.u32(0)
    writeText(head, this.#label.kind)
    writeText(head, checksumName)
    writeText(head, this.#label.codec)
    head.u32(this.#sections.length)
    head.copy(this.#entries.written())
    head.view.setUint32(prefixBytes - 4, head.length - prefixBytes, true)
    const sum = checksum(head.written())
    head.u32(sum)
    const length = head.length + this.#sectionBytes
    if (length > 2 * sectionBytesMax) {
      throw new MillraceError(
        'UNENCODABLE',
        `a blob would have ${length} bytes, more than ${2 * sectionBytesMax}: use a higher parallelism, so that each subtask keeps less state`,
      )
    }
    return { parts: [head.written(), ...this.#sections], length, checksum: sum }
  }
}

/**
 * Opens a blob after verifying all of it.
 * @param name of the blob, for error messages: where it is stored
 * @param expected what it must be; another kind or codec is STATE_MISMATCH. Left out: whatever it is, it is only verified
 * @returns its sections, in the order in which they were written
 * @throws CORRUPT, naming blob, section and what differs, for bytes that are not exactly those that were written
 */
export function openBlob(name: string, bytes: Uint8Array, expected?: BlobLabel): { sections: Section[]; checksum: number } {
  const prefix = new ByteReader(bytes, `blob ${name}`)
  if (bytes.length < prefixBytes + 4) throw prefix.corrupt(`it has ${bytes.length} bytes, fewer than any blob`)
  for (const char of magic)
    if (prefix.u8() !== char.charCodeAt(0)) throw prefix.corrupt(`it does not begin with ${magic}, so it is no blob of Millrace`)
  const found = prefix.u8()
  if (found !== version)
    throw prefix.corrupt(`its format is version ${found} and this release reads version ${version}, unless that byte is damaged`)
  const header = prefix.part(prefix.u32())
  const computed = checksum(bytes.subarray(0, prefix.at))
  const stored = prefix.u32()
  if (computed !== stored) throw prefix.corrupt(differs('its header', computed, stored))
  checkLabel(name, header, expected)
  const count = header.u32()
  if (count * entryBytesMin > header.remaining) throw header.corrupt(`${count} sections in a header with ${header.remaining} bytes left`)
  const sections: Section[] = []
  const known = verified.has(bytes)
  for (let i = 0; i < count; i++) sections.push(openSection(name, header, prefix, known))
  header.end()
  prefix.end()
  verified.add(bytes)
  return { sections, checksum: stored }
}

function openSection(name: string, header: ByteReader, body: ByteReader, known: boolean): Section {
  const id = readText(header)
  const length = header.u32()
  const stored = header.u32()
  if (length > body.remaining)
    throw body.corrupt(`section ${JSON.stringify(id)} has ${length} bytes and ${body.remaining} are left: the blob was cut off`)
  const bytes = body.span(length)
  if (known) return { id, bytes }
  const computed = checksum(bytes)
  if (computed !== stored) {
    throw new MillraceError('CORRUPT', `blob ${name} is damaged: ${differs(`section ${JSON.stringify(id)}`, computed, stored)}`)
  }
  return { id, bytes }
}

function checkLabel(name: string, header: ByteReader, expected: BlobLabel | undefined): void {
  const kind = readText(header)
  const sums = readText(header)
  const codec = readText(header)
  if (expected === undefined && sums === checksumName) return
  const wrong =
    sums !== checksumName
      ? `its checksums are ${sums}, not ${checksumName}`
      : kind !== expected?.kind
        ? `it holds ${kind}, not ${expected?.kind}`
        : codec !== expected.codec
          ? `its values were written by the codec ${codec}, not ${expected.codec}; use the codec that wrote it`
          : undefined
  if (wrong !== undefined) throw new MillraceError('STATE_MISMATCH', `blob ${name} cannot be used: ${wrong}`)
}

const differs = (part: string, computed: number, stored: number): string =>
  `${part} has the checksum ${hex(computed)} and should have ${hex(stored)}`
const hex = (value: number): string => value.toString(16).padStart(8, '0')
