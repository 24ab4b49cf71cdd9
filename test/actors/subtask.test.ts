// The actor of a subtask: opening, closing, errors of connectors, and staged output, with fakes of sources and sinks.

import { expect, test } from 'vitest'
import { job, type Sink, type Source } from '../../src/index.ts'
import type { Json } from '../../src/model/manifest.ts'
import { Deployed } from './deployed.ts'

interface Connectors {
  /** Where something of the source goes wrong, or waits. */
  readonly reader?: {
    open?: () => Promise<void>
    ready?: () => Promise<void>
    offset?: () => Json
    committed?: () => void
    close?: () => void
  }
  readonly writer?: {
    open?: () => Promise<void>
    write?: (value: unknown) => unknown
    prepare?: (epoch: number) => readonly Json[] | Promise<readonly Json[]>
    close?: () => unknown
  }
}

/** A job of one subtask: each split gives one record, then waits. */
function deployed({ reader = {}, writer = {} }: Connectors = {}): { deployed: Deployed; log: string[]; give(): void } {
  const log: string[] = []
  let more: (() => void) | undefined
  const source: Source<number> = {
    '~type': { out: 0, in: () => undefined },
    bounded: false,
    describe: 'fake',
    guarantee: 'none',
    replayable: true,
    splits: () => [],
    async open({ id }) {
      await reader.open?.()
      log.push(`open ${id}`)
      let given = 0
      let allowed = 1
      return {
        poll(out) {
          if (given < allowed) out.record(++given)
          return 'wait'
        },
        ready:
          reader.ready ??
          (() =>
            new Promise<void>((resolve) => {
              more = () => {
                allowed++
                resolve()
              }
            })),
        offset: () => reader.offset?.() ?? given,
        where: () => `${given}`,
        committed(offset) {
          reader.committed?.()
          log.push(`committed ${JSON.stringify(offset)}`)
        },
        close() {
          log.push(`close ${id}`)
          reader.close?.()
        },
      }
    },
  }
  const sink: Sink<number> = {
    '~type': () => undefined,
    describe: 'fake',
    guarantee: 'at-least-once',
    async writer() {
      await writer.open?.()
      log.push('open writer')
      return {
        write(values, length) {
          log.push(`write ${values.slice(0, length).join(' ')}`)
          return writer.write?.(values[0]) as Promise<void>
        },
        prepare(epoch) {
          log.push(`prepare ${epoch}`)
          return writer.prepare?.(epoch) ?? [`staged ${epoch}`]
        },
        close() {
          log.push('close writer')
          return writer.close?.() as Promise<void>
        },
      }
    },
  }
  const made = job('made')
  made.source('src', source, { timestamp: (n) => n }).to('out', sink)
  return { deployed: new Deployed(made, { src: ['a', 'b'] }), log, give: () => more?.() }
}

const started = async (connectors: Connectors = {}): Promise<ReturnType<typeof deployed>> => {
  const bench = deployed(connectors)
  await bench.deployed.settle()
  await bench.deployed.send({ type: 'start' })
  return bench
}

function held<T = void>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

const fails = (why: string) => (): never => {
  throw new Error(why)
}
const rejects = (why: string) => async (): Promise<never> => {
  throw new Error(why)
}

test('SU1 what was opened is closed when the rest cannot be', async () => {
  const { deployed: one, log } = deployed({ writer: { open: rejects('no room') } })
  await one.settle()
  expect(log).toEqual(['open a', 'open b', 'close a', 'close b'])
  expect(one.reports).toMatchObject([{ type: 'failed', error: { code: 'IO' } }])
  await one.cancel()
  expect([one.told, one.stopped]).toEqual([['failed', 'stopped'], true])
})

test('SU1 what is still being opened at a cancel is closed when it is there, and never starts', async () => {
  const opening = held()
  const { deployed: one, log } = deployed({ reader: { open: () => opening.promise } })
  await one.settle()
  await one.cancel()
  expect([one.told, log]).toEqual([['stopped'], []])
  opening.resolve(undefined)
  await one.settle()
  expect(log).toEqual(['open a', 'open b', 'open writer', 'close a', 'close b', 'close writer'])
  expect(one.told).toEqual(['stopped'])
})

test('SU2 a cancel closes everything, whatever throws, and says stopped when writers have closed', async () => {
  const closing = held()
  const { deployed: one, log } = await started({ reader: { close: fails('stuck') }, writer: { close: () => closing.promise } })
  await one.cancel()
  expect(log.filter((line) => line.startsWith('close'))).toEqual(['close a', 'close b', 'close writer'])
  expect(one.told).toEqual(['restored'])
  closing.resolve(undefined)
  await one.settle()
  expect([one.told, one.stopped]).toEqual([['restored', 'stopped'], true])
  expect(one.clock.pending).toBe(0)
  const broken = await started({ writer: { close: fails('twice stuck') } })
  await broken.deployed.cancel()
  expect([broken.deployed.told, broken.deployed.stopped]).toEqual([['restored', 'stopped'], true])
})

