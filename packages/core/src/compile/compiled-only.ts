/** What compiled programs hold in place of a group of equations. */
import { atLeast } from '../primitives/parameters.js'
import type { Primitive } from '../primitives/primitive.js'

/** No primitive of the table: no trace ever meets it. */
export const compiledOnly = (name: string, rules: Pick<Primitive, 'accepts' | 'elements'> = {}): Primitive => {
  const neverTraced = (): never => {
    throw new Error(`${name}: exists in compiled programs only`)
  }
  return {
    name,
    operands: atLeast(0),
    parameters: {},
    abstract: neverTraced,
    jvp: neverTraced,
    batch: neverTraced,
    ...rules,
  }
}
