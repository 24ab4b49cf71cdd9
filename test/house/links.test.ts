// Pages: what they point at is there.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const pages = ['README.md', 'SECURITY.md', 'test/SPEC.md', ...pagesBelow('docs'), ...pagesBelow('examples')]

function pagesBelow(folder: string): string[] {
  return readdirSync(resolve(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `${folder}/${path}`)
}

/** Relative links of a page that lead nowhere. */
const broken = (page: string, text: string): string[] =>
  [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(resolve(root, dirname(page), link)))

test('HO17 every relative link of a page leads somewhere', () => {
  expect(broken('README.md', '[gone](docs/gone.md) [there](LICENSE) [far](https://example.org/x)')).toEqual(['docs/gone.md'])
  expect(pages.flatMap((page) => broken(page, readFileSync(resolve(root, page), 'utf8')).map((link) => `${page}: ${link}`))).toEqual([])
})
