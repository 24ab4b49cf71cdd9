// A plan as people and programs read it: a drawing for the terminal, a Mermaid flowchart, JSON. Pure text, without colours.

import type { Plan, PlanEdge, PlanOperator, PlanVertex } from '../model/plan.ts'

/**
 * A drawing for the terminal: each chain is a box with its operators as a tree, below it the edges that leave it.
 * The order is topological, so edges point downwards.
 */
export function drawText(plan: Plan): string {
  const several = new Set(plan.vertices.map(({ region }) => region)).size > 1
  const boxes = plan.vertices.map((vertex) => [...box(vertex, several), ...edgeLines(plan, vertex)].join('\n'))
  return [heading(plan), ...boxes].join('\n\n') + '\n'
}

function heading({ job, vertices, edges, maxParallelism, fingerprint }: Plan): string {
  const subtasks = vertices.reduce((sum, { parallelism }) => sum + parallelism, 0)
  const sizes = [
    counted(vertices.length, 'chain'),
    counted(subtasks, 'subtask'),
    counted(edges.length, 'edge'),
    counted(maxParallelism, 'key group'),
  ]
  return `job ${job}: ${sizes.join(', ')}\nfingerprint ${fingerprint}`
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

function box(vertex: PlanVertex, withRegion: boolean): string[] {
  const names = treeOf(vertex.operators)
  const left = Math.max(...names.map(width))
  const lines = vertex.operators.flatMap((operator, i) => rows(names[i]!, left, operator))
  const title = ` ${vertex.id} `
  const size = ` × ${vertex.parallelism}${withRegion ? `, region ${vertex.region}` : ''} `
  const inner = Math.max(...lines.map((line) => width(line) + 2), width(title) + width(size) + 3)
  const top = `╭─${title}${'─'.repeat(inner - width(title) - width(size) - 2)}${size}─╮`
  return [top, ...lines.map((line) => `│ ${pad(line, inner - 2)} │`), `╰${'─'.repeat(inner)}╯`]
}

const describe = ({ kind, stateful, notes }: PlanOperator): string => [kind, ...(stateful ? ['stateful'] : []), ...notes].join(' · ')

/** One row an operator; a long one gives each of its notes a row. */
function rows(name: string, left: number, operator: PlanOperator): string[] {
  const all = `${pad(name, left)}  ${describe(operator)}`
  if (width(all) <= rowWidth) return [all]
  const below = name.replace(/[^│├ ].*$/u, '').replaceAll('├', '│')
  return [`${pad(name, left)}  ${describe({ ...operator, notes: [] })}`, ...operator.notes.map((note) => `${pad(below, left)}    ${note}`)]
}

const rowWidth = 90

/** Names with the branches of the tree in front; an only child on the main output stands straight below its parent. */
function treeOf(operators: readonly PlanOperator[]): string[] {
  const names: string[] = []
  const visit = (index: number, prefix: string, branch: string): void => {
    const { id, output } = operators[index]!
    names[index] = `${prefix}${branch}${output === '' ? '' : `${output}: `}${id}`
    const children = operators.flatMap(({ parent }, child) => (parent === index ? [child] : []))
    const below = prefix + (branch === '├ ' ? '│ ' : branch === '└ ' ? '  ' : '')
    const straight = children.length === 1 && operators[children[0]!]!.output === ''
    for (const [i, child] of children.entries()) visit(child, below, straight ? '' : i === children.length - 1 ? '└ ' : '├ ')
  }
  visit(0, '', '')
  return names
}

function edgeLines(plan: Plan, vertex: PlanVertex): string[] {
  const edges = plan.edges.filter(({ from }) => from === vertex.id)
  return edges.map(
    (edge, i) =>
      `  ${i === edges.length - 1 ? '└' : '├'}─ ${edgeLabel(plan, edge)} ─▶ ${edge.to} ${plan.vertices[edge.to]!.operators[0]!.id}${inputLabel(plan, edge)}`,
  )
}

/** Which operator and output it leaves, where that is not plain from the chain, and how records are spread. */
function edgeLabel(plan: Plan, edge: PlanEdge): string {
  const { from, operator, output } = edge
  const { operators } = plan.vertices[from]!
  const leaves = operators.filter((_, index) => !operators.some(({ parent }) => parent === index))
  const named = operators[operator]!
  const plain = leaves.length === 1 && leaves[0] === named
  const origin = output === '' ? (plain ? '' : `${named.id} · `) : `${plain ? '' : `${named.id} `}${output} · `
  return `${origin}${spreading(edge)}`
}

const spreading = ({ partition, combines }: PlanEdge): string => (combines === undefined ? partition : `${partition}, combined`)

/** Said only where the receiver has several inputs that differ. */
const inputLabel = (plan: Plan, { to, input }: PlanEdge): string =>
  plan.edges.some((edge) => edge.to === to && edge.input > 0) ? ` (input ${input})` : ''

const width = (text: string): number => [...text].length
const pad = (text: string, to: number): string => text + ' '.repeat(Math.max(0, to - width(text)))

/** A Mermaid flowchart, for READMEs and pull requests. */
export function drawMermaid(plan: Plan): string {
  const node = (vertex: number, operator: number): string => `v${vertex}o${operator}`
  const chains = plan.vertices.flatMap(({ id, parallelism, operators }) => [
    `  subgraph v${id}["${id} × ${parallelism}"]`,
    ...operators.map((operator, i) => `    ${node(id, i)}["${quoted(`${operator.id}\n${describe(operator)}`)}"]`),
    ...operators.flatMap(({ parent, output }, i) =>
      parent < 0 ? [] : [`    ${node(id, parent)} -->${output === '' ? '' : `|"${quoted(output)}"|`} ${node(id, i)}`],
    ),
    '  end',
  ])
  const edges = plan.edges.map((edge) => {
    const { from, operator, output, to } = edge
    const label = output === '' ? spreading(edge) : `${output} · ${spreading(edge)}`
    return `  ${node(from, operator)} ==>|"${quoted(label)}"| ${node(to, 0)}`
  })
  return ['flowchart TD', ...chains, ...edges].join('\n') + '\n'
}

const quoted = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('\n', '<br>')

/** The plan as JSON, in the form of `Plan`. */
export const planJson = (plan: Plan): string => `${JSON.stringify(plan, null, 2)}\n`
