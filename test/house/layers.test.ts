// Holds the tree to the table of layers, and shows of each checker that it can say no.

import { describe, expect, test } from 'vitest'
import { checkExamples, checkLayers, checkOutside } from './layers.ts'
import { parse, readSources, type Source } from './source.ts'
import { checkClock, checkPure } from './world.ts'

const tree = readSources('src', 'actors', 'examples')

interface Case {
  readonly path: string
  readonly text: string
  /** What each finding must contain, in order; none = the file is fine. */
  readonly finds: readonly string[]
}

const findings = (check: (sources: readonly Source[]) => string[], { path, text }: Case) => check([parse(path, text)])

function shows(check: (sources: readonly Source[]) => string[], one: Case): void {
  const found = findings(check, one)
  expect(found).toHaveLength(one.finds.length)
  one.finds.forEach((part, i) => {
    expect(found[i]).toContain(part)
  })
}

describe('imports', () => {
  test('HO1 every import goes along the table of layers', () => {
    expect(checkLayers(tree)).toEqual([])
  })

  const cases: Case[] = [
    { path: 'src/state/a.ts', text: `import { x } from '../codec/x.ts'`, finds: [] },
    { path: 'src/codec/a.ts', text: `import { x } from '../state/x.ts'`, finds: ['codec may not import state'] },
    { path: 'src/model/a.ts', text: `export type { X } from '../protocol/x.ts'`, finds: ['model may not import protocol'] },
    { path: 'src/plan/a.ts', text: `type X = import('../flow/x.ts').X`, finds: ['plan may not import flow'] },
    { path: 'src/runtime/a.ts', text: `const x = await import('../flow/x.ts')`, finds: ['runtime may not import flow'] },
    { path: 'src/ports/a.ts', text: `const x = new URL('../codec/x.ts', import.meta.url)`, finds: ['ports may not import codec'] },
    { path: 'src/adapters/fs/a.ts', text: `import { x } from '../memory/x.ts'`, finds: ['adapters/fs may not import adapters/memory'] },
    { path: 'src/adapters/fs/a.ts', text: `import { x } from './b.ts'\nimport { y } from '../../codec/y.ts'`, finds: [] },
    { path: 'src/sim/a.ts', text: `import { x } from '../adapters/system/x.ts'`, finds: ['sim may not import adapters/system'] },
    {
      path: 'actors/a.ts',
      text: `\nimport { x } from '../src/adapters/fs/x.ts'`,
      finds: ['actors/a.ts:2: actors may not import adapters/fs'],
    },
    { path: 'src/flow/a.ts', text: `import { x } from '../../actors/x.ts'`, finds: ['flow may not import actors'] },
    { path: 'src/flow/a.ts', text: `import { x } from '../../test/x.ts'`, finds: ['flow may not import test/x.ts'] },
    { path: 'src/cli/a.ts', text: `import { x } from '../adapters/fs/x.ts'\nimport { y } from '../../actors/y.ts'`, finds: [] },
    { path: 'src/stuff/a.ts', text: '', finds: ['no layer is called stuff'] },
  ]
  test.each(cases)('HO1 judges $path: $text', (one) => shows(checkLayers, one))

  test('HO5 an example imports what a user imports', () => {
    expect(checkExamples(tree)).toEqual([])
  })

  const examples: Case[] = [
    { path: 'examples/a.ts', text: `import { job } from 'millrace'\nimport { x } from './x.ts'\nimport 'valibot'`, finds: [] },
    { path: 'examples/a.ts', text: `import { job } from '../src/index.ts'`, finds: ['may not reach into the project'] },
    { path: 'examples/a.ts', text: `import { job } from 'millrace/src/index.ts'`, finds: ['is no entry point'] },
  ]
  test.each(examples)('HO5 judges $text', (one) => shows(checkExamples, one))
})

