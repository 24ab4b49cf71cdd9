// Who may import whom, as data, and the checkers that hold every import to it.
//
// A type-only import counts like any other. A layer that the table does not name is a finding, so a new folder needs a decision here.

import { type Import, importsOf, isRelative, resolveRelative, type Source } from './source.ts'

interface LayerRule {
  /** Layers that it may import besides itself; `adapters/x` names one adapter. */
  readonly imports: readonly string[]
  /** What it may import from outside of the project: `node:` stands for every built-in module, `*` for everything. */
  readonly outside: readonly string[]
  readonly pure?: true
}

const engine = ['model', 'protocol', 'plan', 'codec', 'state', 'windows', 'operators', 'flow', 'ports', 'runtime'] as const

const layers: Readonly<Record<string, LayerRule>> = {
  model: { imports: [], outside: [], pure: true },
  protocol: { imports: ['model'], outside: [], pure: true },
  plan: { imports: ['model'], outside: [], pure: true },
  codec: { imports: ['model'], outside: [], pure: true },
  state: { imports: ['model', 'codec'], outside: [], pure: true },
  windows: { imports: ['model', 'state'], outside: [], pure: true },
  operators: { imports: ['model', 'state', 'windows'], outside: [], pure: true },
  flow: { imports: ['model', 'protocol', 'codec', 'state', 'windows', 'operators'], outside: [], pure: true },
  ports: { imports: ['model'], outside: ['@standard-schema/spec'] },
  runtime: { imports: ['model', 'ports'], outside: [] },
  api: { imports: ['model', 'plan', 'operators', 'windows', 'state', 'ports'], outside: ['@standard-schema/spec'] },
  adapters: { imports: ['model', 'ports', 'codec'], outside: ['*'] },
  sim: { imports: [...engine, 'api', 'actors', 'root', 'adapters/memory', 'adapters/msgpack'], outside: ['node:'] },
  actors: { imports: engine, outside: [] },
  root: { imports: [...engine, 'api', 'adapters', 'sim', 'actors'], outside: ['*'] },
}

const packageEntries = ['millrace', 'millrace/files', 'millrace/testing']

/** `model` for src/model/…, `adapters/fs` for src/adapters/fs/…, `root` for src/cli and the files directly in src; undefined outside of the engine. */
export function layerOf(path: string): string | undefined {
  const [top, second, third] = path.split('/')
  if (top === 'actors' || top === 'examples') return top
  if (top !== 'src' || second === undefined) return undefined
  if (second.endsWith('.ts') || second === 'cli') return 'root'
  return second === 'adapters' ? `adapters/${third?.replace(/\.ts$/, '')}` : second
}

export const ruleOf = (layer: string): LayerRule | undefined => layers[layer.split('/')[0]!]

/** HO1: every import inside of the project goes along the table. */
export function checkLayers(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const from = layerOf(source.path)
    if (from === undefined || from === 'examples') return []
    const rule = ruleOf(from)
    if (rule === undefined) return [`${source.path}: no layer is called ${from}; name it in test/house/layers.ts or move the file`]
    return importsOf(source)
      .filter(({ specifier }) => isRelative(specifier))
      .flatMap((taken) => {
        const target = resolveRelative(source.path, taken.specifier)
        const to = layerOf(target)
        if (to === from || (to !== undefined && allows(rule, to))) return []
        return [`${source.path}:${taken.line}: ${from} may not import ${to ?? target} (${taken.specifier})`]
      })
  })
}

const allows = (rule: LayerRule, to: string): boolean => rule.imports.includes(to) || rule.imports.includes(to.split('/')[0]!)

/** HO2: built-in modules and packages appear only where the table lets them, and no package belongs to two adapters. */
export function checkOutside(sources: readonly Source[]): string[] {
  const owners = new Map<string, string>()
  return sources.flatMap((source) => {
    const layer = layerOf(source.path)
    const rule = layer === undefined ? undefined : ruleOf(layer)
    if (layer === undefined || rule === undefined) return []
    return outsideImports(source).flatMap(({ specifier, line }) => {
      const name = packageName(specifier)
      const at = `${source.path}:${line}:`
      if (name === 'millrace') return [`${at} the engine does not import itself by its package name`]
      if (!rule.outside.some((allowed) => allowed === '*' || allowed === name)) return [`${at} ${layer} may not import ${specifier}`]
      if (!layer.startsWith('adapters/') || name === 'node:') return []
      const owner = owners.get(name) ?? layer
      owners.set(name, owner)
      return owner === layer ? [] : [`${at} ${name} belongs to ${owner}, not to ${layer}`]
    })
  })
}

/** HO5: an example sees the package's entry points, other packages, and files beside it. */
export function checkExamples(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    if (layerOf(source.path) !== 'examples') return []
    return importsOf(source).flatMap(({ specifier, line }) => {
      if (isRelative(specifier)) {
        const target = resolveRelative(source.path, specifier)
        return target.startsWith('examples/') ? [] : [`${source.path}:${line}: an example may not reach into the project (${specifier})`]
      }
      const entry = packageName(specifier) !== 'millrace' || packageEntries.includes(specifier)
      return entry ? [] : [`${source.path}:${line}: ${specifier} is no entry point of the package`]
    })
  })
}

const outsideImports = (source: Source): Import[] => importsOf(source).filter(({ specifier }) => !isRelative(specifier))

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:'
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
