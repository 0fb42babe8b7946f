/** Collectives over a named axis: what the examples of a `vmap(f, { axisName })` tell each other. */
import { isFloat } from '../dtype.js'
import { RangeError, ShapeError } from '../errors.js'
import { div, mul } from '../primitives/arithmetic.js'
import { moveBatchAxis } from '../primitives/batching.js'
import { eq } from '../primitives/compare.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { iota } from '../primitives/iota.js'
import { count, listOf, type ParameterType, text, tupleOf } from '../primitives/parameters.js'
import {
  type AxisData,
  type BatchAxis,
  bind1,
  type Params,
  type Primitive,
  primitive,
} from '../primitives/primitive.js'
import { reduceMax, reduceMin, reduceSum } from '../primitives/reduction.js'
import { reshape } from '../primitives/shape.js'
import { dynamicSlice, sliceAxis } from '../primitives/slice.js'
import { type Abstract, scalar, type Tensor, uniform } from '../tensor.js'
import { axisSize } from '../trace/axes.js'
import { flattenTensors } from '../tree/flat-function.js'
import { type MapLeaves, unflatten, type WithNumbers } from '../tree/structure.js'

interface AxisParams extends Params {
  readonly axisName: string
  readonly size: number
}

/** `size` is that of the axis where the program was written down. */
const axisParameters = { axisName: text, size: count } as const

/** An example's value under a collective: with the batch in front if this is its axis. */
type Rule = (x: Tensor, batched: boolean, params: AxisParams) => readonly [Tensor, BatchAxis]

const collective = (
  name: string,
  rules: {
    readonly parameters?: Readonly<Record<string, ParameterType<unknown>>>
    /** @throws RangeError if parameters do not fit each other */
    readonly check?: (params: AxisParams) => void
    readonly abstract?: (x: Abstract, params: AxisParams) => Abstract
    readonly over: Rule
    readonly jvp: (dx: Tensor, x: Tensor, y: Tensor, params: AxisParams) => Tensor
    readonly transpose?: (ct: Tensor, params: AxisParams) => Tensor
  },
): ((x: Tensor, params: AxisParams) => Tensor) => {
  const definition: Primitive<AxisParams> = primitive<AxisParams>({
    name,
    operands: 1,
    parameters: { ...axisParameters, ...rules.parameters },
    abstract: ([x], params) => {
      rules.check?.(params)
      return [rules.abstract?.(x as Abstract, params) ?? (x as Abstract)]
    },
    evaluate: (_, { axisName }) => {
      throw new RangeError(
        `${name}: there is no axis named '${axisName}' here. Give it by vmap(f, { axisName: '${axisName}' }).`,
      )
    },
    jvp: ([x], [dx], params) => {
      const y = operation(x as Tensor, params)
      return [[y], [dx ? rules.jvp(dx, x as Tensor, y, params) : null]]
    },
    ...(rules.transpose === undefined
      ? {}
      : {
          transpose: ([ct]: readonly (Tensor | null)[], _: unknown, params: AxisParams) => [
            rules.transpose?.(ct as Tensor, params) ?? null,
          ],
        }),
    batch: ([x], [at], params, axis) => {
      const value = x as Tensor
      if (params.axisName !== axis.name) {
        const shift = rules.abstract === undefined ? 0 : 1
        return [[operation(value, params)], [at === null || at === undefined ? null : at + shift]]
      }
      checkSize(name, params, axis)
      const batched = at !== null && at !== undefined
      const [y, out] = rules.over(batched ? moveBatchAxis(value, at, 0, axis.size) : value, batched, params)
      return [[y], [out]]
    },
  })
  const operation = (x: Tensor, params: AxisParams): Tensor => bind1(definition, [x], params)
  return operation
}

/** A program may have been written down under an axis of another size. @throws ShapeError */
const checkSize = (name: string, { axisName, size }: AxisParams, axis: AxisData): number => {
  if (size === axis.size) return size
  throw new ShapeError(`${name}: the axis '${axisName}' has size ${axis.size} here, and ${size} where this was traced.`)
}

