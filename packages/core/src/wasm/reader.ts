/** Reading a WebAssembly binary from front to back. WebAssembly Core Specification 2.0, chapter 5. */

/** A position in a binary that moves on with every read. */
export class Reader {
  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  byte = (): number => this.bytes[this.at++] as number

  /** Unsigned LEB128 of up to 32 bits. */
  unsigned = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  /** Signed LEB128 of an int32. */
  signed = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return shift + 7 < 32 && (byte & 0x40) !== 0 ? value | (-1 << (shift + 7)) : value
    }
  }

  /** Passes over a LEB128 of any width. */
  skipLeb = (): void => {
    while (this.byte() >= 0x80);
  }

  list = <T>(read: () => T): T[] => Array.from({ length: this.unsigned() }, read)

  /** A name; those of our binaries are ASCII. */
  text = (): string => String.fromCharCode(...this.list(this.byte))
}

/** What stands between the header of a binary and its end, by section number. */
export interface Section {
  readonly id: number
  /** Content, without number and size. */
  readonly start: number
  readonly end: number
}

const headerBytes = 8 // magic number and version

export const sections = (binary: Uint8Array): readonly Section[] => {
  const reader = new Reader(binary, headerBytes)
  const found: Section[] = []
  while (reader.at < binary.length) {
    const id = reader.byte()
    const size = reader.unsigned()
    found.push({ id, start: reader.at, end: reader.at + size })
    reader.at += size
  }
  return found
}
