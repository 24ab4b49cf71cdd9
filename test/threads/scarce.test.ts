// No memory for the channels between the threads of a job, and no more threads from the system: what the user is told.
//
// Memory: real processes with a limited address space, and jobs with half a million channels. A process that has nothing left at all is ended
// by V8, which needs memory to throw. What is shown here is that it does not come to that: channels are asked for at once, and refused at
// once. Threads: a limit of the system counts all processes of a user, so what Node throws then (EAGAIN) is thrown by the test, from the
// constructor of Worker, in a program whose other threads are real.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { endAll, millrace } from '../cli/command.ts'
import { type Installed, installPackage } from '../cli/installed.ts'

/** More than a process with two threads takes, which is 2 to 3 GB, and less than the channels of `wide` need. */
const addressSpaceKib = 6_000_000

const wide = `import { discard, generator, job } from 'millrace'
export const wide = job('wide', { parallelism: 1_024, maxParallelism: 1_024 })
wide.source('ids', generator((id) => id, { splits: 1_024, count: 1_024 })).rebalance().map((id) => id).to('nowhere', discard())`

const joining = `import { join } from 'millrace'
import { wide } from './wide.mjs'
const node = await join(wide, { threads: 2, module: new URL('./wide.mjs', import.meta.url).href })
await node.done.catch((error) => console.log(error.code, error.message))
await node.close().catch(() => console.log('closed'))`

const small = `import { discard, generator, job } from 'millrace'
export const small = job('small')
small.source('ids', generator((id) => id, { splits: 2, count: 20_000, perSecond: 5_000 })).rebalance().map((id) => id).to('nowhere', discard())`

/** The job runs for longer than it takes until a thread in reserve is started. */
const fewThreads = `import workers from 'node:worker_threads'
import { syncBuiltinESMExports } from 'node:module'
const { Worker } = workers
let left = Number(process.env.TEST_THREADS)
let refused = 0
workers.Worker = class extends Worker {
  constructor(...args) {
    if (left-- <= 0) {
      refused++
      throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' })
    }
    super(...args)
  }
}
syncBuiltinESMExports()
const { join } = await import('millrace')
const { small } = await import('./small.mjs')
const node = await join(small, { threads: 2, module: new URL('./small.mjs', import.meta.url).href })
const end = await node.done.then(() => 'finished', (error) => error.message)
console.log(refused > 0, end)`

const refused =
  'there are no 8,724,152,320 bytes of shared memory for 524,288 channels between threads (Array buffer allocation failed): use fewer threads or a lower parallelism, so that there are fewer channels, or give the process more memory'

let installed: Installed

beforeAll(async () => {
  installed = await installPackage()
  await writeFile(join(installed.folder, 'wide.mjs'), wide)
  await writeFile(join(installed.folder, 'joining.mjs'), joining)
  await writeFile(join(installed.folder, 'small.mjs'), small)
  await writeFile(join(installed.folder, 'few-threads.mjs'), fewThreads)
}, 120_000)
afterAll(() => installed.remove())
afterEach(endAll)

// Other systems do not limit the address space of a process.
describe.skipIf(process.platform !== 'linux')(
  'a job with more channels between threads than there is memory for',
  { timeout: 60_000 },
  () => {
    test('TH12 fails with one message that says how much was asked and what to do, and its process ends', async () => {
      const args = ['run', 'wide.mjs', '--threads', '2', '--progress', 'none']
      const ended = await millrace(args, { cwd: installed.folder, main: installed.main, addressSpaceKib })
      expect(ended).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^wide starts: .*\nerror: job wide failed: .*\n$/),
      })
      expect(ended.stderr).toContain(refused)
    })

    test('TH12 rejects `done` in a program of its own, which goes on', async () => {
      const ended = await millrace([], { cwd: installed.folder, main: join(installed.folder, 'joining.mjs'), addressSpaceKib })
      expect([ended.code, ended.stdout]).toEqual([0, `USAGE ${refused}\nclosed\n`])
    })
  },
)

test.each([
  [
    'fails and says what to do when there are too few',
    '1',
    /^true a thread of job small could not be started \(EAGAIN\): .*Use fewer threads/,
  ],
  ['runs to its end when there is none in reserve', '2', /^true finished\n$/],
])('TH14 a job on threads that the system gives no more %s', { timeout: 60_000 }, async (_, threads, said) => {
  const main = join(installed.folder, 'few-threads.mjs')
  const ended = await millrace([], { cwd: installed.folder, main, env: { TEST_THREADS: threads } })
  expect([ended.code, ended.stderr, ended.stdout]).toEqual([0, '', expect.stringMatching(said)])
})
