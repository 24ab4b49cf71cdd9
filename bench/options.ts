// What is written behind `npm run bench --`: names of figures or groups, and options. Which options there are: docs/PERFORMANCE.md.

import { parseArgs } from 'node:util'
import type { Size } from './figure.ts'

export interface BenchOptions {
  /** Figures, groups, or queries to compare. */
  readonly names: readonly string[]
  readonly size: Size
  /** Undefined: as many as a figure wants. */
  readonly pairs: number | undefined
  /** Engines to compare with; undefined: no comparison. */
  readonly against: string | undefined
  /** Every query in each form that the other engine has. */
  readonly allForms: boolean
  /** File in which a comparison keeps results. */
  readonly record: string | undefined
  /** Times the usual numbers of events of a comparison. */
  readonly scale: number
}

/** @returns a text where something is wrong: what it is */
export function readOptions(args: readonly string[]): BenchOptions | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        pairs: { type: 'string' },
        against: { type: 'string' },
        forms: { type: 'boolean', default: false },
        record: { type: 'string' },
        scale: { type: 'string', default: '1' },
      },
    })
    const { quick, forms: allForms, against, record } = values
    const pairs = values.pairs === undefined ? undefined : Number(values.pairs)
    if (pairs !== undefined && !(Number.isSafeInteger(pairs) && pairs > 0)) return '--pairs takes a whole number above 0'
    const scale = Number(values.scale)
    if (!(scale > 0 && scale <= scaleMax)) return `--scale takes a number above 0, of at most ${scaleMax}`
    return { names: positionals, size: quick ? 'quick' : 'full', pairs, against, allForms, record, scale: quick ? quickScale : scale }
  } catch (error) {
    return (error as Error).message
  }
}

const quickScale = 0.02
/** The number of an event has 31 bits. */
const scaleMax = 20
