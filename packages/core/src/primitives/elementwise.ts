/** What elementwise primitives share: types, lowering through broadcasting kernels, batching. */
import { bytesOf, type DType, isFloat, isInteger, kernelSuffix } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { twoLoops } from '../runtime/layout.js'
import { sameShape, sizeOf } from '../shape.js'
import { type Abstract, Tensor, toTensor, uniform } from '../tensor.js'
import { broadcastBatch } from './batching.js'
import {
  bind1,
  type Emitter,
  type LinearInput,
  type MaybeZero,
  type Operand,
  ownElements,
  ownRows,
  type Params,
  primitive,
} from './primitive.js'

/** Which dtypes an operation takes. */
export type Domain = 'float' | 'integer' | 'number' | 'bool' | 'bits' | 'any'

const inDomain: Readonly<Record<Domain, (dtype: DType) => boolean>> = {
  float: isFloat,
  integer: isInteger,
  number: (d) => d !== 'bool',
  bool: (d) => d === 'bool',
  bits: (d) => isInteger(d) || d === 'bool',
  any: () => true,
}

/** @throws DTypeError naming the operation and the dtypes it takes */
export const checkDomain = (name: string, dtype: DType, domain: Domain): void => {
  if (inDomain[domain](dtype)) return
  const wanted = {
    float: 'float32 or float64',
    integer: 'an integer dtype',
    number: 'numbers',
    bool: 'bool',
    bits: 'integers or bool',
    any: '',
  }
  throw new DTypeError(
    `${name}: takes ${wanted[domain]}, not ${dtype}. Convert with x.astype(…), or use the np function, which promotes.`,
  )
}

/** All operands have one shape and dtype. @throws ShapeError, DTypeError */
export const checkSame = (name: string, inputs: readonly Abstract[]): Abstract => {
  const [first, ...rest] = inputs as [Abstract, ...Abstract[]]
  for (const other of rest) {
    if (!sameShape(first.shape, other.shape)) {
      throw new ShapeError(
        `${name}: ${inputs.map(showType).join(' and ')} differ in shape. The np functions broadcast; lax functions need equal shapes.`,
      )
    }
    if (first.dtype !== other.dtype) {
      throw new DTypeError(
        `${name}: ${inputs.map(showType).join(' and ')} differ in dtype. The np functions promote; lax functions need equal dtypes.`,
      )
    }
  }
  return { shape: first.shape, dtype: first.dtype, weakType: inputs.every((x) => x.weakType) }
}

/** Emits a kernel with the two-loop signature over broadcast operands, copying those that need more loops. */
export const emitLoops = (emit: Emitter, kernel: string, inputs: readonly Operand[], output: Operand): void => {
  let operands = inputs
  let loops = twoLoops(
    output.shape,
    operands.map((x) => x.strides),
  )
  if (loops === null) {
    operands = operands.map((x) => ({ ...x, pointer: emit.contiguous(x), strides: null }))
    loops = { outer: 1, inner: sizeOf(output.shape), steps: operands.map(() => [0, 1] as const) }
  }
  const { outer, inner, steps } = loops
  const pointers = [...operands, output].map((x) => x.pointer)
  const widths = [...operands, output].map((x) => bytesOf(x.dtype))
  // The result's rows follow one another.
  const rowSteps = [...steps.map(([o]) => o), inner]
  const elementSteps = [...steps.map(([, i]) => i), 1]
  const rest = [...steps.map(([o]) => o), ...steps.map(([, i]) => i)]
  const from = (by: readonly number[], first: number): readonly number[] =>
    pointers.map((p, i) => p + first * (by[i] as number) * (widths[i] as number))
  const nanoseconds = outer * inner * elementNanoseconds
  if (outer !== 1) {
    emit.parallel(outer, nanoseconds, (part, first, count) =>
      part.call(kernel, ...from(rowSteps, first), count, inner, ...rest),
    )
  } else {
    emit.parallel(
      inner,
      nanoseconds,
      (part, first, count) => part.call(kernel, ...from(elementSteps, first), 1, count, ...rest),
      elementGrain,
    )
  }
}

/** Parts of elementwise work start at whole cache lines. */
const elementGrain = 64 // elements
const elementNanoseconds = 0.3

/** A unary operation. */
export type Unary = (x: Tensor) => Tensor

export interface UnaryRules {
  readonly domain: Domain
  /** The dtype of the result, if it is not the operand's. */
  readonly result?: DType
  /** `kernel_f32` and so on; the name of the operation by default. */
  readonly kernel?: string | ((dtype: DType) => string)
  /** The tangent of y = f(x); null where the derivative is zero everywhere. */
  readonly jvp: ((dx: Tensor, x: Tensor, y: Tensor) => Tensor) | null
  /** For linear operations: the cotangent of the operand. */
  readonly transpose?: (ct: Tensor) => Tensor
}

