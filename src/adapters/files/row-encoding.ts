// What a file sink needs of a format: text for a record, and what stands at the head of each part.

export interface RowEncoder<in T> {
  /** Text of one record, with its line end. @throws UNENCODABLE rather than losing something silently */
  encode(value: T): string
  /** Stands at the head of each part; asked after the first record. */
  header(): string
}

export interface RowEncoding<in T> {
  /** 'jsonl' */
  readonly extension: string
  /** One for each writer. */
  encoder(): RowEncoder<T>
}
