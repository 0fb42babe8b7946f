/**
 * Tensors compared by jest and vitest: `expect(x).toEqual(y)` holds for tensors of the same dtype, shape and numbers, alone or
 * inside of other values. Their own comparison would iterate over a tensor, and look at how it happens to be stored.
 */
import { sameShape } from './shape.js'
import { ConcreteTensor, Tensor } from './tensor.js'

/**
 * Whether two tensors have the same dtype, shape and numbers: NaN is itself, and −0 is not 0, as in `Object.is`. Undefined, for
 * "somebody else decides", unless both are tensors with numbers.
 */
export const equalTensors = (x: unknown, y: unknown): boolean | undefined => {
  if (!(x instanceof Tensor) || !(y instanceof Tensor)) return undefined
  if (!(x instanceof ConcreteTensor) || !(y instanceof ConcreteTensor)) return x === y
  if (x.dtype !== y.dtype || !sameShape(x.sizes, y.sizes)) return false
  const [a, b] = [x.elements(), y.elements()]
  return a.every((value, i) => Object.is(value, b[i]))
}

interface Matchers {
  readonly customEqualityTesters?: unknown[]
}

/** Where `expect` of both keeps the comparisons that `expect.addEqualityTesters` adds: one list a test file. */
const matchers = Symbol.for('$$jest-matchers-object')

const { customEqualityTesters: testers } = (globalThis as { readonly [matchers]?: Matchers })[matchers] ?? {}
if (Array.isArray(testers) && !testers.includes(equalTensors)) testers.push(equalTensors)
