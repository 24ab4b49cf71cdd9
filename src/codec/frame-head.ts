// The head of an encoded frame: all that a channel must know of it before its records are looked at. Little-endian.
//
//   0  'MF'              8  attempt u32       20  seq f64
//   2  version u8       12  channel u32       28  the control's number f64: time of a watermark, epoch of a barrier, else 0
//   3  flags u8         16  records u32       36  body, if there are records (frame-codec.ts)
//   4  length of the whole frame u32
//
// flags: bits 0 to 2 the control (0 none), bit 3 keys and groups are there, bit 4 some record has a time, bit 5 there are partials.

import { activeControl, type Control, endControl, idleControl } from '../model/elements.ts'
import { MillraceError } from '../model/errors.ts'
import type { Frame } from '../model/frame.ts'
import { type Attempt, attempt, type ChannelId, channelId, epoch } from '../model/ids.ts'
import type { ByteWriter } from './bytes.ts'

export const frameHeadBytes = 36
export const keyedFlag = 8
export const timedFlag = 16
export const foldedFlag = 32
const controlBits = 7
const flagsMax = 63
const magic = 0x464d
const version = 2

export interface FrameHead {
  readonly attempt: Attempt
  readonly channel: ChannelId
  readonly seq: number
  /** Number of records; without any the frame has no body. */
  readonly records: number
  readonly control: Control | null
  /** Length of the whole frame. */
  readonly bytes: number
  readonly flags: number
}

const controlKinds = [undefined, 'WATERMARK', 'BARRIER', 'IDLE', 'ACTIVE', 'END'] as const

/** Fills the head in at the beginning of `into`, which holds the whole frame. */
export function writeFrameHead(into: ByteWriter, { attempt, channel, seq, control }: Frame, records: number, flags: number): void {
  const { view } = into
  view.setUint16(0, magic, true)
  view.setUint8(2, version)
  view.setUint8(3, flags | (control === null ? 0 : controlKinds.indexOf(control.kind)))
  view.setUint32(4, into.length, true)
  view.setUint32(8, attempt, true)
  view.setUint32(12, channel, true)
  view.setUint32(16, records, true)
  view.setFloat64(20, seq, true)
  view.setFloat64(28, numberOf(control), true)
}

function numberOf(control: Control | null): number {
  if (control?.kind === 'WATERMARK') return control.time
  return control?.kind === 'BARRIER' ? control.epoch : 0
}

/**
 * The head of a frame.
 * @param bytes exactly one frame
 * @param what it is, for error messages: the channel
 * @throws CORRUPT for anything that is not the head of a frame of this length
 */
export function readFrameHead(bytes: Uint8Array, what: string): FrameHead {
  const refused = (why: string): MillraceError => new MillraceError('CORRUPT', `a frame of ${what} is damaged: ${why}`)
  if (bytes.length < frameHeadBytes) throw refused(`it has ${bytes.length} bytes, fewer than any frame`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0, true) !== magic || view.getUint8(2) !== version)
    throw refused(`it does not begin as a frame of version ${version} does`)
  const length = view.getUint32(4, true)
  if (length !== bytes.length) throw refused(`it has ${bytes.length} bytes and should have ${length}`)
  const flags = view.getUint8(3)
  const records = view.getUint32(16, true)
  const seq = view.getFloat64(20, true)
  if (flags > flagsMax || (records === 0) !== (length === frameHeadBytes) || (records === 0 && flags > controlBits))
    throw refused(`flags ${flags} with ${records} records in ${length} bytes`)
  if (!Number.isSafeInteger(seq) || seq < 1) throw refused(`its sequence number is ${seq}`)
  const number = view.getFloat64(28, true)
  const control = controlOf(flags & controlBits, number)
  if (control === undefined) throw refused(`control ${flags & controlBits} with the number ${number}`)
  return {
    attempt: attempt(view.getUint32(8, true)),
    channel: channelId(view.getUint32(12, true)),
    seq,
    records,
    control,
    bytes: length,
    flags,
  }
}

/** Undefined where kind and number do not go together. */
function controlOf(kind: number, number: number): Control | null | undefined {
  const name = controlKinds[kind]
  if (name === 'WATERMARK') return Number.isNaN(number) ? undefined : { kind: name, time: number }
  if (name === 'BARRIER') return Number.isSafeInteger(number) && number >= 0 ? { kind: name, epoch: epoch(number) } : undefined
  if (number !== 0 || kind >= controlKinds.length) return undefined
  if (name === 'IDLE') return idleControl
  if (name === 'ACTIVE') return activeControl
  return name === 'END' ? endControl : null
}