const psumOne = collective('psum', {
  over: (x, batched, { size }) => [batched ? reduceSum(x, [0]) : mul(x, size), null],
  jvp: (dx, _x, _y, params) => psumOne(dx, params),
  transpose: (ct, params) => psumOne(ct, params),
})

/** Tied examples share the derivative, as in reductions. */
const sharedExtremum = (dx: Tensor, x: Tensor, y: Tensor, params: AxisParams): Tensor => {
  const wins = convertElementType(eq(x, y), x.dtype)
  return div(psumOne(mul(dx, wins), params), psumOne(wins, params))
}

const pmaxOne = collective('pmax', {
  over: (x, batched) => [batched ? reduceMax(x, [0]) : x, null],
  jvp: sharedExtremum,
})

const pminOne = collective('pmin', {
  over: (x, batched) => [batched ? reduceMin(x, [0]) : x, null],
  jvp: sharedExtremum,
})

const allGatherOne = collective('allGather', {
  abstract: (x, { size }) => ({ ...x, shape: [size, ...x.shape] }),
  over: (x, batched, { size }) => [batched ? x : moveBatchAxis(x, null, 0, size), null],
  jvp: (dx, _x, _y, params) => allGatherOne(dx, params),
  transpose: (ct, params) => {
    const index = axisIndexOf(params)
    const sum = psumOne(ct, params)
    const shape = sum.sizes.slice(1)
    const zero = scalar(0, 'int32')
    return reshape(dynamicSlice(sum, [index, ...shape.map(() => zero)], [1, ...shape]), shape)
  },
})

interface PermuteParams extends AxisParams {
  readonly permutation: readonly (readonly [number, number])[]
}

const ppermuteOne = collective('ppermute', {
  parameters: { permutation: listOf(tupleOf(count, count)) },
  check: (params) => {
    const { axisName, size, permutation } = params as PermuteParams
    const unlike = (list: readonly number[]): boolean =>
      new Set(list).size === list.length && list.every((n) => n < size)
    if (unlike(permutation.map(([source]) => source)) && unlike(permutation.map(([, target]) => target))) return
    throw new RangeError(
      `ppermute: ${JSON.stringify(permutation)} has to send different examples to different ones, all below ${size}, the size of '${axisName}'.`,
    )
  },
  over: (x, batched, params) => {
    const { size, permutation } = params as PermuteParams
    const value = batched ? x : moveBatchAxis(x, null, 0, size)
    const rows = Array.from({ length: size }, (_, to) => {
      const source = permutation.find(([, target]) => target === to)
      const row = sliceAxis(value, 0, source?.[0] ?? 0, (source?.[0] ?? 0) + 1)
      return source === undefined ? uniform(0, row) : row
    })
    return [concatenate(rows, 0), 0]
  },
  jvp: (dx, _x, _y, params) => ppermuteOne(dx, params),
  transpose: (ct, params) => {
    const { permutation } = params as PermuteParams
    return ppermuteOne(ct, { ...params, permutation: permutation.map(([a, b]) => [b, a] as const) } as PermuteParams)
  },
})

const axisIndexP: Primitive<AxisParams> = primitive<AxisParams>({
  name: 'axisIndex',
  operands: 0,
  parameters: axisParameters,
  abstract: () => [{ shape: [], dtype: 'int32', weakType: false }],
  evaluate: (_, { axisName }) => {
    throw new RangeError(
      `axisIndex: there is no axis named '${axisName}' here. Give it by vmap(f, { axisName: '${axisName}' }).`,
    )
  },
  jvp: (_, __, params) => [[axisIndexOf(params)], [null]],
  batch: (_, __, params, axis) =>
    params.axisName === axis.name
      ? [[iota('int32', checkSize('axisIndex', params, axis))], [0]]
      : [[axisIndexOf(params)], [null]],
})
const axisIndexOf = ({ axisName, size }: AxisParams): Tensor => bind1(axisIndexP, [], { axisName, size })

