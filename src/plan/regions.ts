// Failover regions: what fails together, and what runs again when one of them fails.
//
// A region is what pipelined edges connect: its subtasks hand over records while they run, so one that rolls back takes the others with
// it. A blocking edge keeps its records until they are read to the end: it separates regions, and the one before it need not run again
// unless what it left behind is lost.

export interface RegionEdge {
  readonly from: number
  readonly to: number
  readonly blocking: boolean
}

/** Region of each vertex, numbered by their first vertex. */
export function regionsOf(vertices: number, edges: readonly RegionEdge[]): number[] {
  const leader = Array.from({ length: vertices }, (_, vertex) => vertex)
  const find = (vertex: number): number => {
    while (leader[vertex] !== vertex) vertex = leader[vertex] = leader[leader[vertex]!]!
    return vertex
  }
  for (const { from, to, blocking } of edges) {
    if (blocking) continue
    const [low, high] = [find(from), find(to)].sort((a, b) => a - b) as [number, number]
    leader[high] = low
  }
  const numbers = new Map<number, number>()
  return leader.map((_, vertex) => {
    const root = find(vertex)
    if (!numbers.has(root)) numbers.set(root, numbers.size)
    return numbers.get(root)!
  })
}

/**
 * Vertices that run again when one fails: its region, and every region that consumes what those produce.
 * @param inputLost what the failed region reads from blocking edges is gone: then its producers run again too, and what they lost in turn
 */
export function restartedBy(regions: readonly number[], edges: readonly RegionEdge[], failed: number, inputLost = false): number[] {
  const restarted = new Set([regions[failed]!])
  const follow = (next: (edge: RegionEdge) => readonly [number, number]): void => {
    for (let size = -1; size !== restarted.size; ) {
      size = restarted.size
      for (const edge of edges) {
        const [has, takes] = next(edge)
        if (restarted.has(regions[has]!)) restarted.add(regions[takes]!)
      }
    }
  }
  if (inputLost) follow(({ from, to }) => [to, from])
  follow(({ from, to }) => [from, to])
  return regions.flatMap((region, vertex) => (restarted.has(region) ? [vertex] : []))
}
