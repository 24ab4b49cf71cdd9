// A stock room and its supplier: two actors, no stream. Run it with `npx tsx examples/actors.ts`.

import { type ActorRef, actorSystem, type Behaviour } from 'millrace'

interface Order {
  readonly item: string
  readonly replyTo: ActorRef<number>
}
interface Reservation {
  readonly item: string
  readonly replyTo: ActorRef<string>
}

// A behaviour is a function of a message. This one needs no state.
const supplier: Behaviour<Order> = ({ item, replyTo }) => {
  if (item === 'unicorn') throw new Error('no such animal')
  replyTo.tell(2)
}

// State is what a behaviour closes over, and what it returns takes the next message. While its promise is pending it takes none.
const stock =
  (from: ActorRef<Order>, left: ReadonlyMap<string, number>): Behaviour<Reservation> =>
  async ({ item, replyTo }, ctx) => {
    const order = (answer: ActorRef<number>): Order => ({ item, replyTo: answer })
    const have = left.get(item) ?? (await ctx.ask(from, order, { timeoutMs: 100 }))
    replyTo.tell(have > 0 ? `a ${item} is yours` : `no ${item} left`)
    return stock(from, new Map(left).set(item, Math.max(0, have - 1)))
  }

await using shop = actorSystem({ onFailure: (error, address) => console.log(`${address} failed: ${error}`) })

const counter = shop.spawn<Reservation>('stock', (ctx) => {
  const supervision = { restarts: 3, withinMs: 60_000 }
  return stock(
    ctx.spawn('supplier', () => supplier, { supervision }),
    new Map(),
  )
})

const reserve = (item: string): Promise<string> =>
  shop.ask(counter, (replyTo: ActorRef<string>) => ({ item, replyTo }), { timeoutMs: 1_000 })

for (const item of ['lamp', 'lamp', 'lamp']) console.log(await reserve(item))

// The supplier fails of this order and is restarted; nobody answers the stock room, which fails of that, has no supervision, and stops.
console.log(await reserve('unicorn').catch((error: Error) => error.message))

shop.resolve<string>('/attic').tell('anybody there?')
console.log(shop.deadLetters())
