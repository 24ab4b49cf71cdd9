// Numbers as people read them.

/** 1234567 → '1,234,567' */
export const counted = (n: number): string => String(Math.round(n)).replace(/\B(?=(?:\d{3})+$)/g, ',')

export const plural = (n: number, one: string): string => `${counted(n)} ${one}${n === 1 ? '' : 's'}`

/** Text from outside on a terminal: control characters but for line ends are spelled out. */
export const printable = (text: string): string =>
  text.replace(/(?![\n\t])\p{Cc}/gu, (char) => `\\x${char.codePointAt(0)!.toString(16).padStart(2, '0')}`)

/** Per second; small ones with one digit behind the point. */
export const rate = (perSecond: number): string => (perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : counted(perSecond))

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let n = bytes
  let unit = 0
  while (n >= 1_000 && unit < units.length - 1) {
    n /= 1_000
    unit++
  }
  return `${unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`
}

const spans: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
]

/** Milliseconds as '45 ms', '2.3 s', '3 min 4 s', '2 h 5 min'. */
export function span(ms: number): string {
  if (ms < 0) return `-${span(-ms)}`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  const rounded = Math.round(ms / 1_000) * 1_000
  const first = spans.findIndex(([unit]) => rounded >= unit)
  const [large, name] = spans[first]!
  const [small, smallName] = spans[first + 1]!
  const rest = Math.floor((rounded % large) / small)
  return `${Math.floor(rounded / large)} ${name}${rest === 0 ? '' : ` ${rest} ${smallName}`}`
}

/** An instant, ms since the epoch, as '2026-01-31 12:00:05Z'. */
export function instant(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime())
    ? String(ms)
    : date
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, 'Z')
}

const lagShownMs = 86_400_000

/** Where event time stands: how far behind now, or the time itself where it is not of today. */
export function eventTime(watermark: number, now: number): string {
  if (watermark === Number.NEGATIVE_INFINITY) return 'none yet'
  if (watermark === Number.POSITIVE_INFINITY) return 'all'
  const lag = now - watermark
  return lag >= 0 && lag < lagShownMs ? `${span(lag)} behind` : instant(watermark)
}
