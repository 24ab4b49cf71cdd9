// Gives the thread back, and takes it again. Guarantees needed: each turn deferred runs exactly once, on this thread, never during the
// call that deferred it, after pending I/O and timers had their chance. In production in order; the simulator may reorder what different
// systems defer.

export interface Dispatcher {
  defer(turn: () => void): void
  /** The same before I/O and timers have their chance, as soon as the code that runs now has ended. Who has it uses it for bounded times. */
  readonly soon?: ((turn: () => void) => void) | undefined
}
