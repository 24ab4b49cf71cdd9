// What every Disk keeps to, real or simulated, as one suite.

import { expect, test } from 'vitest'
import type { Disk } from '../../src/ports/disk.ts'

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes)

/** @param make a disk, and an absolute directory on it that is there and empty */
export function diskContract(make: () => Promise<{ readonly disk: Disk; readonly root: string }>): void {
  test('CP40 a file is read as it was written, and replaced as a whole', async () => {
    const { disk, root } = await make()
    expect(await disk.read(`${root}/a`)).toBeUndefined()
    await disk.write(`${root}/a`, bytesOf('longer'))
    await disk.write(`${root}/a`, bytesOf('one'), { sync: true })
    expect(textOf(await disk.read(`${root}/a`))).toBe('one')
    await disk.write(`${root}/empty`, bytesOf(''))
    expect(textOf(await disk.read(`${root}/empty`))).toBe('')
  })

  test('CP40 parts of a file lie one behind the other, of whatever length they are', async () => {
    const { disk, root } = await make()
    for (const lengths of [[], [0, 0], [3, 0, 5], [300_000, 7, 300_000], [100_000, 100_000, 100_000, 1]]) {
      const parts = lengths.map((length, i) => Uint8Array.from({ length }, (_, at) => at * 7 + i))
      await disk.write(`${root}/parts`, parts)
      expect(Buffer.compare(Buffer.concat(parts), (await disk.read(`${root}/parts`))!)).toBe(0)
    }
  })

  test('CP40 write, link and rename create directories', async () => {
    const { disk, root } = await make()
    await disk.write(`${root}/w/x/a`, bytesOf('1'))
    expect(await disk.link(`${root}/w/x/a`, `${root}/l/y/b`)).toBe(true)
    await disk.rename(`${root}/w/x`, `${root}/r/z/x`)
    expect(textOf(await disk.read(`${root}/r/z/x/a`))).toBe('1')
    expect(textOf(await disk.read(`${root}/l/y/b`))).toBe('1')
    expect(await disk.list(root)).toEqual(['l/', 'r/', 'w/'])
  })

  test('CP40 link gives a name once and never replaces', async () => {
    const { disk, root } = await make()
    await disk.write(`${root}/a`, bytesOf('a'))
    await disk.write(`${root}/b`, bytesOf('b'))
    const won = await Promise.all([disk.link(`${root}/a`, `${root}/c`), disk.link(`${root}/b`, `${root}/c`)])
    expect(won.filter((w) => w)).toHaveLength(1)
    expect(textOf(await disk.read(`${root}/c`))).toBe(won[0] ? 'a' : 'b')
    expect(await disk.link(`${root}/a`, `${root}/b`)).toBe(false)
    expect(textOf(await disk.read(`${root}/b`))).toBe('b')
    await disk.remove(`${root}/a`)
    expect(textOf(await disk.read(`${root}/c`))).toBe(won[0] ? 'a' : 'b')
  })

  test('CP40 a file replaces a file; a directory moves only to where nothing is', async () => {
    const { disk, root } = await make()
    await disk.write(`${root}/a`, bytesOf('a'))
    await disk.write(`${root}/b`, bytesOf('b'))
    await disk.rename(`${root}/a`, `${root}/b`)
    expect(textOf(await disk.read(`${root}/b`))).toBe('a')
    expect(await disk.read(`${root}/a`)).toBeUndefined()
    await disk.write(`${root}/d/1`, bytesOf('1'))
    await disk.syncDirectory(`${root}/e`)
    await expect(disk.rename(`${root}/d`, `${root}/e`)).rejects.toMatchObject({ code: 'IO' })
    await disk.rename(`${root}/d`, `${root}/f`)
    expect(textOf(await disk.read(`${root}/f/1`))).toBe('1')
  })

  test('CP40 list is sorted by code units, marks directories, and is empty where nothing is', async () => {
    const { disk, root } = await make()
    for (const name of ['b', 'a', 'Z', 'ä', 'd/x']) await disk.write(`${root}/${name}`, bytesOf(''))
    expect(await disk.list(root)).toEqual(['Z', 'a', 'b', 'd/', 'ä'])
    expect(await disk.list(`${root}/nowhere`)).toEqual([])
    expect(await disk.list(`${root}/a`)).toEqual([])
  })

  test('CP40 remove takes a directory with all in it, and nothing is no error', async () => {
    const { disk, root } = await make()
    await disk.write(`${root}/d/e/f`, bytesOf('1'))
    await disk.remove(`${root}/d`)
    await disk.remove(`${root}/d`)
    await disk.remove(`${root}/nowhere/at/all`)
    expect(await disk.list(root)).toEqual([])
  })

  test('CP40 a failure rejects with IO and names path and cause', async () => {
    const { disk, root } = await make()
    await disk.write(`${root}/file`, bytesOf('1'))
    await disk.write(`${root}/d/x`, bytesOf('1'))
    const failures = [
      disk.write(`${root}/file/below`, bytesOf('2')),
      disk.write(`${root}/d`, bytesOf('2')),
      disk.read(`${root}/d`),
      disk.link(`${root}/missing`, `${root}/new`),
      disk.rename(`${root}/missing`, `${root}/new`),
      disk.syncDirectory(`${root}/file`),
    ]
    const told = await Promise.all(
      failures.map((failing) =>
        Promise.resolve(failing).then(
          () => 'no failure',
          (thrown: { code: string; message: string }) => `${thrown.code} ${thrown.message}`,
        ),
      ),
    )
    for (const text of told) expect(text).toMatch(new RegExp(`^IO cannot .*${root}.*: E[A-Z]+: `))
  })

  test('CP40 syncDirectory creates what is missing', async () => {
    const { disk, root } = await make()
    await disk.syncDirectory(`${root}/a/b/c`)
    await disk.syncDirectory(`${root}/a/b/c`)
    expect(await disk.list(`${root}/a/b`)).toEqual(['c/'])
  })
}