describe('the world', () => {
  test('HO2 packages and built-in modules appear only where the table lets them', () => {
    expect(checkOutside(tree)).toEqual([])
  })

  const outside: Case[] = [
    { path: 'src/codec/a.ts', text: `import { pack } from 'msgpackr'`, finds: ['codec may not import msgpackr'] },
    { path: 'src/model/a.ts', text: `import type { X } from 'node:fs'`, finds: ['model may not import node:fs'] },
    { path: 'src/model/a.ts', text: `import fs from 'fs'`, finds: ['model may not import fs'] },
    { path: 'actors/a.ts', text: `import { Worker } from 'node:worker_threads'`, finds: ['actors may not import node:worker_threads'] },
    { path: 'src/api/a.ts', text: `import type { StandardSchemaV1 } from '@standard-schema/spec'`, finds: [] },
    { path: 'src/api/a.ts', text: `import { job } from 'millrace'`, finds: ['does not import itself'] },
    { path: 'src/adapters/msgpack/a.ts', text: `import { pack } from 'msgpackr'\nimport { Buffer } from 'node:buffer'`, finds: [] },
  ]
  test.each(outside)('HO2 judges $path: $text', (one) => shows(checkOutside, one))

  test('HO2 a package belongs to one adapter', () => {
    const text = `import { connect } from 'nats'`
    const found = checkOutside([parse('src/adapters/nats/a.ts', text), parse('src/adapters/fs/a.ts', text)])
    expect(found).toEqual(['src/adapters/fs/a.ts:1: nats belongs to adapters/nats, not to adapters/fs'])
  })

  test('HO3 pure layers neither wait nor schedule', () => {
    expect(checkPure(tree)).toEqual([])
  })

  const pure: Case[] = [
    { path: 'src/flow/a.ts', text: 'export async function f() {}', finds: ['async'] },
    { path: 'src/flow/a.ts', text: 'const o = { async f() {} }', finds: ['async'] },
    { path: 'src/flow/a.ts', text: 'const x = await y', finds: ['await'] },
    { path: 'src/plan/a.ts', text: '// never async, no setTimeout\nconst s = "setTimeout(f)"', finds: [] },
    { path: 'src/state/a.ts', text: 'setTimeout(f, 1)', finds: ['setTimeout'] },
    { path: 'src/state/a.ts', text: 'const later = globalThis.setImmediate', finds: ['setImmediate'] },
    { path: 'src/model/a.ts', text: 'queueMicrotask(f)', finds: ['queueMicrotask'] },
    { path: 'src/windows/a.ts', text: 'function process(x: number) { return x }\nprocess(1)', finds: [] },
    { path: 'src/operators/a.ts', text: 'interface P { process(): void; f(): Promise<void> }', finds: [] },
    { path: 'src/codec/a.ts', text: 'const e = process.env.HOME', finds: ['process'] },
    { path: 'src/runtime/a.ts', text: 'async function f() { await g() }', finds: [] },
  ]
  test.each(pure)('HO3 judges $path: $text', (one) => shows(checkPure, one))

  test('HO4 only the system adapter reads the clock or rolls dice', () => {
    expect(checkClock(tree)).toEqual([])
  })

  const clock: Case[] = [
    { path: 'src/flow/a.ts', text: 'const t = Date.now()', finds: ['Date.now'] },
    { path: 'actors/a.ts', text: 'const t = performance.now()', finds: ['performance'] },
    { path: 'src/cli/a.ts', text: 'const t = globalThis.Math.random()', finds: ['Math.random'] },
    { path: 'src/sim/a.ts', text: 'const { random } = Math', finds: ['Math under another name'] },
    { path: 'src/api/a.ts', text: 'const t = new Date()\nconst u = new Date(5)', finds: ['a.ts:1: new Date()'] },
    { path: 'src/runtime/a.ts', text: 'const t = Math.max(1, 2) + Date.UTC(2024)\nlet d: Date', finds: [] },
    { path: 'src/adapters/fs/a.ts', text: `import { randomUUID } from 'node:crypto'`, finds: ['randomUUID'] },
    { path: 'src/adapters/fs/a.ts', text: `import { createHash } from 'node:crypto'`, finds: [] },
    { path: 'src/adapters/fs/a.ts', text: `import { performance } from 'node:perf_hooks'`, finds: ['node:perf_hooks'] },
    { path: 'src/adapters/system/a.ts', text: 'const t = Date.now() + Math.random() + performance.now()', finds: [] },
  ]
  test.each(clock)('HO4 judges $path: $text', (one) => shows(checkClock, one))
})
