/** What compiled programs hold in place of a group of equations. */
import type { Primitive } from '../primitives/primitive.js'

/** No primitive of the table: no trace ever meets it. */
export const compiledOnly = (name: string, rules: Pick<Primitive, 'accepts' | 'elements'> = {}): Primitive => {
  const neverTraced = (): never => {
    throw new Error(`${name}: exists in compiled programs only`)
  }
  return { name, abstract: neverTraced, jvp: neverTraced, batch: neverTraced, ...rules }
}
