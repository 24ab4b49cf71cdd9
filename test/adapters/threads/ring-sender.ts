// The sending thread of the ring's test: sends while it has credit and room, and sleeps until its doorbell says that there may be more.

import { parentPort, workerData } from 'node:worker_threads'
import { Doorbell } from '../../../src/adapters/threads/doorbell.ts'
import { RingWriter } from '../../../src/adapters/threads/ring.ts'
import { message } from './messages.ts'

const { ring, mine, theirs, ringBytes, messages } = workerData
const writer = new RingWriter(ring)
const receiver = new Doorbell(theirs)
let sent = 0

new Doorbell(mine).onRing(() => {
  let hasRoom = writer.pump()
  while (hasRoom && sent < messages && sent < writer.limit()) hasRoom = writer.write(message(sent++, ringBytes))
  receiver.ring()
})
// Keeps the thread's event loop alive.
parentPort!.on('message', () => undefined)