/** Defines an elementwise operation of one operand. */
export const unary = (name: string, rules: UnaryRules): Unary => {
  const kernel = rules.kernel ?? name
  const definition = primitive<Params>({
    name,
    operands: 1,
    parameters: {},
    abstract: ([x]) => {
      const { shape, dtype, weakType } = x as Abstract
      checkDomain(name, dtype, rules.domain)
      return [{ shape, dtype: rules.result ?? dtype, weakType: weakType && rules.result === undefined }]
    },
    ...(rules.result === undefined ? { elements: ownElements } : {}),
    rows: ownRows,
    lower: (emit, [x], [y]) => {
      const { pointer, dtype, shape } = x as Operand
      const full = typeof kernel === 'function' ? kernel(dtype) : `${kernel}_${kernelSuffix(dtype)}`
      const size = sizeOf(shape)
      const [from, to] = [bytesOf(dtype), bytesOf((y as Operand).dtype)]
      emit.parallel(
        size,
        size * elementNanoseconds,
        (part, first, count) => part.call(full, pointer + first * from, (y as Operand).pointer + first * to, count),
        elementGrain,
      )
    },
    jvp: ([x], [dx]) => {
      const y = operation(x as Tensor)
      return [[y], [rules.jvp === null || !dx ? null : rules.jvp(dx, x as Tensor, y)]]
    },
    ...(rules.transpose === undefined
      ? {}
      : { transpose: ([ct]: readonly MaybeZero[]) => [(rules.transpose as (ct: Tensor) => Tensor)(ct as Tensor)] }),
    batch: ([x], [axis]) => [[operation(x as Tensor)], [axis ?? null]],
  })
  const operation = (x: Tensor): Tensor => bind1(definition, [x], {})
  return operation
}

/** A binary operation with its primitive; a JS number becomes a constant of the other operand's shape and dtype. */
export type Binary = (x: Tensor | number, y: Tensor | number) => Tensor

export interface BinaryRules {
  readonly domain: Domain
  readonly result?: DType
  readonly kernel?: string | ((dtype: DType) => string)
  /** Tangent of z = f(x, y) for a tangent of x alone, and of y alone; null where zero everywhere. */
  readonly jvp: readonly [
    ((dx: Tensor, x: Tensor, y: Tensor, z: Tensor) => Tensor) | null,
    ((dy: Tensor, x: Tensor, y: Tensor, z: Tensor) => Tensor) | null,
  ]
  /** Both tangents at once, where that is less work than their sum. */
  readonly jvpBoth?: (dx: Tensor, dy: Tensor, x: Tensor, y: Tensor, z: Tensor) => Tensor
  readonly transpose?: (ct: Tensor, x: Tensor | LinearInput, y: Tensor | LinearInput) => readonly [MaybeZero, MaybeZero]
}

let sum: Binary | undefined

/** The operation that adds tangents; `arithmetic.ts` names it, since rules of all binary operations need it. */
export const installSum = (add: Binary): void => {
  sum = add
}

/** Defines an elementwise operation of two operands of one shape and dtype. */
export const binary = (name: string, rules: BinaryRules): Binary => {
  const kernel = rules.kernel ?? name
  const definition = primitive<Params>({
    name,
    operands: 2,
    parameters: {},
    abstract: (inputs) => {
      const type = checkSame(name, inputs)
      checkDomain(name, type.dtype, rules.domain)
      return [rules.result === undefined ? type : { ...type, dtype: rules.result, weakType: false }]
    },
    accepts: 'broadcast',
    ...(rules.result === undefined ? { elements: ownElements } : {}),
    rows: ownRows,
    lower: (emit, inputs, [z]) => {
      const { dtype } = inputs[0] as Operand
      const full = typeof kernel === 'function' ? kernel(dtype) : `${kernel}_${kernelSuffix(dtype)}`
      emitLoops(emit, full, inputs, z as Operand)
    },
    jvp: ([x, y], [dx, dy]) => {
      const [a, b] = [x as Tensor, y as Tensor]
      const z = operation(a, b)
      if (dx && dy && rules.jvpBoth) return [[z], [rules.jvpBoth(dx, dy, a, b, z)]]
      const left = dx && rules.jvp[0] ? rules.jvp[0](dx, a, b, z) : null
      const right = dy && rules.jvp[1] ? rules.jvp[1](dy, a, b, z) : null
      return [[z], [left && right ? (sum as Binary)(left, right) : (left ?? right)]]
    },
    ...(rules.transpose === undefined
      ? {}
      : {
          transpose: ([ct]: readonly MaybeZero[], [x, y]: readonly (Tensor | LinearInput)[]) =>
            (rules.transpose as NonNullable<BinaryRules['transpose']>)(
              ct as Tensor,
              x as Tensor | LinearInput,
              y as Tensor | LinearInput,
            ),
        }),
    batch: (inputs, axes, _, { size }) => {
      const [operands, axis] = broadcastBatch(inputs, axes, size)
      return [[operation(operands[0] as Tensor, operands[1] as Tensor)], [axis]]
    },
  })
  const operation = (x: Tensor | number, y: Tensor | number): Tensor => bind1(definition, likeEachOther(name, x, y), {})
  return operation
}

const likeEachOther = (name: string, x: Tensor | number, y: Tensor | number): readonly [Tensor, Tensor] => {
  if (x instanceof Tensor) return [x, y instanceof Tensor ? y : constantLike(name, y, x)]
  if (y instanceof Tensor) return [constantLike(name, x, y), y]
  return [toTensor(x), toTensor(y)]
}

/** A constant of another tensor's shape and dtype. @throws DTypeError if an integer dtype would lose a fraction */
export const constantLike = (name: string, value: number, like: Abstract): Tensor => {
  if (typeof value !== 'number') throw new DTypeError(`${name}: takes tensors and numbers, not ${String(value)}.`)
  if (!isFloat(like.dtype) && !Number.isInteger(value)) {
    throw new DTypeError(
      `${name}: ${value} is not a ${like.dtype}. Convert the tensor first, e.g. x.astype('float32').`,
    )
  }
  return uniform(value, like)
}
