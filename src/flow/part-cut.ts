// The frozen entries of one keyed part, as columns by key group, until each group is sealed into a section.
//
// Of much state a group has several sections: what has gathered is sealed while the rest is still to be copied. The columns are then used
// again and stay small. Those that grow by doubling until all is there take three times the memory of the snapshot, and V8 collects all of
// the heap for every 64 MB of new buffers.
//
// Entries come in the order of the part, so each one is of another group, and the columns of all groups do not fit into the cache that is
// near: written one by one they cost half as much again. So what a part copies in one go is gathered and written group by group; an entry
// that is copied because it is about to change is written at once. The order of a group's entries is that of their coming.
//
// Entries that come as rows are copied into typed arrays of their group, and encoded when it is sealed.

import type { BlobWriter } from '../codec/blob.ts'
import { ByteWriter } from '../codec/bytes.ts'
import { ColumnWriter } from '../codec/column-writer.ts'
import type { ValueCodec } from '../model/codec.ts'
import { errorIn } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import { type Key, keyText } from '../model/key.ts'
import { snapshotGatheredBytes, snapshotSliceEntries } from '../model/limits.ts'
import type { KeyIndex } from '../state/key-index.ts'
import type { Cut, KeyedPart, RowCells } from '../state/part.ts'
import type { RowShape } from '../state/row-shape.ts'
import { GroupRows } from './group-rows.ts'
import { RowLog } from './row-log.ts'
import { keyedSection } from './sections.ts'

const none = -1

export class PartCut implements Cut {
  readonly operator: OperatorId
  readonly part: KeyedPart
  readonly #codec: ValueCodec
  readonly #groups: (GroupColumns | undefined)[] = []
  // Rows: those that came last, of all groups, then those of each group.
  readonly #log = new RowLog()
  #shape: RowShape | undefined
  #stamped = false
  /** By group. Kept with their room from cut to cut: new memory would cost more than the copy. */
  readonly #rows: (GroupRows | undefined)[] = []
  #sealed = 0
  /** Bytes of the last section: the next one is as long, or nearly. */
  #sectionBytes = 0

  /** Entries in columns, and how many make it full. */
  #waiting = 0
  #waitingMax = snapshotSliceEntries
  /** Since it was last full: entries and bytes of sections that were made of columns. */
  #entriesSealed = 0
  #bytesSealed = 0

  // Gathered entries, side by side; those of a group are chained by `#next`, from `#first` on.
  #gathering = false
  #gathered = 0
  readonly #entryGroups = new Uint16Array(snapshotSliceEntries)
  readonly #keys: Key[] = []
  readonly #namespaces: unknown[] = []
  readonly #values: unknown[] = []
  readonly #next = new Int32Array(snapshotSliceEntries)
  /** By group. */
  readonly #first: number[] = []
  readonly #touched: number[] = []

  constructor(operator: OperatorId, part: KeyedPart, codec: ValueCodec) {
    this.operator = operator
    this.part = part
    this.#codec = codec
  }

  /** Lets the part copy about so many entries; true when it has copied all. */
  copy(entries: number): boolean {
    this.#gathering = true
    try {
      return this.part.copy(entries)
    } finally {
      this.#gathering = false
      this.#writeGathered()
    }
  }

  /** So much has gathered that it should be sealed before more is copied. */
  get isFull(): boolean {
    return this.#waiting >= this.#waitingMax
  }

