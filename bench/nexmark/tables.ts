// The generator's hash, its table of prices and its tables of texts: fixed, so that every event is a function of its number.
//
// Texts come from tables because what a query costs should not depend on how they were made.

const { imul, round } = Math

/** What separates the random numbers of an event from each other. */
export const step = 0x9e3779b9

/** The last step of MurmurHash3 (Appleby, 2011): a bijection of 32-bit integers. */
export function mix(x: number): number {
  x ^= x >>> 16
  x = imul(x, 0x85ebca6b)
  x ^= x >>> 13
  x = imul(x, 0xc2b2ae35)
  return x ^ (x >>> 16)
}

const table = (length: number, entry: (k: number) => string): readonly string[] => Array.from({ length }, (_, k) => entry(k))

function text(salt: number, k: number, length: number, first = 97, symbols = 26, from = 0): string {
  const codes = Array.from({ length }, (_, j) => first + ((mix((salt * 2_000 + k) * 64 + from + j) >>> 0) % symbols))
  return String.fromCharCode(...codes)
}

const digits = (k: number, from: number): string => text(6, k, 4, 48, 10, from)

export const extras = table(1_000, (k) => text(1, k, 32))
export const names = table(1_000, (k) => `${text(2, k, 6)} ${text(3, k, 8)}`)
export const emails = table(1_000, (k) => `${text(4, k, 8)}@${text(5, k, 6)}.com`)
export const creditCards = table(1_000, (k) => [0, 4, 8, 12].map((from) => digits(k, from)).join(' '))
export const items = table(1_000, (k) => text(7, k, 12))
export const descriptions = table(1_000, (k) => text(8, k, 40))
export const cities: readonly string[] = [
  'Phoenix',
  'Los Angeles',
  'San Francisco',
  'Boise',
  'Portland',
  'Bend',
  'Redmond',
  'Seattle',
  'Kent',
  'Cheyenne',
]
export const states: readonly string[] = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']

const hotChannels = ['Google', 'Facebook', 'Baidu', 'Apple']
/** 1,000 rare ones, then the four that half of the bids come through. */
export const channels = table(1_004, (k) => hotChannels[k - 1_000] ?? `channel-${k}`)
export const urls = table(1_004, (k) => {
  const path = [9, 10, 11].map((salt) => text(salt, k, 5)).join('/')
  return `https://www.nexmark.com/${path}/item.htm?query=1${k % 10 === 0 ? '' : `&channel_id=${k}`}`
})

/** Prices from 100 to 100,000,000, evenly spread on a logarithmic scale. */
export const prices = Int32Array.from({ length: 1_025 }, (_, k) => round(100 * 10 ** ((6 * k) / 1_024)))
