// What an exactly-once file sink has made visible.

import { readEpochs } from '../../src/files.ts'

export async function rowsOf<T>(path: string): Promise<T[]> {
  const rows: T[] = []
  for await (const row of readEpochs(path)) rows.push(row as T)
  return rows
}
