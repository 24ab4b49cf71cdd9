// The types of the API, with the compiler itself: what errors say, what declarations name, and how large a chain may get.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import ts from 'typescript'
import { beforeAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const virtual = (name: string): string => resolve(root, 'test/api/fixtures', name)

/** Mistakes that somebody makes, and words that the compiler's answer must hold for them to be found. */
const mistakes: [what: string, code: string, words: string[]][] = [
  ['a promise from map', 's.map(async (e) => e.n).keyBy((n) => n)', ['map is synchronous: use asyncMap(id, fn)']],
  [
    'a promise from map in a lane',
    "s.fork('f', { a: (lane) => lane.map(async (e) => e.n).map((n) => n) })",
    ['map is synchronous: use asyncMap(id, fn)'],
  ],
  ['an async test', 's.filter(async () => true)', ["Promise<boolean>' is not assignable to type 'boolean'"]],
  ['an output that was not declared', "k.process('p', { onElement: (e, ctx) => ctx.emit(e.n) })", ['to emit, declare emits: output<T>()']],
  ['an async onElement', "k.process('p', { async onElement() { await 0 } })", ['Promise<void>', 'void | undefined']],
  [
    'a side output that is not there',
    "k.process('p', { outputs: { alerts: output<string>() }, onElement() {} }).side('alert')",
    ['"alert"', '"alerts"'],
  ],
  [
    'a timer that was not declared',
    "k.process('p', { timers: ['expire'], onElement: (_, ctx) => ctx.timers.eventTime(1, 'expired') })",
    ['"expired"', '"expire"'],
  ],
  ['a key that may be missing', 's.keyBy((e) => e.note)', ['undefined', "'Key'"]],
  ['an object as a key', 's.keyBy((e) => ({ id: e.id }))', ["'Key'"]],
  [
    'sessions without merge',
    "k.window(session('30 min')).aggregate('w', { init: () => 0, add: (n) => n + 1 })",
    ["Property 'merge' is missing", 'SessionsNeedMerge'],
  ],
  [
    'an add that gives nothing',
    "k.window(tumbling('1 min')).aggregate('w', { init: () => [] as string[], add: (a, e) => { a.push(e.id) } })",
    ["'void'", 'string[]'],
  ],
  ['lateness of count windows', "k.window(count(10)).allowedLateness('1 s')", ['CountWindow', 'TimeWindow']],
  ['an unknown unit', "tumbling('30 minutes')", ['"30 minutes"', 'Duration']],
  ['a record that has a type already', 'j.merge({ typed, s })', ["'type'"]],
  ['a sink of other records', "s.to('k', {} as Sink<{ foo: string }>)", ["Property 'foo' is missing in type 'Item'"]],
  [
    'a filter in a lane',
    "s.fork('f', { a: (lane) => lane.filter((e) => e.n > 1) })",
    ["Property 'filter' does not exist on type 'Lane<Item>'"],
  ],
  ['a missing id', 's.asyncMap(async (e) => e.n)', ['Expected 2-3 arguments, but got 1']],
  [
    'keys of two types',
    "k.join('j', s.keyBy((e) => e.n), { between: [0, 1] }, (l, r) => [l, r])",
    ["'number' is not assignable to type 'string'"],
  ],
  ['a broadcast that is none', 'k.connect(s)', ['Broadcast']],
  [
    'shared state changed by a record',
    "k.connect(s.broadcast()).process('c', { shared: { m: map<string, number>() }, onElement(e, ctx) { ctx.shared.m.set(e.id, 1) }, onBroadcast() {} })",
    ["'set' does not exist on type 'ReadonlyMap<string, number>'"],
  ],
  [
    'order per key without a key',
    "s.asyncMap('a', async (e) => e.n, { ordered: 'per-key' })",
    ["Type 'string' is not assignable to type 'boolean | undefined'"],
  ],
  ['what is not a source', "j.source('x', 'hello')", ["'string'"]],
]

const snippets = [
  "import { count, iterable, job, map, output, session, type Sink, tumbling } from 'millrace'",
  'interface Item { id: string; note?: string; n: number; ts: number }',
  'declare const items: Item[]',
  "const j = job('j'); const s = j.source('s', items); const k = s.keyBy((e) => e.id)",
  "const typed = j.source('typed', iterable(() => [{ type: 'x', q: 1 }]))",
  ...mistakes.map(([, code]) => `void (() => { ${code} })`),
].join('\n')
const firstMistake = 5

const chain = [
  "import { job, tumbling } from 'millrace'",
  "export const j = job('long')",
  "const s0 = j.source('s', [{ id: 'a', n: 1, ts: 0 }], { timestamp: (e) => e.ts })",
  ...Array.from({ length: 150 }, (_, i) =>
    [
      `export const s${i + 1} = s${i}.map((e) => ({ ...e, n: e.n + 1 })).filter((e) => e.n > ${i}).keyBy((e) => e.id).window(tumbling('1 min'))`,
      `  .aggregate('w${i}', { init: () => ({ n: 0 }), add: (a, e) => ({ n: a.n + e.n }), merge: (a, b) => ({ n: a.n + b.n }), result: (a, { key, window }) => ({ id: key, n: a.n, ts: window.end }) })`,
    ].join('\n'),
  ),
  'export const last: number = 0 as unknown as (typeof s150)["~type"]["n"]',
].join('\n')

const programs = [
  'attribution',
  'fraud',
  'hello',
  'pieces',
  'plant',
  'recommendations',
  'rules',
  'sales',
  'sessions',
  'splits',
  'windows',
  'word-count',
]

/** The code of a page, as one program. */
const blocksOf = (page: string): string =>
  [...readFileSync(resolve(root, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!).join('\n')

let program: ts.Program
const emitted = new Map<string, string>()

beforeAll(() => {
  const { config } = ts.readConfigFile(resolve(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const sources = new Map([
    [virtual('mistakes.ts'), snippets],
    [virtual('long-chain.ts'), chain],
    [virtual('readme.ts'), blocksOf('README.md')],
    [virtual('guide.ts'), blocksOf('docs/guide.md')],
  ])
  const all: ts.CompilerOptions = {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: resolve(root, 'emitted'),
    rootDir: root,
    noUnusedLocals: false,
  }
  const host = ts.createCompilerHost(all)
  const { readFile, fileExists } = host
  host.readFile = (file) => sources.get(file) ?? readFile(file)
  host.fileExists = (file) => sources.has(file) || fileExists(file)
  host.writeFile = (file, text) => emitted.set(file, text)
  const { getSourceFile } = host
  host.getSourceFile = (file, version, ...rest) => {
    const text = sources.get(file)
    return text === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version)
  }
  program = ts.createProgram([...sources.keys(), ...programs.map((name) => virtual(`${name}.ts`))], all, host)
}, 60_000)

const fileOf = (name: string): ts.SourceFile => program.getSourceFile(virtual(`${name}.ts`))!

describe('mistakes', () => {
  let answers: Map<number, string>
  beforeAll(() => {
    answers = new Map()
    const file = fileOf('mistakes')
    for (const { start, messageText } of program.getSemanticDiagnostics(file)) {
      const { line } = file.getLineAndCharacterOfPosition(start!)
      answers.set(line, `${answers.get(line) ?? ''}${ts.flattenDiagnosticMessageText(messageText, '\n')}\n`)
    }
  }, 60_000)

  test.each(mistakes.map(([what, , words], i) => [what, words, firstMistake + i] as const))(
    'AP1 the compiler finds %s',
    (_, words, line) => {
      const answer = answers.get(line) ?? 'it compiles'
      for (const word of words) expect(answer).toContain(word)
    },
  )
})

describe('declarations', () => {
  test.each(programs)('AP2 %s compiles, and its declarations name exported types only', (name) => {
    const file = fileOf(name)
    expect(program.getSemanticDiagnostics(file).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
    expect(program.getDeclarationDiagnostics(file)).toEqual([])
    program.emit(file)
    const text = emitted.get(resolve(root, `emitted/test/api/fixtures/${name}.d.ts`))!
    // A type that the package does not export is named by the file that it is in.
    const named = [...text.matchAll(/(?:import\(|from )["']([^"']+)["']/g)].map(([, specifier]) => specifier)
    expect(named.filter((specifier) => specifier !== 'millrace')).toEqual([])
    expect(named).toContain('millrace')
  })

  test.each(['readme', 'guide'])('EX2 the code of the %s compiles', (name) => {
    expect(
      program.getSemanticDiagnostics(fileOf(name)).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ).toEqual([])
  })

  test('AP3 150 windows on 150 chained operators compile', () => {
    expect(program.getSemanticDiagnostics(fileOf('long-chain'))).toEqual([])
  })
})
