// Manifests and log entries as bytes: JSON that people can read, behind one line with kind, version, length and checksum.
//
//   millrace manifest 1 1834 5f3a91c2
//   {"format":1,"job":"sales",…}

import { checksum } from '../src/codec/checksum.ts'
import { MillraceError, messageOf } from '../src/model/errors.ts'

export type DocumentKind = 'manifest' | 'entry'
const version = 1

/** @throws UNENCODABLE for a number that JSON does not have, naming where it stands */
export function encodeDocument(kind: DocumentKind, value: unknown): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(value, finite))
  const head = new TextEncoder().encode(`millrace ${kind} ${version} ${body.length} ${hex(checksum(body))}\n`)
  const bytes = new Uint8Array(head.length + body.length)
  bytes.set(head)
  bytes.set(body, head.length)
  return bytes
}

/** @throws CORRUPT, saying what does not match */
export function decodeDocument(kind: DocumentKind, name: string, bytes: Uint8Array): unknown {
  const lineEnd = bytes.indexOf(10)
  const head = new TextDecoder().decode(bytes.subarray(0, Math.max(0, lineEnd))).split(' ')
  const [magic, itsKind, itsVersion, length, sum] = head
  if (lineEnd < 0 || magic !== 'millrace' || itsKind !== kind) throw corrupt(name, `it is no ${kind}`)
  if (itsVersion !== String(version)) throw corrupt(name, `it has version ${itsVersion}, and this engine reads version ${version}`)
  const body = bytes.subarray(lineEnd + 1)
  if (String(body.length) !== length) throw corrupt(name, `it has ${body.length} bytes instead of ${length}`)
  if (hex(checksum(body)) !== sum) throw corrupt(name, 'its checksum does not match')
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (thrown) {
    throw corrupt(name, `it is no JSON: ${messageOf(thrown)}`)
  }
}

const hex = (n: number): string => n.toString(16).padStart(8, '0')

function finite(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new MillraceError('UNENCODABLE', `a checkpoint cannot store ${value} (at "${key}"): offsets and committables are JSON`)
  }
  return value
}

const corrupt = (name: string, why: string): MillraceError => new MillraceError('CORRUPT', `${name} is damaged: ${why}`)
