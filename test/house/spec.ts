// The rules of test/SPEC.md and the tests that pin them: every rule has a test, every id at the start of a title has a rule.
//
// A rule is a line `- **CH1** sentence.` under a heading `## Channels (CH)`. A title starts with one or more ids: `CH1 CH2 delivers …`.
// Only literal text counts: in a title that is computed, what stands before the first `${`.

import ts from 'typescript'
import { lineOf, type Source, visit } from './source.ts'

export interface Rule {
  readonly id: string
  readonly line: number
  /** The code of the heading that it stands under; undefined before the first one. */
  readonly section: string | undefined
}

export interface TitleIds {
  readonly at: string
  readonly ids: readonly string[]
}

export function readRules(markdown: string): Rule[] {
  let section: string | undefined
  return markdown.split('\n').flatMap((text, i) => {
    section = /^##+ .*\(([A-Z]{2})\)\s*$/.exec(text)?.[1] ?? section
    const id = /^- \*\*([A-Z]{2}\d+)\*\* \S/.exec(text)?.[1]
    return id === undefined ? [] : [{ id, line: i + 1, section }]
  })
}

/** HO14: ids are unique, stand under the heading of their code, and no line looks like a rule without being one. */
export function checkRules(markdown: string): string[] {
  const seen = new Set<string>()
  const rules = readRules(markdown)
  const wrong = rules.flatMap(({ id, line, section }) => {
    const findings: string[] = []
    if (seen.has(id)) findings.push(`SPEC.md:${line}: ${id} is there twice`)
    if (section !== id.slice(0, 2)) findings.push(`SPEC.md:${line}: ${id} stands under ${section ?? 'no heading'}`)
    seen.add(id)
    return findings
  })
  const read = new Set(rules.map(({ line }) => line))
  const unread = markdown.split('\n').flatMap((text, i) => {
    const like = /^\s*[-*]\s*\**[A-Z]{2}\d+/.test(text) && !read.has(i + 1)
    return like ? [`SPEC.md:${i + 1}: not read as a rule; write "- **CH1** sentence."`] : []
  })
  return [...wrong, ...unread]
}

/** HO15: every rule is pinned by a test, and every id that a title starts with is a rule. */
export function checkPinned(rules: readonly Rule[], titles: readonly TitleIds[]): string[] {
  const known = new Set(rules.map(({ id }) => id))
  const pinned = new Set(titles.flatMap(({ ids }) => ids))
  return [
    ...rules.filter(({ id }) => !pinned.has(id)).map(({ id, line }) => `SPEC.md:${line}: no test's title starts with ${id}`),
    ...titles.flatMap(({ at, ids }) => ids.filter((id) => !known.has(id)).map((id) => `${at}: ${id} is no rule of test/SPEC.md`)),
  ]
}

export function titleIds(sources: readonly Source[]): TitleIds[] {
  return sources.flatMap((source) => {
    const found: TitleIds[] = []
    visit(source.tree, (node) => {
      if (!ts.isCallExpression(node) || !isTestCall(node.expression)) return
      const ids = leadingIds(literalStart(node.arguments[0]))
      if (ids.length > 0) found.push({ at: `${source.path}:${lineOf(node)}`, ids })
    })
    return found
  })
}

export function leadingIds(title: string): string[] {
  return /^(?:[A-Z]{2}\d+(?:[\s,:]+|$))+/.exec(title)?.[0].match(/[A-Z]{2}\d+/g) ?? []
}

/** `test(…)`, `it(…)`, and what they return or carry: `test.each(table)(…)`, `test.runIf(x)(…)`. Other callees take no title. */
function isTestCall(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'test' || callee.text === 'it'
  if (ts.isPropertyAccessExpression(callee)) return isTestCall(callee.expression)
  if (ts.isCallExpression(callee)) return isTestCall(callee.expression)
  return ts.isTaggedTemplateExpression(callee) && isTestCall(callee.tag)
}

/** The text that a title surely starts with. */
function literalStart(node: ts.Expression | undefined): string {
  if (node === undefined) return ''
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node)) return node.head.text
  return ts.isBinaryExpression(node) ? literalStart(node.left) : ''
}
