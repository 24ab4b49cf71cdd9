// What every CheckpointStore keeps to, as one suite.

import { expect, test } from 'vitest'
import type { CheckpointStore } from '../../src/ports/checkpoint-store.ts'
import { bytesOf, textOf } from './disk-contract.ts'

/** @param make an empty store, and a second handle on the same data, as another process has it */
export function checkpointStoreContract(make: () => Promise<{ readonly store: CheckpointStore; readonly other: CheckpointStore }>): void {
  test('CP41 what was put is read by everyone, and replaced as a whole', async () => {
    const { store, other } = await make()
    expect(await store.get('chk/1/a')).toBeUndefined()
    await store.put('chk/1/a', [bytesOf('first, and long')])
    await store.put('chk/1/a', [bytesOf('second')])
    expect(textOf(await other.get('chk/1/a'))).toBe('second')
    await store.put('parts', [bytesOf('one'), bytesOf(''), bytesOf(' after the other')])
    expect(textOf(await other.get('parts'))).toBe('one after the other')
    await store.put('nothing', [])
    expect(textOf(await other.get('nothing'))).toBe('')
    await store.put('empty', [bytesOf('')])
    expect(textOf(await other.get('empty'))).toBe('')
  })

  test('CP41 one of all that put-if-absent a name wins, and its value stays', async () => {
    const { store, other } = await make()
    for (let slot = 0; slot < 20; slot++) {
      const name = `log/${slot}`
      const tries = await Promise.all([0, 1, 2, 3].map((i) => (i % 2 === 0 ? store : other).putIfAbsent(name, bytesOf(`by ${i}`))))
      expect(tries.filter((won) => won)).toHaveLength(1)
      expect(textOf(await other.get(name))).toBe(`by ${tries.indexOf(true)}`)
      expect(await store.putIfAbsent(name, bytesOf('late'))).toBe(false)
      expect(textOf(await store.get(name))).toBe(`by ${tries.indexOf(true)}`)
    }
  })

  test('CP41 list gives the names with a prefix, sorted, wherever the prefix ends', async () => {
    const { store, other } = await make()
    for (const name of ['log/00000002', 'log/00000001', 'logs', 'chk/1/b', 'chk/1/a', 'chk/10/a', 'Z'])
      await store.put(name, [bytesOf('x')])
    expect(await other.list('')).toEqual(['Z', 'chk/1/a', 'chk/1/b', 'chk/10/a', 'log/00000001', 'log/00000002', 'logs'])
    expect(await other.list('log/')).toEqual(['log/00000001', 'log/00000002'])
    expect(await other.list('log')).toEqual(['log/00000001', 'log/00000002', 'logs'])
    expect(await other.list('chk/1')).toEqual(['chk/1/a', 'chk/1/b', 'chk/10/a'])
    expect(await other.list('chk/1/b')).toEqual(['chk/1/b'])
    expect(await other.list('none/')).toEqual([])
  })

  test('CP41 what is removed is gone, its name is free, and nothing there is no error', async () => {
    const { store, other } = await make()
    await store.put('a/b', [bytesOf('x')])
    await store.remove('a/b')
    await store.remove('a/b')
    expect(await other.get('a/b')).toBeUndefined()
    expect(await other.list('')).toEqual([])
    expect(await other.putIfAbsent('a/b', bytesOf('y'))).toBe(true)
  })

  test('CP41 the store keeps bytes, not the array that it was given', async () => {
    const { store } = await make()
    const mine = bytesOf('before')
    await store.put('a', [mine])
    mine.fill(0)
    expect(textOf(await store.get('a'))).toBe('before')
    ;(await store.get('a'))?.fill(0)
    expect(textOf(await store.get('a'))).toBe('before')
  })
}
