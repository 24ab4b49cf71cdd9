// How values of any shape become bytes. The columns of src/codec handle flat records; everything else goes through this.

export interface ValueCodec {
  /** Stored in every blob; a blob of another codec is refused by name. */
  readonly name: string
  /** Throws UNENCODABLE, naming the path inside the value, for what cannot come back exactly. */
  encode(value: unknown): Uint8Array
  /** Throws CORRUPT for bytes that it did not write. */
  decode(bytes: Uint8Array): unknown
}
