// A source of numbered records: at first as fast as they are taken, then at a rate, or none any more.

import type { Source } from 'millrace'

export interface Pace {
  /** Records that come as fast as they are taken. */
  readonly burst: number
  /** Records a second behind the burst; 0 = the source then waits. */
  readonly perSecond: number
  /** Records in all; unless set, there is no end. */
  readonly total?: number | undefined
}

export function numbered<T>(make: (n: number) => T, { burst, perSecond, total = Number.POSITIVE_INFINITY }: Pace): Source<T> {
  return {
    '~type': undefined as never,
    bounded: total !== Number.POSITIVE_INFINITY,
    describe: 'numbered records',
    guarantee: 'replays from any record, by its number',
    replayable: true,
    splits: () => [{ id: 'all' }],
    open: (_, offset, context) => {
      let made = typeof offset === 'number' ? offset : 0
      let pacedFrom = Number.NaN
      let pacedAt = Number.NaN
      let cancel: (() => void) | undefined
      /** Records that may have been made by now. */
      const due = (): number => {
        if (made < burst) return burst
        if (perSecond === 0) return made
        if (Number.isNaN(pacedAt)) {
          pacedAt = performance.now()
          pacedFrom = made
        }
        return pacedFrom + Math.floor(((performance.now() - pacedAt) * perSecond) / 1_000)
      }
      return {
        poll(out, max) {
          const end = Math.min(total, made + max, due())
          const began = made
          for (; made < end; made++) out.record(make(made))
          if (made === total) return 'end'
          return made > began ? 'more' : 'wait'
        },
        ready: () =>
          new Promise((resolve) => {
            if (perSecond > 0) cancel = context.after(1, resolve)
          }),
        offset: () => made,
        where: () => `record ${made}`,
        close: () => cancel?.(),
      }
    },
  }
}

/** Keys 0 … keys - 1, each once in a round, scattered. */
export const scattered = (n: number, keys: number): number => ((n % keys) * 618_041) % keys
