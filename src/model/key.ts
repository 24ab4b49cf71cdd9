// Keys and key groups: the same key has the same group in every process, on every machine, in every version of the engine.
//
// The group of a key is the murmur3-32 hash (Austin Appleby, public domain; seed 0) of its canonical bytes, modulo maxParallelism.
// Canonical bytes: a tag (1 number, 2 string, 3 bigint, 4 boolean), then the float64 little-endian (-0 as 0; NaN is refused), the UTF-16
// units little-endian, the shortest two's complement little-endian, or one byte. So 1, '1', 1n and true are four keys.
// The tag byte shifts everything by one, so words are put together with a carry instead of through a buffer.

import { MillraceError } from './errors.ts'

export type Key = string | number | bigint | boolean

/** Name of the hash in every manifest; a checkpoint written with another one is refused. */
export const keyHashName = 'murmur3-32/utf16'

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)

function mixBlock(hash: number, block: number): number {
  block = Math.imul(block, 0xcc9e2d51)
  block = Math.imul((block << 15) | (block >>> 17), 0x1b873593)
  hash ^= block
  return (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
}

function finish(hash: number, tail: number, length: number): number {
  tail = Math.imul(tail, 0xcc9e2d51)
  hash ^= Math.imul((tail << 15) | (tail >>> 17), 0x1b873593)
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Hash of a number as a key. -0 is 0. */
function hashNumber(key: number): number {
  float[0] = key + 0
  const low = words[0]!
  const high = words[1]!
  const hash = mixBlock(mixBlock(0, 1 | (low << 8)), (low >>> 24) | (high << 8))
  return finish(hash, high >>> 24, 9)
}

function hashString(key: string): number {
  const units = key.length
  let hash = 0
  let carry = 2
  let i = 0
  for (; i + 1 < units; i += 2) {
    const word = key.charCodeAt(i) | (key.charCodeAt(i + 1) << 16)
    hash = mixBlock(hash, carry | (word << 8))
    carry = word >>> 24
  }
  const tail = i < units ? carry | (key.charCodeAt(i) << 8) : carry
  return finish(hash, tail, 1 + 2 * units)
}

function hashBigint(key: bigint): number {
  let hash = 0
  let word = 3
  let filled = 1
  let length = 1
  for (let rest = key; ; rest >>= 8n) {
    const byte = Number(rest & 0xffn)
    word |= byte << (8 * filled)
    length++
    if (++filled === 4) {
      hash = mixBlock(hash, word)
      word = 0
      filled = 0
    }
    const signExtended = (byte & 0x80) === 0 ? 0n : -1n
    if (rest >> 8n === signExtended) return finish(hash, word, length)
  }
}

/** Unsigned 32-bit hash of a key. Throws JOB_INVALID's runtime twin, USER_CODE, for what is no key (objects, undefined, NaN). */
export function hashKey(key: unknown): number {
  switch (typeof key) {
    case 'number':
      if (Number.isNaN(key)) break
      return hashNumber(key)
    case 'string':
      return hashString(key)
    case 'bigint':
      return hashBigint(key)
    case 'boolean':
      return finish(0, 4 | ((key ? 1 : 0) << 8), 2)
  }
  throw new MillraceError(
    'USER_CODE',
    `keyBy returned ${key === null ? 'null' : typeof key === 'number' ? 'NaN' : `a value of type ${typeof key}`}: a key is a string, number, bigint or boolean; join several fields with JSON.stringify([a, b])`,
  )
}

export const keyGroupOf = (key: unknown, maxParallelism: number): number => hashKey(key) % maxParallelism

/** The subtask that owns a group: contiguous ranges, as even as they can be. */
export const subtaskOfGroup = (group: number, maxParallelism: number, parallelism: number): number =>
  Math.floor((group * parallelism) / maxParallelism)

/** First group of a subtask; its range ends where the next one's begins. */
export const firstGroupOf = (subtask: number, maxParallelism: number, parallelism: number): number =>
  Math.ceil((subtask * maxParallelism) / parallelism)

/** A key as it is written in a program, for messages. */
export const keyText = (key: Key): string =>
  typeof key === 'bigint' ? `${key}n` : typeof key === 'number' ? String(key) : JSON.stringify(key)

/** Of which record, for messages: ' for key "a" at event time 5'. @param time NaN = it has none */
export const whose = (key: Key | undefined, time: number): string =>
  `${key === undefined ? '' : ` for key ${keyText(key)}`}${Number.isNaN(time) ? '' : ` at event time ${time}`}`
