// A doubly linked list whose links live in its items: an item leaves from anywhere without a search. An item is in one list at a time.

export interface Linked<T> {
  prev: T | undefined
  next: T | undefined
}

export class LinkedList<T extends Linked<T>> {
  head: T | undefined = undefined
  tail: T | undefined = undefined
  length = 0

  append(item: T): void {
    const { tail } = this
    item.prev = tail
    if (tail === undefined) this.head = item
    else tail.next = item
    this.tail = item
    this.length++
  }

  removeHead(): void {
    const head = this.head!
    const { next } = head
    this.head = next
    if (next === undefined) this.tail = undefined
    else next.prev = undefined
    head.next = undefined
    this.length--
  }

  remove(item: T): void {
    const { prev, next } = item
    if (prev === undefined) this.head = next
    else prev.next = next
    if (next === undefined) this.tail = prev
    else next.prev = prev
    item.prev = undefined
    item.next = undefined
    this.length--
  }
}
