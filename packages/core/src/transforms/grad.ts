/** Gradients of scalar functions. */

import { isFloat } from '../dtype.js'
import { DTypeError, ShapeError, TreeError } from '../errors.js'
import { checkOptions } from '../operation.js'
import { showType } from '../print.js'
import { type Tensor, toTensor, uniform } from '../tensor.js'
import { linearizeFlat } from '../trace/linearize.js'
import { instantiate } from '../trace/transpose.js'
import { checkedResult, flattenTensors } from '../tree/flat-function.js'
import { isLeaf, type Structure, type Tensors, unflatten, type WithNumbers } from '../tree/structure.js'
import { type Argnums, type Chosen, checkArgnums, checkDifferentiable, type Selected } from './arguments.js'

export interface GradOptions<N extends Argnums = Argnums> {
  /** Which arguments to differentiate; a list gives a tuple of gradients. Default 0. */
  readonly argnums?: N
  /** The function returns `[value, aux]`; `aux` passes through. */
  readonly hasAux?: false
}
export interface GradAuxOptions<N extends Argnums = Argnums> {
  readonly argnums?: N
  readonly hasAux: true
}

const scalarOf = (transform: string, result: unknown): Tensor => {
  if (!isLeaf(result)) {
    const cure = Array.isArray(result)
      ? 'Pass { hasAux: true } if it returns [value, aux].'
      : 'Return the one number to minimise.'
    throw new TreeError(`${transform}: the function has to return a scalar tensor, not a tree. ${cure}`)
  }
  const value = toTensor(result)
  if (value.sizes.length !== 0) {
    throw new ShapeError(
      `${transform}: the function returned ${showType(value)}; a gradient needs a scalar. Reduce it (np.mean, np.sum), or use jacrev or jacfwd.`,
    )
  }
  if (!isFloat(value.dtype)) {
    throw new DTypeError(
      `${transform}: the function returned ${showType(value)}; only floats have derivatives. Convert with x.astype('float32').`,
    )
  }
  return value
}

/** Value, aux and gradients, which `grad` and `valueAndGrad` arrange. */
const differentiate = (
  transform: string,
  f: (...args: never[]) => unknown,
  options: GradOptions | GradAuxOptions,
  args: readonly unknown[],
): { readonly value: Tensor; readonly aux: unknown; readonly gradients: unknown } => {
  const argnums = options.argnums ?? 0
  const chosen = checkArgnums(transform, argnums, args.length)
  for (const n of chosen) checkDifferentiable(transform, args[n], n)
  const [leaves, structure] = flattenTensors(
    chosen.map((n) => args[n]),
    `${transform}: differentiated arguments`,
  )
  let auxStructure: Structure | undefined
  const flat = (inputs: readonly Tensor[]): readonly Tensor[] => {
    const full = [...args]
    const given = unflatten(structure, inputs) as unknown[]
    chosen.forEach((n, i) => {
      full[n] = given[i]
    })
    const result = checkedResult((f as (...a: unknown[]) => unknown)(...full))
    if (!options.hasAux) return [scalarOf(transform, result)]
    if (!Array.isArray(result) || result.length !== 2) {
      throw new TreeError(`${transform}: with hasAux the function returns [value, aux].`)
    }
    const [auxLeaves, s] = flattenTensors(result[1])
    auxStructure = s
    return [scalarOf(transform, result[0]), ...auxLeaves]
  }
  const linear = linearizeFlat(flat, leaves)
  const [value, ...aux] = linear.outputs as [Tensor, ...Tensor[]]
  const cotangents = linear.pullback([uniform(1, value), ...aux.map(() => null)])
  const gradients = unflatten(
    structure,
    leaves.map((x, i) => instantiate(cotangents[i] ?? null, x)),
  ) as readonly unknown[]
  return {
    value,
    aux: auxStructure === undefined ? null : unflatten(auxStructure, aux),
    gradients: typeof argnums === 'number' ? gradients[0] : gradients,
  }
}

/**
 * The gradient of a scalar function: same arguments, and the result has the type of the argument it differentiates.
 * @throws ShapeError if the value is no scalar, DTypeError if an argument or the value is no float
 * @example grad((x: Tensor) => x.mul(x))(np.array(3)).item() // 6
 */
export function grad<A extends readonly unknown[], Aux, const N extends Argnums = 0>(
  f: ((...args: A) => readonly [Tensor, Aux]) & WithNumbers<Chosen<A, N>>,
  options: GradAuxOptions<N>,
): (...args: A) => readonly [Selected<A, N>, Tensors<Aux>]
export function grad<A extends readonly unknown[], Aux, const N extends Argnums = 0>(
  f: (...args: A) => readonly [Tensor, Aux],
  options: GradAuxOptions<N>,
): (...args: A) => readonly [Chosen<A, N>, Tensors<Aux>]
export function grad<A extends readonly unknown[], const N extends Argnums = 0>(
  f: ((...args: A) => Tensor) & WithNumbers<Chosen<A, N>>,
  options?: GradOptions<N>,
): (...args: A) => Selected<A, N>
export function grad<A extends readonly unknown[], const N extends Argnums = 0>(
  f: (...args: A) => Tensor,
  options?: GradOptions<N>,
): (...args: A) => Chosen<A, N>
export function grad(
  f: (...args: never[]) => unknown,
  options: GradOptions | GradAuxOptions = {},
): (...args: never[]) => unknown {
  checkOptions('grad', options, ['argnums', 'hasAux'])
  return (...args) => {
    const { aux, gradients } = differentiate('grad', f, options, args)
    return options.hasAux ? [gradients, aux] : gradients
  }
}

/**
 * The value of a scalar function and its gradient, in one evaluation.
 * @example
 * const [value, gradient] = valueAndGrad((x: Tensor) => x.mul(x))(np.array(3))
 * value.item() // 9
 */
export function valueAndGrad<A extends readonly unknown[], Aux, const N extends Argnums = 0>(
  f: ((...args: A) => readonly [Tensor, Aux]) & WithNumbers<Chosen<A, N>>,
  options: GradAuxOptions<N>,
): (...args: A) => readonly [readonly [Tensor, Tensors<Aux>], Selected<A, N>]
export function valueAndGrad<A extends readonly unknown[], Aux, const N extends Argnums = 0>(
  f: (...args: A) => readonly [Tensor, Aux],
  options: GradAuxOptions<N>,
): (...args: A) => readonly [readonly [Tensor, Tensors<Aux>], Chosen<A, N>]
export function valueAndGrad<A extends readonly unknown[], const N extends Argnums = 0>(
  f: ((...args: A) => Tensor) & WithNumbers<Chosen<A, N>>,
  options?: GradOptions<N>,
): (...args: A) => readonly [Tensor, Selected<A, N>]
export function valueAndGrad<A extends readonly unknown[], const N extends Argnums = 0>(
  f: (...args: A) => Tensor,
  options?: GradOptions<N>,
): (...args: A) => readonly [Tensor, Chosen<A, N>]
export function valueAndGrad(
  f: (...args: never[]) => unknown,
  options: GradOptions | GradAuxOptions = {},
): (...args: never[]) => unknown {
  checkOptions('valueAndGrad', options, ['argnums', 'hasAux'])
  return (...args) => {
    const { value, aux, gradients } = differentiate('valueAndGrad', f, options, args)
    return [options.hasAux ? [value, aux] : value, gradients]
  }
}
