// A job that goes on from its checkpoint in a new start, with its input or the options of its source changed meanwhile.

import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { limitedSource } from '../../src/cli/limited-source.ts'
import { jsonl, jsonlSink, type LinesOptions } from '../../src/files.ts'
import { generator, job, join, type Source } from '../../src/index.ts'
import { rowsOf } from './rows.ts'
import { temporaryDirectory } from './temporary.ts'

const count = 3_000
/** Records a second until it is stopped: it cannot come to the end before. */
const slow = 2_000

let directory: string
let input: string
beforeEach(() => {
  directory = temporaryDirectory()
  mkdirSync(`${directory}/in`)
  input = `${directory}/in/a.jsonl`
  writeFileSync(input, Array.from({ length: count }, (_, id) => `{"id":${100_000 + id}}\n`).join(''))
})

const start = (source: Source<unknown>) => {
  const made = job('reading', { checkpointEvery: '10 ms' })
  made.source('in', source).to('out', jsonlSink(`${directory}/out`))
  return join(made, { state: `${directory}/state` })
}

const lines = (options: LinesOptions = {}, path = input): Source<unknown> => jsonl(path, { splitBytes: 8_000, ...options })

/** Reads a part of it, and stops. */
async function begin(source: Source<unknown>): Promise<void> {
  const node = await start(limitedSource(source, slow))
  while (node.status()?.lastCheckpoint === undefined || (await rowsOf(`${directory}/out`).catch(() => [])).length < 50)
    await new Promise((resolve) => setTimeout(resolve, 5))
  await node.close()
  expect((await rowsOf(`${directory}/out`)).length).toBeLessThan(count)
}

const goesOn = async (source: Source<unknown>): Promise<unknown> => (await start(source)).done

async function expectEachOnce(): Promise<void> {
  const ids = (await rowsOf<{ readonly id: number }>(`${directory}/out`)).map(({ id }) => id).sort((a, b) => a - b)
  expect(ids).toEqual(Array.from({ length: count }, (_, id) => 100_000 + id))
}

describe('the splits of a checkpoint are read on as they were begun', () => {
  test.each<[string, LinesOptions]>([
    ['larger', { splitBytes: 12_000 }],
    ['smaller', { splitBytes: 3_000 }],
    ['one', { inOrder: true }],
  ])('SO58 %s splits now', async (_, options) => {
    await begin(lines())
    await goesOn(lines(options))
    await expectEachOnce()
  })

  test('SO58 lines and files that came later are not read', async () => {
    await begin(lines({}, `${directory}/in`))
    appendFileSync(input, '{"id":1}\n')
    writeFileSync(`${directory}/in/b.jsonl`, '{"id":2}\n')
    await goesOn(lines({}, `${directory}/in`))
    await expectEachOnce()
  })
})

describe('what cannot be read on is refused by name', () => {
  test('SO59 a file that was written again', async () => {
    await begin(lines())
    writeFileSync(input, readFileSync(input, 'utf8').replaceAll('"id":10', '"id":99'))
    await expect(goesOn(lines())).rejects.toMatchObject({
      code: 'INPUT_CHANGED',
      message: expect.stringContaining('a.jsonl begins differently'),
    })
  })

  test('SO59 a file that is gone', async () => {
    await begin(lines())
    renameSync(input, `${directory}/moved.jsonl`)
    await expect(goesOn(lines())).rejects.toMatchObject({ code: 'INPUT_CHANGED', message: expect.stringContaining('a.jsonl is gone') })
  })

  test('SO59 another path', async () => {
    await begin(lines())
    writeFileSync(`${directory}/other.jsonl`, '{"id":1}\n')
    await expect(goesOn(lines({}, `${directory}/other.jsonl`))).rejects.toMatchObject({
      code: 'STATE_MISMATCH',
      message: expect.stringMatching(/made of other files than .*other\.jsonl: of .*a\.jsonl/),
    })
  })

  test('SO59 another number of splits of a generator', async () => {
    const ids = (splits: number) => generator((id) => ({ id: 100_000 + id }), { count, splits })
    await begin(ids(2))
    await expect(goesOn(ids(3))).rejects.toMatchObject({
      code: 'STATE_MISMATCH',
      message: expect.stringContaining('2 splits, and the job has 3'),
    })
    await goesOn(ids(2))
    await expectEachOnce()
  })
})