/** A function of trees and a named axis that gives tensors for their leaves. */
export interface Collective<Options extends readonly unknown[] = []> {
  <T>(x: T & WithNumbers<T>, axisName: string, ...options: Options): MapLeaves<T, Tensor>
  <T>(x: T, axisName: string, ...options: Options): T
}

const onLeaves = <T>(name: string, axisName: string, tree: T, f: (x: Tensor, params: AxisParams) => Tensor): T => {
  const params = { axisName, size: axisSize(name, axisName) }
  const [leaves, structure] = flattenTensors(tree)
  return unflatten(
    structure,
    leaves.map((x) => f(x, params)),
  ) as T
}

/**
 * The sum over the examples of a named axis, the same for each of them.
 * @throws RangeError if no vmap has that axis
 * @example vmap((x: Tensor) => x.div(lax.psum(x, 'i')), { axisName: 'i' })(np.array([1, 3])).toArray() // [0.25, 0.75]
 */
export const psum: Collective = <T>(x: T, axisName: string): T => onLeaves('psum', axisName, x, psumOne)

/**
 * The mean over the examples of a named axis. Integers become floats.
 * @throws RangeError if no vmap has that axis
 * @example vmap((x: Tensor) => x.sub(lax.pmean(x, 'i')), { axisName: 'i' })(np.array([1, 3])) // [-1, 1]
 */
export const pmean: Collective = <T>(x: T, axisName: string): T =>
  onLeaves('pmean', axisName, x, (leaf, params) => {
    const value = isFloat(leaf.dtype) ? leaf : convertElementType(leaf, 'float32')
    return div(psumOne(value, params), params.size)
  })

/**
 * The largest over the examples of a named axis.
 * @throws RangeError if no vmap has that axis
 * @example vmap((x: Tensor) => x.div(lax.pmax(x, 'i')), { axisName: 'i' })(np.array([1, 4])) // [0.25, 1]
 */
export const pmax: Collective = <T>(x: T, axisName: string): T => onLeaves('pmax', axisName, x, pmaxOne)

/**
 * The smallest over the examples of a named axis.
 * @throws RangeError if no vmap has that axis
 * @example vmap((x: Tensor) => x.sub(lax.pmin(x, 'i')), { axisName: 'i' })(np.array([1, 4])) // [0, 3]
 */
export const pmin: Collective = <T>(x: T, axisName: string): T => onLeaves('pmin', axisName, x, pminOne)

/**
 * The values of all examples of a named axis, stacked in front.
 * @throws RangeError if no vmap has that axis
 * @example vmap((x: Tensor) => lax.allGather(x, 'i'), { axisName: 'i' })(np.array([1, 4])) // [[1, 4], [1, 4]]
 */
export const allGather: Collective = <T>(x: T, axisName: string): T => onLeaves('allGather', axisName, x, allGatherOne)

/**
 * Sends example `source` to `target` for each pair `[source, target]`; examples that nobody sends to get zeros.
 * @throws RangeError if no vmap has that axis
 * @example
 * const shifted = (x: Tensor) => lax.ppermute(x, 'i', [[0, 1], [1, 2]])
 * vmap(shifted, { axisName: 'i' })(np.array([5, 6, 7])) // [0, 5, 6]
 */
export const ppermute: Collective<[permutation: readonly (readonly [number, number])[]]> = <T>(
  x: T,
  axisName: string,
  permutation: readonly (readonly [number, number])[],
): T =>
  onLeaves('ppermute', axisName, x, (leaf, params) => ppermuteOne(leaf, { ...params, permutation } as PermuteParams))

/**
 * The position of this example along a named axis, an int32 scalar.
 * @throws RangeError if no vmap has that axis
 * @example vmap((x: Tensor) => x.mul(lax.axisIndex('i')), { axisName: 'i' })(np.array([5, 6, 7])) // [0, 6, 14]
 */
export const axisIndex = (axisName: string): Tensor => axisIndexOf({ axisName, size: axisSize('axisIndex', axisName) })
