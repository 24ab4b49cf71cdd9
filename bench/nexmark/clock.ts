// Times as texts. What was last written is kept, for times of one minute come together.

let minuteShown = Number.NaN
let text = ''

function shown(ms: number): string {
  const minute = Math.floor(ms / 60_000)
  if (minute !== minuteShown) {
    text = new Date(ms).toISOString()
    minuteShown = minute
  }
  return text
}

/** As 2023-11-15, in UTC. */
export const dayOf = (ms: number): string => shown(ms).slice(0, 10)

/** As 09:05, in UTC. */
export const minuteOf = (ms: number): string => shown(ms).slice(11, 16)
