// A question to an actor: one message that carries a reference for the answer, and a promise of it.
//
// The promise settles once, with the first of: the answer; TERMINATED when the asked actor has stopped, also before it was asked;
// MAILBOX_FULL when the question was not taken; ASK_TIMEOUT. Answers that come later are dead letters. Of an actor elsewhere the kernel
// knows nothing but silence: there it is the answer or ASK_TIMEOUT.

import { MillraceError } from '../model/errors.ts'
import type { Cancel } from '../ports/clock.ts'
import type { ActorRef, Terminated } from './actor-ref.ts'
import type { AskOptions } from './behaviour.ts'
import type { Cell, TerminationListener } from './cell.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Kernel } from './kernel.ts'
import { isLocal } from './local-ref.ts'

/** Where answers go, and under which late ones are counted. */
const answersAddress = '/answers'

export function ask<Q, R>(kernel: Kernel, actor: ActorRef<Q>, make: (replyTo: ActorRef<R>) => Q, { timeoutMs }: AskOptions): Promise<R> {
  return new Promise((resolve, reject) => {
    if (!(timeoutMs >= 0)) throw new MillraceError('USAGE', `timeoutMs is ${timeoutMs}: give how long to wait for an answer, in ms`)
    const question = new Question<R>(kernel.deadLetters, resolve, reject)
    question.limit(actor.address, timeoutMs, kernel)
    try {
      if (isLocal(actor)) put(kernel.cellOf(actor), actor.address, question, make)
      else actor.tell(make(question))
    } catch (thrown) {
      question.fail(new MillraceError('USAGE', `the question to ${actor.address} could not be made`, { cause: thrown }))
    }
  })
}

function put<Q, R>(cell: Cell | undefined, address: string, question: Question<R>, make: (replyTo: ActorRef<R>) => Q): void {
  if (cell === undefined) question.terminated({ address, reason: 'unknown' })
  else question.follow(cell)
  if (cell === undefined || !question.isOpen) return
  const refused = cell.deliver(make(question))
  if (refused === 'overflow') question.fail(new MillraceError('MAILBOX_FULL', `${address} did not take a question: its mailbox is full`))
  else if (refused !== undefined) question.terminated({ address, reason: 'stopped' })
}

class Question<R> implements ActorRef<R>, TerminationListener {
  readonly address = answersAddress
  readonly #deadLetters: DeadLetters
  readonly #resolve: (answer: R) => void
  readonly #reject: (error: MillraceError) => void
  #open = true
  #cancelTimer: Cancel | undefined
  #cell: Cell | undefined

  constructor(deadLetters: DeadLetters, resolve: (answer: R) => void, reject: (error: MillraceError) => void) {
    this.#deadLetters = deadLetters
    this.#resolve = resolve
    this.#reject = reject
  }

  get isOpen(): boolean {
    return this.#open
  }

  limit(address: string, timeoutMs: number, { clock }: Kernel): void {
    const why = `${address} did not answer within ${timeoutMs} ms: it is slow, or does not answer this message`
    this.#cancelTimer = clock.setTimer(timeoutMs, () => this.fail(new MillraceError('ASK_TIMEOUT', why)))
  }

  follow(cell: Cell): void {
    this.#cell = cell
    cell.listen(this)
  }

  tell(answer: R): void {
    if (this.#open) {
      this.#close()
      this.#resolve(answer)
    } else this.#deadLetters.add(answersAddress, 'late', answer)
  }

  fail(error: MillraceError): void {
    if (!this.#open) return
    this.#close()
    this.#reject(error)
  }

  terminated({ address, reason, error }: Terminated): void {
    const how = { stopped: 'has stopped', failed: 'has failed', unknown: 'is not there' }[reason]
    this.fail(new MillraceError('TERMINATED', `${address} was asked and ${how}`, { cause: error }))
  }

  #close(): void {
    this.#open = false
    this.#cancelTimer?.()
    this.#cell?.unlisten(this)
  }
}
