/**
 * Comparisons that nobody reads. `x.gt(0) ? a : b` is always a, since every object is true, and JavaScript lets nobody see that.
 * While a function is written down it shows all the same: the comparison is made, and nothing comes of it.
 */
import type { Program, Var } from '../program/program.js'

/** Comparisons by a tensor's methods, as variables of programs that are being written. */
const compared = new WeakMap<Var, string>()

/** Remembers that a variable is what a method such as `gt` gave. */
export const noteComparison = (variable: Var, method: string): void => {
  compared.set(variable, method)
}

const told = new Set<string>()

/** Warns, once for each method and shape, of comparisons by methods in a program of which nothing depends. */
export const warnOfUnread = (program: Program): void => {
  for (const { outputs } of program.equations) {
    const [result] = outputs
    const method = result === undefined ? undefined : compared.get(result)
    if (result === undefined || method === undefined) continue
    compared.delete(result)
    if (program.outputs.includes(result) || program.equations.some(({ inputs }) => inputs.includes(result))) continue
    const message =
      `puregrad: a traced function compares by x.${method}(…), which gives bool[${result.abstract.shape}], and nobody reads it. ` +
      `A tensor as a condition is always true: instead of x.${method}(y) ? a : b write np.where(x.${method}(y), a, b), or cond.`
    if (told.has(message)) continue
    told.add(message)
    ;(globalThis as { readonly console?: { readonly warn?: (text: string) => void } }).console?.warn?.(message)
  }
}
