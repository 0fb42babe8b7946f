/** The table of all primitives, for tests that are generated from it. */
import '../index.js'
import { type Primitive, primitives } from '../primitives/primitive.js'

/** Every primitive by name, with its rules. A test that walks it cannot forget one. */
export const primitiveTable: ReadonlyMap<string, Primitive> = new Map(primitives)
