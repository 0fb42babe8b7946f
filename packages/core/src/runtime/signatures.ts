/** The parameters and results of a binary's exported functions, read from its sections. */

export interface Signature {
  readonly parameters: number
  /** It returns an int32. */
  readonly result: boolean
}

/** A position in a binary that moves on with every read. */
class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}
  byte = (): number => this.bytes[this.at++] as number
  unsigned = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  list = <T>(read: () => T): T[] => Array.from({ length: this.unsigned() }, read)
  /** Names of exports are ASCII. */
  text = (): string => String.fromCharCode(...this.list(this.byte))
}

const kinds = { function: 0, table: 1, memory: 2, global: 3 } as const
const [typeSection, importSection, functionSection, exportSection] = [1, 2, 3, 7]

/** Exported functions by name. Their parameters and results are int32s, as those of all kernels that programs call. */
export const signatures = (binary: Uint8Array): ReadonlyMap<string, Signature> => {
  const reader = new Reader(binary, 8)
  let types: readonly Signature[] = []
  const functions: number[] = []
  const found = new Map<string, Signature>()
  const limits = (): void => {
    const flags = reader.byte()
    reader.unsigned()
    if ((flags & 1) !== 0) reader.unsigned()
  }
  const skipImport: Readonly<Record<number, () => void>> = {
    [kinds.table]: () => {
      reader.byte()
      limits()
    },
    [kinds.memory]: limits,
    [kinds.global]: () => {
      reader.at += 2
    },
  }
  while (reader.at < binary.length) {
    const id = reader.byte()
    const size = reader.unsigned()
    const end = reader.at + size
    if (id === typeSection) {
      types = reader.list(() => {
        reader.byte()
        return { parameters: reader.list(reader.byte).length, result: reader.list(reader.byte).length > 0 }
      })
    } else if (id === importSection) {
      reader.list(() => {
        reader.text()
        reader.text()
        const kind = reader.byte()
        if (kind === kinds.function) functions.push(reader.unsigned())
        else skipImport[kind]?.()
      })
    } else if (id === functionSection) {
      for (const type of reader.list(reader.unsigned)) functions.push(type)
    } else if (id === exportSection) {
      reader.list(() => {
        const name = reader.text()
        const kind = reader.byte()
        const index = reader.unsigned()
        if (kind === kinds.function) found.set(name, types[functions[index] as number] as Signature)
      })
    }
    reader.at = end
  }
  return found
}