test('SU2 behind a cancel nothing is read, written or said', async () => {
  const writing = held()
  const { deployed: one, log, give } = await started({ writer: { write: () => writing.promise } })
  await one.cancel()
  const before = [...log]
  give()
  writing.resolve(undefined)
  await one.send({ type: 'trigger', epoch: 1 as never })
  one.clock.advance(60_000)
  await one.settle()
  expect(log).toEqual(before)
  expect(one.told).toEqual(['restored', 'stopped'])
})

test.each<[string, Connectors, string]>([
  ['ready throws', { reader: { ready: fails('lost') } }, 'source "src": lost'],
  ['ready rejects', { reader: { ready: rejects('lost') } }, 'source "src": lost'],
  ['an offset throws', { reader: { offset: fails('lost') } }, 'source "src", split "a": lost'],
  ['committed throws', { reader: { committed: fails('lost') } }, 'source "src": lost'],
  ['a write throws', { writer: { write: fails('full') } }, 'sink "out": full'],
  ['a write rejects', { writer: { write: rejects('full') } }, 'sink "out": full'],
  ['prepare throws', { writer: { prepare: fails('full') } }, 'sink "out": full'],
  ['prepare rejects', { writer: { prepare: rejects('full') } }, 'sink "out": full'],
])('SU3 when %s, that is a fault by name, once', async (_, connectors, message) => {
  const { deployed: one } = await started(connectors)
  await one.send({ type: 'trigger', epoch: 1 as never })
  await one.send({ type: 'complete', epoch: 1 as never })
  const failed = one.reports.filter(({ type }) => type === 'failed')
  expect(failed).toMatchObject([{ error: { code: 'IO', fate: 'fault', message } }])
})

test('SU4 while a write is pending nothing else is written and little is read; a result that is no promise is none', async () => {
  const writing = held()
  let first = true
  const {
    deployed: one,
    log,
    give,
  } = await started({
    writer: {
      write() {
        if (!first) return 17
        first = false
        return writing.promise
      },
    },
  })
  give()
  await one.settle()
  give()
  await one.settle()
  expect(log.filter((line) => line.startsWith('write'))).toEqual(['write 1'])
  writing.resolve(undefined)
  await one.settle()
  expect(log.filter((line) => line.startsWith('write')).length).toBe(2)
  expect(one.told).toEqual(['restored'])
})

test('SU5 a writer stages one epoch at a time; what an aborted checkpoint staged is in the next ack, in order, until one is complete', async () => {
  const first = held<readonly Json[]>()
  const {
    deployed: one,
    log,
    give,
  } = await started({ writer: { prepare: (epoch) => (epoch === 1 ? first.promise : [`staged ${epoch}`]) } })
  await one.send({ type: 'trigger', epoch: 1 as never })
  await one.send({ type: 'abort', epoch: 1 as never })
  give()
  await one.settle()
  await one.send({ type: 'trigger', epoch: 2 as never })
  expect(log.filter((line) => /write|prepare/.test(line)).slice(1)).toEqual(['write 1', 'write 1', 'prepare 1', 'write 2'])
  expect(one.told).toEqual(['restored'])
  first.resolve(['staged 1'])
  await one.settle()
  expect(one.reports.at(-1)).toMatchObject({ type: 'ack', epoch: 2, report: { committables: { out: ['staged 1', 'staged 2'] } } })
  await one.send({ type: 'complete', epoch: 2 as never })
  expect(log.slice(-2)).toEqual(['committed 1', 'committed 2'])
  await one.send({ type: 'trigger', epoch: 3 as never })
  expect(one.reports.at(-1)).toMatchObject({
    type: 'ack',
    epoch: 3,
    report: {
      committables: { out: ['staged 3'] },
      splits: {
        src: [
          { id: 'a', offset: 1 },
          { id: 'b', offset: 2 },
        ],
      },
    },
  })
})

test('SU6 at a last checkpoint nothing is read behind its barrier and no turn is asked for; after its abort reading goes on', async () => {
  const { deployed: one, log, give } = await started()
  await one.send({ type: 'trigger', epoch: 1 as never, last: true })
  give()
  await one.settle()
  one.clock.advance(10_000)
  await one.settle()
  expect(log.filter((line) => line.startsWith('write'))).toEqual(['write 1', 'write 1'])
  expect(one.clock.pending).toBe(0)
  await one.send({ type: 'abort', epoch: 1 as never })
  expect(log.filter((line) => line.startsWith('write'))).toEqual(['write 1', 'write 1', 'write 2'])
})

test('SU7 an ask is answered in a turn while the subtask runs, and refused before and after', async () => {
  const { deployed: one } = deployed()
  const subtask = one.worker.running({ vertex: 0 as never, index: 0 })!
  const early = subtask.ask('out' as never, 1)
  const refused = expect(early).rejects.toMatchObject({ code: 'TERMINATED' })
  await one.settle()
  await refused
  await one.send({ type: 'start' })
  const unknown = expect(subtask.ask('out' as never, 1)).rejects.toMatchObject({ code: 'USAGE' })
  await one.settle()
  await unknown
  const waiting = expect(subtask.ask('out' as never, 1)).rejects.toMatchObject({ code: 'TERMINATED' })
  await one.send({ type: 'cancel' })
  await waiting
  await expect(subtask.ask('out' as never, 1)).rejects.toMatchObject({ code: 'TERMINATED' })
})