  append(group: number, key: Key, namespace: unknown, value: unknown): void {
    if (!this.#gathering) {
      this.#write(this.#columnsOf(group), key, namespace, value)
      return
    }
    if (this.#gathered === snapshotSliceEntries) this.#writeGathered()
    const at = this.#gathered++
    this.#entryGroups[at] = group
    this.#keys[at] = key
    this.#namespaces[at] = namespace
    this.#values[at] = value
  }

  appendRows(index: KeyIndex, slots: Int32Array, count: number, cells: RowCells, stamps: Float64Array | undefined): void {
    if (!this.#log.hasRoomFor(count)) this.#dealRows()
    this.#shape = cells.shape
    this.#stamped = stamps !== undefined
    this.#log.append(index, slots, count, cells, stamps)
  }

  #dealRows(): void {
    const log = this.#log
    if (log.count > 0) log.deal((group, order, first, end) => this.#rowsOf(group).append(log, order, first, end))
  }

  #rowsOf(group: number): GroupRows {
    const known = this.#rows[group]
    if (known?.holds(this.#shape, this.#stamped) === true) return known
    while (this.#rows.length <= group) this.#rows.push(undefined)
    const rows = new GroupRows(this.#codec, this.#shape, this.#stamped)
    this.#rows[group] = rows
    return rows
  }

  #writeGathered(): void {
    const first = this.#first
    const next = this.#next
    const touched = this.#touched
    const gathered = this.#gathered
    this.#gathered = 0
    for (let at = gathered - 1; at >= 0; at--) {
      const group = this.#entryGroups[at]!
      while (first.length <= group) first.push(none)
      next[at] = first[group]!
      if (first[group] === none) touched.push(group)
      first[group] = at
    }
    for (const group of touched) {
      const columns = this.#columnsOf(group)
      const from = first[group]!
      first[group] = none
      for (let at = from; at !== none; at = next[at]!) this.#write(columns, this.#keys[at]!, this.#namespaces[at], this.#values[at])
    }
    touched.length = 0
    // What was gathered must not keep state alive.
    this.#values.fill(undefined, 0, gathered)
    this.#namespaces.fill(undefined, 0, gathered)
  }

  #write(columns: GroupColumns, key: Key, namespace: unknown, value: unknown): void {
    columns.count++
    this.#waiting++
    try {
      columns.keys.append(key)
      columns.namespaces.append(namespace)
      columns.values.append(value)
    } catch (thrown) {
      const { operator, part } = this
      const where = `operator "${operator}" cannot save its state "${part.name}" of key ${keyText(key)}`
      throw errorIn(where, operator, thrown, 'UNENCODABLE')
    }
  }

  #columnsOf(group: number): GroupColumns {
    const known = this.#groups[group]
    if (known !== undefined) return known
    while (this.#groups.length < group) this.#groups.push(undefined)
    const columns = {
      count: 0,
      keys: new ColumnWriter(this.#codec),
      namespaces: new ColumnWriter(this.#codec),
      values: new ColumnWriter(this.#codec),
    }
    this.#groups[group] = columns
    return columns
  }

  /**
   * Writes groups until they have `entries` entries or more; true when all are written.
   * @param early more is to be copied: what came as rows waits for it, since rows in one section are restored faster
   */
  seal(blob: BlobWriter, entries: number, early = false): boolean {
    if (!early) this.#dealRows()
    const groups = Math.max(this.#groups.length, this.#rows.length)
    for (let left = entries; this.#sealed < groups; this.#sealed++) {
      const rows = early ? undefined : this.#rows[this.#sealed]
      const rowCount = rows?.count ?? 0
      const single = this.#groups[this.#sealed]?.count ?? 0
      if (rowCount + single === 0) continue
      if (left <= 0) return false
      left -= rowCount + single
      // The column changed its make while the cut was open.
      if (rowCount > 0 && single > 0)
        rows!.each((key, namespace, value) => this.#write(this.#columnsOf(this.#sealed), key, namespace, value))
      this.#seal(blob, single > 0 ? undefined : rows)
      rows?.reset()
    }
    this.#sealed = 0
    this.#emptied()
    return true
  }

  /** Nothing waits any more. Entries of the next ones will have as many bytes as these had. */
  #emptied(): void {
    if (this.#entriesSealed > 0)
      this.#waitingMax = Math.max(snapshotSliceEntries, Math.floor((snapshotGatheredBytes * this.#entriesSealed) / this.#bytesSealed))
    this.#waiting = this.#entriesSealed = this.#bytesSealed = 0
  }

  /** Writes a section of group `#sealed`: these rows, or else its columns. */
  #seal(blob: BlobWriter, rows: GroupRows | undefined): void {
    const group = this.#sealed
    const bytes = new ByteWriter(this.#sectionBytes + (this.#sectionBytes >> 3))
    bytes.varint(this.part.version)
    if (rows === undefined) {
      const columns = this.#columnsOf(group)
      bytes.varint(columns.count)
      columns.keys.finish(bytes)
      columns.namespaces.finish(bytes)
      columns.values.finish(bytes)
      this.#entriesSealed += columns.count
      this.#bytesSealed += bytes.length
      resetColumns(columns)
    } else {
      bytes.varint(rows.count)
      rows.finish(bytes)
    }
    this.#sectionBytes = bytes.length
    blob.section(keyedSection(this.operator, this.part.name, group), bytes.written())
  }

  reset(): void {
    this.#sealed = 0
    this.#gathered = 0
    this.#waiting = this.#entriesSealed = this.#bytesSealed = 0
    this.#first.fill(none)
    this.#touched.length = 0
    this.#log.clear()
    for (const rows of this.#rows) rows?.reset()
    for (const columns of this.#groups) if (columns !== undefined && columns.count > 0) resetColumns(columns)
  }
}

interface GroupColumns {
  count: number
  readonly keys: ColumnWriter
  readonly namespaces: ColumnWriter
  readonly values: ColumnWriter
}

function resetColumns(columns: GroupColumns): void {
  columns.count = 0
  columns.keys.reset()
  columns.namespaces.reset()
  columns.values.reset()
}
