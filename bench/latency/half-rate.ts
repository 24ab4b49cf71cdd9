// Ages at half of the greatest rate: the same job first as fast as it goes, then at half of that, in one process.
//
// An age goes from the making of a record to its arrival in the sink. At the paced rate the source makes what is due every millisecond, so
// records come in small bursts, as they do from a socket. `paced` says how much of the wanted rate it kept: below 0.95 the machine was too
// busy for it, and ages are those of an overload.

import type { Outcome, Size } from '../figure.ts'
import { rounded } from '../measure.ts'
import { Seen } from './ages.ts'

/** One run of a job. */
export interface Pass {
  readonly count: number
  /** Records a second; undefined: as fast as they are taken. */
  readonly perSecond: number | undefined
  /** Records at the beginning whose ages do not count. */
  readonly untimed: number
}

/** Runs a job to its end and checks what came out; what its sink saw goes to `seen`. */
export type RunPass = (pass: Pass, seen: Seen) => Promise<void>

interface Scale {
  readonly warmUp: number
  readonly unpaced: number
  readonly pacedSeconds: number
  readonly untimedSeconds: number
}

const scales: Readonly<Record<Size, Scale>> = {
  full: { warmUp: 1_000_000, unpaced: 4_000_000, pacedSeconds: 8, untimedSeconds: 2 },
  quick: { warmUp: 0, unpaced: 20_000, pacedSeconds: 0.2, untimedSeconds: 0 },
}

export async function atHalfRate(size: Size, run: RunPass): Promise<Outcome> {
  const scale = scales[size]
  const timed = async (pass: Pass): Promise<{ readonly seen: Seen; readonly rate: number }> => {
    const seen = new Seen()
    await run(pass, seen)
    return { seen, rate: (pass.count / Math.max(1, seen.endedAt - seen.beganAt)) * 1_000 }
  }
  if (scale.warmUp > 0) await timed({ count: scale.warmUp, perSecond: undefined, untimed: scale.warmUp })
  const { rate: greatest } = await timed({ count: scale.unpaced, perSecond: undefined, untimed: scale.unpaced })
  const perSecond = Math.round(greatest / 2)
  const count = Math.ceil(perSecond * scale.pacedSeconds)
  const { seen, rate } = await timed({ count, perSecond, untimed: Math.floor(perSecond * scale.untimedSeconds) })
  const { ages } = seen
  if (ages.count === 0) throw new Error('no age was taken')
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => rounded(ages.quantile(share)))
  return {
    value: p99!,
    check: 'complete',
    detail: { p50: p50!, p99: p99!, p999: p999!, max: rounded(ages.max), greatest, perSecond, paced: rounded(rate / perSecond) },
  }
}
