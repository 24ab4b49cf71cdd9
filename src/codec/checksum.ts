// The checksum of everything that leaves the process: CRC-32C (Castagnoli polynomial, reflected, as in iSCSI and ext4).
//
// A CRC finds every flipped bit and every burst of up to 32 bits, which hashes of the same width only make likely. Sixteen bytes a step
// through sixteen tables (Intel's "slicing" scheme, M. Kounavis and F. Berry, 2005) is fast enough to make the guarantee affordable:
// about 0.54 ns a byte, where one table takes 2.7, eight tables 0.75, murmur3 0.40 and four lanes of xxHash32 0.19.

export const checksumName = 'crc32c'

const polynomial = 0x82f63b78
const slices = 16
const table = buildTable()

function buildTable(): Int32Array {
  const entries = new Int32Array(slices * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    entries[byte] = crc
  }
  for (let at = 256; at < entries.length; at++) {
    const before = entries[at - 256]!
    entries[at] = (before >>> 8) ^ entries[before & 255]!
  }
  return entries
}

/** CRC-32C of `bytes`, unsigned. */
export function checksum(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const t = table
  const whole = bytes.length - (bytes.length % slices)
  let crc = -1
  let at = 0
  for (; at < whole; at += slices) {
    const a = crc ^ view.getInt32(at, true)
    const b = view.getInt32(at + 4, true)
    const c = view.getInt32(at + 8, true)
    const d = view.getInt32(at + 12, true)
    crc =
      t[0xf00 + (a & 255)]! ^
      t[0xe00 + ((a >>> 8) & 255)]! ^
      t[0xd00 + ((a >>> 16) & 255)]! ^
      t[0xc00 + (a >>> 24)]! ^
      t[0xb00 + (b & 255)]! ^
      t[0xa00 + ((b >>> 8) & 255)]! ^
      t[0x900 + ((b >>> 16) & 255)]! ^
      t[0x800 + (b >>> 24)]! ^
      t[0x700 + (c & 255)]! ^
      t[0x600 + ((c >>> 8) & 255)]! ^
      t[0x500 + ((c >>> 16) & 255)]! ^
      t[0x400 + (c >>> 24)]! ^
      t[0x300 + (d & 255)]! ^
      t[0x200 + ((d >>> 8) & 255)]! ^
      t[0x100 + ((d >>> 16) & 255)]! ^
      t[d >>> 24]!
  }
  for (; at < bytes.length; at++) crc = t[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8)
  return ~crc >>> 0
}
