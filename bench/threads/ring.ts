// What an exchange between two threads costs by itself: bids of all fields through encoder, ring and decoder, without the engine around it.
//
// `node ring.js [records] [generated | prepared]`. The sender computes each bid (generated) or takes it from a list (prepared), hashes its
// auction and fills frames; the receiver decodes them, reads two fields of each bid and grants credit. Prints records a second and, where
// Linux tells it, CPU time a record on each side.

import { readFileSync } from 'node:fs'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { createDoorbell, Doorbell } from '../../src/adapters/threads/doorbell.ts'
import { createRings, RingReader, RingWriter } from '../../src/adapters/threads/ring.ts'
import { FrameDecoder, FrameEncoder } from '../../src/codec/frame-codec.ts'
import { clearBatch, createBatch, growBatch } from '../../src/model/batch.ts'
import { endControl } from '../../src/model/elements.ts'
import { attempt, channelId } from '../../src/model/ids.ts'
import { hashKey } from '../../src/model/key.ts'
import { frameRecordsMax, localWindowRecords, maxParallelismDefault } from '../../src/model/limits.ts'
import type { LinkMemory } from '../../src/ports/byte-link.ts'
import { type Bid, eventAt, isBid } from '../nexmark/events.ts'

interface Setup {
  readonly ring: LinkMemory
  readonly bells: { readonly sender: SharedArrayBuffer; readonly receiver: SharedArrayBuffer }
  readonly records: number
  readonly isPrepared: boolean
}

const preparedBids = 65_536

/** CPU time of this thread so far, in ns; NaN where the system does not tell. */
function threadCpu(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0])
  } catch {
    return Number.NaN
  }
}

function bids(isPrepared: boolean): () => Bid {
  let i = 0
  const generated = (): Bid => {
    for (;;) {
      const event = eventAt(i++, 100)
      if (isBid(event)) return event
    }
  }
  if (!isPrepared) return generated
  const list = Array.from({ length: preparedBids }, generated)
  let at = 0
  return () => list[at++ & (preparedBids - 1)]!
}

function send({ ring, bells, records, isPrepared }: Setup): void {
  const writer = new RingWriter(ring)
  const encoder = new FrameEncoder(msgpackCodec())
  const receiver = new Doorbell(bells.receiver)
  const next = bids(isPrepared)
  const batch = createBatch()
  growBatch(batch, frameRecordsMax)
  const started = threadCpu()
  let sent = 0
  let seq = 1

  const sendFrame = (): boolean => {
    const count = Math.min(frameRecordsMax, records - sent)
    for (let i = 0; i < count; i++) {
      const bid = next()
      batch.values[i] = bid
      batch.times[i] = bid.dateTime
      batch.keys[i] = bid.auction
      batch.groups[i] = hashKey(bid.auction) % maxParallelismDefault
    }
    batch.length = count
    sent += count
    const control = sent === records ? endControl : null
    const hasRoom = writer.write(encoder.encode({ attempt: attempt(1), channel: channelId(1), seq: seq++, batch, control }))
    clearBatch(batch)
    receiver.ring()
    if (control !== null) parentPort?.postMessage(threadCpu() - started)
    return hasRoom
  }
  new Doorbell(bells.sender).onRing(() => {
    let hasRoom = writer.pump()
    while (hasRoom && sent < records && sent + frameRecordsMax <= writer.limit()) hasRoom = sendFrame()
    if (!hasRoom) receiver.ring()
  })
  parentPort?.on('message', () => undefined)
  parentPort?.postMessage(0)
}

interface Received {
  readonly seconds: number
  readonly cpu: number
  readonly prices: number
}

function receive({ ring, bells, records }: Setup): Promise<Received> {
  const reader = new RingReader(ring, 'channel 1')
  const decoder = new FrameDecoder(msgpackCodec(), 'channel 1')
  const sender = new Doorbell(bells.sender)
  const batch = createBatch()
  const started = { time: performance.now(), cpu: threadCpu() }
  let taken = 0
  let granted = localWindowRecords
  let prices = 0
  reader.grant(granted)
  sender.ring()
  return new Promise((resolve) => {
    const stop = new Doorbell(bells.receiver).onRing(() => {
      let isLast = false
      for (let bytes = reader.read(); bytes !== undefined; bytes = reader.read()) {
        const { control } = decoder.decode(bytes, batch)
        for (let i = 0; i < batch.length; i++) {
          const bid = batch.values[i] as Bid
          prices += bid.price + bid.extra.length
        }
        taken += batch.length
        clearBatch(batch)
        isLast = control !== null
        if (taken + localWindowRecords - granted < localWindowRecords / 2) continue
        granted = taken + localWindowRecords
        reader.grant(granted)
        sender.ring()
      }
      if (reader.takeWriterWaiting()) sender.ring()
      if (!isLast) return
      stop()
      if (taken !== records) throw new Error(`${taken} of ${records} records came through`)
      resolve({ seconds: (performance.now() - started.time) / 1_000, cpu: threadCpu() - started.cpu, prices })
    })
  })
}

async function run(records: number, isPrepared: boolean): Promise<object> {
  const setup: Setup = {
    ring: createRings(1)[0]!,
    bells: { sender: createDoorbell(), receiver: createDoorbell() },
    records,
    isPrepared,
  }
  const worker = new Worker(new URL(import.meta.url), { workerData: setup })
  const failed = new Promise<never>((_, reject) => worker.once('error', reject))
  await Promise.race([failed, new Promise((resolve) => worker.once('message', resolve))])
  const senderCpu = new Promise<number>((resolve) => worker.once('message', resolve))
  const usage = process.cpuUsage()
  const received = await Promise.race([failed, receive(setup)])
  const { user, system } = process.cpuUsage(usage)
  const perRecord = (ns: number): number => Math.round(ns / records)
  const outcome = {
    records,
    bids: isPrepared ? 'prepared' : 'generated',
    recordsPerSecond: Math.round(records / received.seconds),
    nsPerRecord: perRecord(received.seconds * 1e9),
    senderCpuNs: perRecord(await senderCpu),
    receiverCpuNs: perRecord(received.cpu),
    processCpuNs: perRecord((user + system) * 1_000),
    prices: received.prices,
  }
  await worker.terminate()
  return outcome
}

if (isMainThread) {
  const records = Number(process.argv[2] ?? 5_000_000)
  const modes = process.argv[3] === undefined ? ['generated', 'prepared'] : [process.argv[3]]
  for (const mode of modes) console.log(JSON.stringify(await run(records, mode === 'prepared')))
} else send(workerData as Setup)
