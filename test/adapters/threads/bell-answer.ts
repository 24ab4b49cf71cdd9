// A thread that answers each ring with one of its own, and then does nothing but wait for the next.

import { parentPort, workerData } from 'node:worker_threads'
import { Doorbell } from '../../../src/adapters/threads/doorbell.ts'

const theirs = new Doorbell(workerData.theirs)
new Doorbell(workerData.mine).onRing(() => theirs.ring())
parentPort!.on('message', () => undefined)
parentPort!.postMessage('up')
