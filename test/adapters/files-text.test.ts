// Lines, JSON lines and CSV from files: what is a record, what is malformed, how files are cut, and what happens when they change.

import { appendFile, mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parquet } from '../../src/adapters/files/parquet-source.ts'
import { csv, jsonl, lines } from '../../src/adapters/files/text-source.ts'
import { Turnstile } from '../../src/adapters/files/turnstile.ts'
import type { Source } from '../../src/ports/source.ts'
import { sourceConformance } from '../../src/sim/source-kit.ts'
import { readSource, readSplit, sourceContext } from './read-source.ts'
import { pick, seededRandom } from './seeded-random.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function fileOf(content: string | Uint8Array, name = 'input'): Promise<string> {
  const path = `${await temporaryDirectory()}/${name}`
  await writeFile(path, content)
  return path
}

describe('records', () => {
  const csvCases: readonly { readonly text: string; readonly rows: readonly object[]; readonly issues?: readonly string[] }[] = [
    {
      text: 'a,b\n1,2\n3,4\n',
      rows: [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    },
    {
      text: 'a,b\r\n1,2\r\n3,4',
      rows: [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    },
    { text: '\ufeffa,b\n1,2\n', rows: [{ a: '1', b: '2' }] },
    { text: ' a , b \n 1 , 2 \n', rows: [{ a: ' 1 ', b: ' 2 ' }] },
    {
      text: 'a,b\n\n1,2\n\r\n\n3,4\n\n',
      rows: [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    },
    {
      text: 'a,b\n"1","2"\n"",""\n',
      rows: [
        { a: '1', b: '2' },
        { a: '', b: '' },
      ],
    },
    {
      text: 'a,b\n"x,y","say ""hi"""\r\n"two\r\nlines","\n"\n',
      rows: [
        { a: 'x,y', b: 'say "hi"' },
        { a: 'two\r\nlines', b: '\n' },
      ],
    },
    { text: 'a,b\n5" pipe,a"b\n', rows: [{ a: '5" pipe', b: 'a"b' }] },
    {
      text: 'a,b\n,\n1,\n',
      rows: [
        { a: '', b: '' },
        { a: '1', b: '' },
      ],
    },
    { text: 'a\n""\nx', rows: [{ a: '' }, { a: 'x' }] },
    { text: '"a","b ""c"""\n1,2', rows: [{ a: '1', 'b "c"': '2' }] },
    {
      text: 'ä,名\nö,日本語の長い文字列です\nabc,def\n',
      rows: [
        { ä: 'ö', 名: '日本語の長い文字列です' },
        { ä: 'abc', 名: 'def' },
      ],
    },
    { text: '__proto__,constructor\n1,2\n', rows: [JSON.parse('{"__proto__":"1","constructor":"2"}') as object] },
    {
      text: 'a,b\n1\n1,2,3\n1,2\n',
      rows: [{ a: '1', b: '2' }],
      issues: ['it has 1 cell, the header has 2', 'it has 3 cells, the header has 2'],
    },
    { text: 'a,b\n"1"x,2\n1,2\n', rows: [{ a: '1', b: '2' }], issues: ['text follows the quote that closes a cell'] },
    { text: 'a,b\n1,2\n"1,2\n3,4\n', rows: [{ a: '1', b: '2' }], issues: ['a quote is opened and never closed'] },
    {
      text: 'a,b\n1,2\n3,"4"',
      rows: [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    },
    { text: 'a,b\n1,"2"\r', rows: [{ a: '1', b: '2' }] },
    { text: 'a,b\n', rows: [] },
    { text: 'a,b', rows: [] },
  ]
  test.each(csvCases)('SO50 reads the CSV $text', async ({ text, rows, issues = [] }) => {
    const { records, malformed } = await readSource(csv(await fileOf(text)), 1)
    expect(records).toEqual(rows)
    expect(records.map((record) => Object.keys(record as object))).toEqual(rows.map((row) => Object.keys(row)))
    expect(malformed.map(({ issue }) => issue)).toEqual(issues)
  })

  test('SO50 takes another delimiter, and names for a file without a header', async () => {
    expect((await readSource(csv(await fileOf('a;b\n1;2,5\n'), { delimiter: ';' }))).records).toEqual([{ a: '1', b: '2,5' }])
    expect((await readSource(csv(await fileOf('1\t2\n3\t4\n'), { delimiter: '\t', header: ['x', 'y'] }))).records).toEqual([
      { x: '1', y: '2' },
      { x: '3', y: '4' },
    ])
    for (const delimiter of ['', ',,', '"', '\n', 'ä']) expect(() => csv('a', { delimiter })).toThrow('the delimiter is')
    expect(() => csv('a', { header: ['x', 'x'] })).toThrow('twice')
    const any = (options: unknown): never => options as never
    expect(() => csv('a', any({ delim: ';' }))).toThrow(
      'csv: unknown option delim: there are schema, inOrder, splitBytes, delimiter, header',
    )
    for (const header of ['ab', [], [1]]) expect(() => csv('a', any({ header }))).toThrow('it must be a list of names')
    expect(() => csv('a', any({ schema: {} }))).toThrow('the schema is no Standard Schema')
    expect(() => jsonl('a', any({ inOrder: 'yes' }))).toThrow('jsonl: inOrder is "yes"; it must be true or false')
    expect(() => jsonl('a', any({ splitBytes: '5' }))).toThrow('splitBytes is "5"')
    for (const path of ['', undefined]) expect(() => lines(any(path))).toThrow('lines: the path is')
    expect(() => parquet('a', any({ splitBytes: 5 }))).toThrow('parquet: unknown option splitBytes')
  })

  test('SO50 a header that names two columns alike is refused with the file', async () => {
    const path = await fileOf('a,b,a\n1,2,3\n')
    await expect(readSource(csv(path))).rejects.toThrow(`${path}: two columns are called "a"`)
  })

  test('SO51 reads JSON lines, skips blank ones, and reports what is no JSON with its line', async () => {
    const path = await fileOf('\ufeff{"a":1}\n\n  \r\n[1,"ä"]\r\nnull\n{"a":\n"x"}\n"end"')
    const { records, malformed } = await readSource(jsonl(path), 2)
    expect(records).toEqual([{ a: 1 }, [1, 'ä'], null, 'end'])
    expect(malformed.map(({ raw, where }) => [raw, where])).toEqual([
      ['{"a":', `${path} line 6`],
      ['"x"}', `${path} line 7`],
    ])
    expect(malformed[0]!.issue).toMatch(/^it is not JSON: /)
  })

  test('SO51 lines are given as they are, empty ones too', async () => {
    expect((await readSource(lines(await fileOf('a\n\r\n b \r\nc\rd\n')))).records).toEqual(['a', '', ' b ', 'c\rd'])
    expect((await readSource(lines(await fileOf('a\nb')))).records).toEqual(['a', 'b'])
    expect((await readSource(lines(await fileOf('')))).records).toEqual([])
  })

  test('SO52 bytes that are no UTF-8 make that record malformed and no other', async () => {
    const bad = Buffer.concat([
      Buffer.from('{"a":"ä"}\n{"a":"'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('"}\n{"a":"ö"}\n"'),
      Buffer.from([0xe4]),
    ])
    const { records, malformed } = await readSource(jsonl(await fileOf(bad)))
    expect(records).toEqual([{ a: 'ä' }, { a: 'ö' }])
    expect(malformed.map(({ issue }) => issue)).toEqual(['it is not valid UTF-8', 'it is not valid UTF-8'])
    const row = Buffer.concat([
      Buffer.from('a,b\nä,1\n'),
      Buffer.from([0xe4]),
      Buffer.from(',"2\n"\n"'),
      Buffer.from([0xe4]),
      Buffer.from('",3\nx,4\n'),
    ])
    const table = await readSource(csv(await fileOf(row)))
    expect(table.records).toEqual([
      { a: 'ä', b: '1' },
      { a: 'x', b: '4' },
    ])
    expect(table.malformed).toHaveLength(2)
  })

  test('SO52 a record of more than 16 MiB is malformed, and reading goes on behind it', async () => {
    const { records, malformed } = await readSource(lines(await fileOf(`a\n${'x'.repeat(17 * 1024 * 1024)}\nb\n`)))
    expect(records).toEqual(['a', 'b'])
    expect(malformed.map(({ issue }) => issue)).toEqual(['it has more than 16777216 bytes; a quote may be left open'])
    expect((malformed[0]!.raw as string).length).toBeLessThan(2_000)
  })
})

describe('splits', () => {
  /** Lines of many lengths, some longer than a range, in files longer than one read. */
  test('SO53 every line is read once, by the range in which it begins', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = seededRandom(seed)
      const wanted = Array.from({ length: 150 }, (_, i) => `${i}:${'ä-x'.repeat(pick(random, seed % 3 === 0 ? 2_000 : 20))}`)
      const path = await fileOf(wanted.join(seed % 2 === 0 ? '\r\n' : '\n') + (seed % 4 < 2 ? '\n' : ''))
      for (const splitBytes of [20 + pick(random, 50), 1_000 + pick(random, 1_000), 300_000]) {
        if (splitBytes < 1_000 && seed % 3 === 0) continue
        const { records } = await readSource(lines(path, { splitBytes }), 7)
        expect(records, `seed ${seed}, ${splitBytes}`).toEqual(wanted)
      }
    }
  })

  test('SO53 CSV without quotes is cut, with the header for every part; with a quote it is not', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => `${i},v${i}`)
    const plain = csv(await fileOf(`\ufeffid,v\n${rows.join('\n')}\n`), { splitBytes: 100 })
    expect((await plain.splits([])).length).toBeGreaterThan(10)
    expect((await readSource(plain)).records).toEqual(rows.map((row, i) => ({ id: `${i}`, v: row.split(',')[1] })))
    const quoted = csv(await fileOf(`id,v\n${rows.join('\n')}\n"x\n1,2\n",y\n`), { splitBytes: 100 })
    expect(await quoted.splits([])).toHaveLength(1)
    expect((await readSource(quoted)).records.at(-1)).toEqual({ id: 'x\n1,2\n', v: 'y' })
    const long = csv(await fileOf(`${'x'.repeat(300)},v\n1,2\n3,4\n`), { splitBytes: 50 })
    expect((await readSource(long)).records.map((row) => (row as { v: string }).v)).toEqual(['2', '4'])
  })

  test('SO53 in order, a file is one split', async () => {
    const path = await fileOf('a\nb\nc\n')
    expect(await lines(path, { splitBytes: 1 }).splits([])).toHaveLength(6)
    const source = lines(path, { splitBytes: 1, inOrder: true })
    expect(await source.splits([])).toHaveLength(1)
    expect((await readSource(source)).records).toEqual(['a', 'b', 'c'])
  })

  test('SO53 quoted cells are read across the chunks of a file', async () => {
    const random = seededRandom(5)
    const cells = Array.from({ length: 3_000 }, () => '"a,\r\n\'ü'.repeat(pick(random, 80)))
    const text = `k,v\n${cells.map((cell, i) => `${i},"${cell.replaceAll('"', '""')}"`).join('\r\n')}\r\n`
    expect(text.length).toBeGreaterThan(3 * 256 * 1024)
    const { records, malformed } = await readSource(csv(await fileOf(text)))
    expect(malformed).toEqual([])
    expect(records).toEqual(cells.map((v, i) => ({ k: `${i}`, v })))
  })

  test('SO54 a path is a file, a directory with all below it, or a pattern; hidden names are left out', async () => {
    const root = await temporaryDirectory()
    await mkdir(`${root}/sub/deep`, { recursive: true })
    await mkdir(`${root}/.pending`)
    for (const name of ['b.csv', 'a.csv', 'a.txt', '.hidden.csv', '_temp.csv', 'sub/c.csv', 'sub/deep/d.csv', '.pending/e.csv']) {
      await writeFile(`${root}/${name}`, `${name}\n`)
    }
    const read = async (path: string) => (await readSource(lines(path))).records
    expect(await read(`${root}/b.csv`)).toEqual(['b.csv'])
    expect(await read(`${root}/*.csv`)).toEqual(['a.csv', 'b.csv'])
    expect(await read(`${root}/a*`)).toEqual(['a.csv', 'a.txt'])
    expect(await read(`${root}/`)).toEqual(['a.csv', 'a.txt', 'b.csv', 'sub/c.csv', 'sub/deep/d.csv'])
    expect(await read(`${root}/sub`)).toEqual(['sub/c.csv', 'sub/deep/d.csv'])
    await mkdir(`${root}/empty`)
    expect(await read(`${root}/empty`)).toEqual([])
    await expect(read(`${root}/nothing.csv`)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(read(`${root}/*.json`)).rejects.toThrow('no file in')
    await expect(read(`${root}/none/*.csv`)).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('SO55 at most so many readers of a subtask are open at a time, and all are read', async () => {
    const root = await temporaryDirectory()
    for (let i = 0; i < 60; i++) await writeFile(`${root}/${String(i).padStart(2, '0')}`, `${i}\n`)
    const source = lines(root)
    const context = sourceContext()
    const readers = await Promise.all((await source.splits([])).map((split) => source.open(split, undefined, context)))
    const seen: string[] = []
    const out = { record: (line: string) => void seen.push(line), malformed: () => undefined }
    const open = new Set(readers)
    while (open.size > 0) {
      for (const reader of open) if (reader.poll(out, 10) === 'end') open.delete(reader)
      if (open.size > 0) await Promise.race([...open].map((reader) => reader.ready()))
    }
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i))
  })

  test('SO55 a turnstile lets in as many as it has places, in order, and places are given back once', async () => {
    const turnstile = new Turnstile(2)
    const passes = [0, 1, 2, 3, 4].map(() => turnstile.enter())
    const inside = () => passes.map(({ admitted }) => admitted)
    expect(inside()).toEqual([true, true, false, false, false])
    passes[2]!.leave()
    passes[0]!.leave()
    passes[0]!.leave()
    await passes[3]!.entered()
    expect(inside()).toEqual([true, true, false, true, false])
    passes[1]!.leave()
    expect(inside()).toEqual([true, true, false, true, true])
  })
})

describe('changed files', () => {
  const begun = async (content: string): Promise<{ path: string; source: Source<string>; rest: () => Promise<unknown[]> }> => {
    const path = await fileOf(content)
    const source = lines(path)
    const [split] = await source.splits([])
    return {
      path,
      source,
      rest: async () => {
        const read = { records: [], malformed: [] }
        await readSplit(source, split!, { byte: 4, line: 3 }, read)
        return read.records
      },
    }
  }

  test('SO56 what was appended after the listing is not read, and is no change', async () => {
    const { path, rest } = await begun('a\nb\nc\nd\n')
    expect(await rest()).toEqual(['c', 'd'])
    await appendFile(path, 'e\n')
    expect(await rest()).toEqual(['c', 'd'])
  })

  test.each<[string, (path: string) => Promise<void>]>([
    ['shorter', (path) => writeFile(path, 'a\nb\n')],
    ['other at its beginning', (path) => writeFile(path, 'X\nb\nc\nd\n')],
    ['other at its beginning, and longer', (path) => writeFile(path, 'X\nb\nc\nd\ne\n')],
    ['written again', (path) => utimes(path, 1, 1)],
    ['gone', (path) => rm(path)],
  ])('SO56 a file that is %s stops the job by name', async (_, change) => {
    const { path, rest } = await begun('a\nb\nc\nd\n')
    await change(path)
    await expect(rest()).rejects.toMatchObject({ code: 'INPUT_CHANGED', message: expect.stringContaining(path) as string })
  })

  test('SO56 offsets and splits of another kind of source are refused', async () => {
    const { source } = await begun('a\n')
    const [split] = await source.splits([])
    expect(() => source.open(split!, 17, sourceContext())).toThrow('no position in a text file')
    expect(() => source.open({ id: 'x' }, undefined, sourceContext())).toThrow('not made by this source')
  })
})

describe('conformance', () => {
  const text = Array.from({ length: 120 }, (_, i) => (i % 17 === 3 ? 'bad' : JSON.stringify({ i, ü: 'x'.repeat(i) }))).join('\n')
  const table = `a,b\n${Array.from({ length: 90 }, (_, i) => (i % 13 === 5 ? `${i}` : `${i},"x\n""${i}"`)).join('\n')}`
  const made: readonly [string, string, (path: string) => Source<unknown>][] = [
    ['jsonl', text, (path) => jsonl(path, { splitBytes: 1_000 })],
    ['lines', text, (path) => lines(path, { splitBytes: 777 })],
    ['csv', table, (path) => csv(path)],
  ]
  for (const [name, content, make] of made) {
    let path: string | undefined
    const source = async () => {
      path ??= await fileOf(content, name)
      return make(path)
    }
    for (const check of sourceConformance(source)) test(`SO57 ${name} ${check.name}`, check.run)
  }
})
