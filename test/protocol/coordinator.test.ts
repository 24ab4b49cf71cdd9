// Golden scenarios of the coordinator: scenarios/*.txt hold events and the effects that must follow, in order.
//
// A file opens with a comment and an options line: `options: two, fresh, kept=1 …`. To write one, put down the `> event` lines and what you
// expect behind them; the test shows the difference.

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { epoch } from '../../src/model/ids.ts'
import { configOf, Script } from './coordinator-script.ts'

const folder = new URL('scenarios/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

function replay(text: string): string {
  const opening = text.split('\n').filter((line) => line.startsWith('# '))
  const options = new Set(
    opening
      .filter((line) => line.startsWith('# options:'))
      .flatMap((line) => line.slice(10).split(','))
      .map((option) => option.trim()),
  )
  const noRestarts = { ...configOf(false).restart, restarts: 0 }
  const from = [...options].find((option) => option.startsWith('from '))
  const config = configOf(options.has('two regions'), {
    fresh: options.has('fresh'),
    from: from === undefined ? undefined : epoch(Number(from.slice(5))),
    ...(options.has('no committers') ? { committing: new Set<never>() } : {}),
    ...(options.has('no restarts') ? { restart: noRestarts } : {}),
  })
  return `${opening.join('\n')}\n${new Script(config).run(text)}`
}

describe('scenarios of the coordinator', () => {
  const scenarios = readdirSync(folder).map((name) => [name])

  test.each(scenarios)(
    'CP1 CP2 CP3 CP4 CP5 CP6 RC1 RC2 RC3 RC4 RC5 RC6 RC25 effects follow events in the order that safety needs: %s',
    (name) => {
      const text = read(name)
      expect(replay(text)).toBe(text)
    },
  )
})
