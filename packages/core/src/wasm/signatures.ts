/** The parameters and results of a binary's functions, read from its sections. */
import { Reader, sections } from './reader.js'

export interface Signature {
  readonly parameters: number
  /** It returns an int32. */
  readonly result: boolean
}

export interface ExportedFunction extends Signature {
  /** Its number in the binary. */
  readonly index: number
}

export const sectionIds = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const

const functionKind = 0

/**
 * Exported functions by name, of a binary that imports none, as the kernels' binary does. Parameters and results of kernels are
 * int32s.
 */
export const exportedFunctions = (binary: Uint8Array): ReadonlyMap<string, ExportedFunction> => {
  let types: readonly Signature[] = []
  let functions: readonly number[] = []
  const found = new Map<string, ExportedFunction>()
  for (const { id, start } of sections(binary)) {
    const reader = new Reader(binary, start)
    if (id === sectionIds.type) {
      types = reader.list(() => {
        reader.byte()
        return { parameters: reader.list(reader.byte).length, result: reader.list(reader.byte).length > 0 }
      })
    } else if (id === sectionIds.function) functions = reader.list(reader.unsigned)
    else if (id === sectionIds.export) {
      reader.list(() => {
        const name = reader.text()
        const kind = reader.byte()
        const index = reader.unsigned()
        if (kind === functionKind) found.set(name, { ...(types[functions[index] as number] as Signature), index })
      })
    }
  }
  return found
}
