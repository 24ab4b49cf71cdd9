// The store in memory keeps to the contract of all stores.

import { describe } from 'vitest'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { checkpointStoreContract } from './checkpoint-store-contract.ts'

describe('the checkpoint store in memory', () => {
  checkpointStoreContract(async () => {
    const entries = new Map<string, Uint8Array>()
    return { store: memoryCheckpointStore(entries), other: memoryCheckpointStore(entries) }
  })
})
