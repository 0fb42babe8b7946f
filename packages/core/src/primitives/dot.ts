/** Products summed over shared axes: the general form of matmul, dot, tensordot and einsum's pairwise step. */

import { bytesOf, type DType, kernelSuffix } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { emitCopy } from '../runtime/layout.js'
import { invertPermutation, range, type Shape, showShape, sizeOf, stridesOf } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { add } from './arithmetic.js'
import { convertElementType } from './convert.js'
import { count, listOf, tupleOf } from './parameters.js'
import { bind1, type Emitter, LinearInput, type Operand, type Params, primitive } from './primitive.js'
import { transpose } from './shape.js'

/** Which axes of the left and right operand belong together, pair by pair. */
export interface DotDimensionNumbers {
  /** Summed over. */
  readonly contract: readonly [readonly number[], readonly number[]]
  /** Kept once, in front of the result. */
  readonly batch: readonly [readonly number[], readonly number[]]
}

type DotParams = Params & DotDimensionNumbers

const freeAxes = (rank: number, ...taken: readonly (readonly number[])[]): number[] =>
  range(rank).filter((a) => !taken.some((axes) => axes.includes(a)))

const at = (shape: Shape, axes: readonly number[]): number[] => axes.map((a) => shape[a] as number)

const checkAxes = (role: string, x: Abstract, contract: readonly number[], batch: readonly number[]): void => {
  const axes = [...batch, ...contract]
  if (axes.some((a) => !Number.isInteger(a) || a < 0 || a >= x.shape.length) || new Set(axes).size !== axes.length) {
    throw new ShapeError(
      `dotGeneral: contracting ${showShape(contract)} and batch ${showShape(batch)} axes of the ${role} ${showType(x)} ` +
        `have to be distinct and between 0 and ${x.shape.length - 1}.`,
    )
  }
}

const checkPairs = (
  kind: string,
  x: Abstract,
  y: Abstract,
  left: readonly number[],
  right: readonly number[],
): void => {
  if (left.length !== right.length) {
    throw new ShapeError(
      `dotGeneral: ${left.length} ${kind} axes on the left and ${right.length} on the right. They come in pairs.`,
    )
  }
  left.forEach((a, i) => {
    const b = right[i] as number
    if (x.shape[a] === y.shape[b]) return
    throw new ShapeError(
      `dotGeneral: ${showType(x)} and ${showType(y)} differ in the ${kind} axes ${a} and ${b}: ${x.shape[a]} and ${y.shape[b]}. ` +
        'Transpose an operand or choose other axes.',
    )
  })
}

/** An operand as matrices in memory: `pointer`, step between matrices, step between rows, and whether they lie transposed. */
interface Matrices {
  readonly pointer: number
  readonly batchStep: number
  readonly rowStep: number
  readonly transposed: boolean
}

/** One step for a group of axes walked in order, or null if it takes several. Empty and size-1 groups have none. */
const groupStep = (shape: Shape, strides: readonly number[], axes: readonly number[]): number | null | undefined => {
  let step: number | undefined
  let next: number | undefined
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i] as number
    const n = shape[axis] as number
    if (n === 1) continue
    const s = strides[axis] as number
    if (next !== undefined && s !== next) return null
    step ??= s
    next = s * n
  }
  return step
}

/** The operand as [batch, rows, columns] or [batch, columns, rows] matrices, copied only if no two steps describe it. */
const asMatrices = (
  emit: Emitter,
  x: Operand,
  batch: readonly number[],
  rows: readonly number[],
  columns: readonly number[],
): Matrices => {
  const strides = x.strides ?? stridesOf(x.shape)
  const [m, n] = [sizeOf(at(x.shape, rows)), sizeOf(at(x.shape, columns))]
  const b = groupStep(x.shape, strides, batch)
  const r = groupStep(x.shape, strides, rows)
  const c = groupStep(x.shape, strides, columns)
  if (b !== null && r !== null && c !== null) {
    const batchStep = b ?? 0
    if ((c === undefined || c === 1) && (r === undefined || r >= n)) {
      return { pointer: x.pointer, batchStep, rowStep: r ?? n, transposed: false }
    }
    if ((r === undefined || r === 1) && (c === undefined || c >= m)) {
      return { pointer: x.pointer, batchStep, rowStep: c ?? m, transposed: true }
    }
  }
  const order = [...batch, ...rows, ...columns]
  const pointer = emit.scratch(sizeOf(x.shape) * bytesOf(x.dtype))
  emitCopy(emit, { ...x, shape: at(x.shape, order), strides: at(strides, order) }, pointer)
  return { pointer, batchStep: m * n, rowStep: n, transposed: false }
}

interface ProductSizes {
  readonly count: number
  readonly m: number
  readonly n: number
  readonly k: number
}

const multiplyAddsPerNanosecond = 25
/** Parts of a product are whole tiles. */
const [rowGrain, columnGrain] = [4, 8]

/**
 * Products by the kernel, in parts along the batch, else along the longer side of the result: the operand that every part has to
 * pack is then the smaller one.
 */
const emitProducts = (
  emit: Emitter,
  suffix: string,
  { count, m, n, k }: ProductSizes,
  a: Matrices,
  b: Matrices,
  result: Operand,
): void => {
  const bytes = bytesOf(result.dtype)
  const nanoseconds = (count * m * n * k) / multiplyAddsPerNanosecond
  /** Products number `at` and on, of `rows` rows from `row` on and `columns` columns from `column` on. */
  const part = (
    to: Emitter,
    [at, products]: readonly [number, number],
    [row, rows]: readonly [number, number],
    [column, columns]: readonly [number, number],
  ): void => {
    const workspace = to.scratch(to.query(`gemmScratch_${suffix}`, rows, columns, k))
    to.call(
      `gemm_${suffix}`,
      ...[products, Number(a.transposed), Number(b.transposed), rows, columns, k],
      ...[a.pointer + (at * a.batchStep + row * (a.transposed ? 1 : a.rowStep)) * bytes, a.rowStep, a.batchStep],
      ...[b.pointer + (at * b.batchStep + column * (b.transposed ? b.rowStep : 1)) * bytes, b.rowStep, b.batchStep],
      ...[result.pointer + (at * m * n + row * n + column) * bytes, n, m * n, 0, workspace],
    )
  }
  if (count > 1) emit.parallel(count, nanoseconds, (to, first, some) => part(to, [first, some], [0, m], [0, n]))
  else if (m > n) emit.parallel(m, nanoseconds, (to, first, some) => part(to, [0, 1], [first, some], [0, n]), rowGrain)
  else emit.parallel(n, nanoseconds, (to, first, some) => part(to, [0, 1], [0, m], [first, some]), columnGrain)
}

/** Integers of one width share a kernel: products modulo 2³² have the same bits with and without sign. */
const gemmSuffix = (dtype: DType): string => (dtype === 'uint32' ? 'i32' : kernelSuffix(dtype))

/** Axes of the left and of the right operand. */
const axisPairs = tupleOf<DotDimensionNumbers['contract']>(listOf(count), listOf(count))

const dotGeneralP = primitive<DotParams>({
  name: 'dotGeneral',
  operands: 2,
  parameters: { contract: axisPairs, batch: axisPairs },
  abstract: ([x, y], { contract, batch }) => {
    const [left, right] = [x as Abstract, y as Abstract]
    if (left.dtype !== right.dtype) {
      throw new DTypeError(
        `dotGeneral: ${showType(left)} and ${showType(right)} differ in dtype. np.matmul and np.dot promote; or convert with x.astype(…).`,
      )
    }
    if (left.dtype === 'bool')
      throw new DTypeError(`dotGeneral: ${showType(left)} has no products. Convert with x.astype('int32').`)
    checkAxes('left operand', left, contract[0], batch[0])
    checkAxes('right operand', right, contract[1], batch[1])
    checkPairs('contracting', left, right, contract[0], contract[1])
    checkPairs('batch', left, right, batch[0], batch[1])
    const shape = [
      ...at(left.shape, batch[0]),
      ...at(left.shape, freeAxes(left.shape.length, contract[0], batch[0])),
      ...at(right.shape, freeAxes(right.shape.length, contract[1], batch[1])),
    ]
    return [{ shape, dtype: left.dtype, weakType: left.weakType && right.weakType }]
  },
  accepts: 'any',
  rows: (_inputs, _outputs, { contract, batch }) => {
    const [left, right] = batch
    if (left.length > 0) return left[0] === 0 && right[0] === 0 ? { uses: ['own', 'own'] } : null
    return contract[0].includes(0) ? null : { uses: ['own', 'all'] }
  },
  flops: ([x], [z], { contract }) => 2 * sizeOf((z as Abstract).shape) * sizeOf(at((x as Abstract).shape, contract[0])),
  lower: (emit, [x, y], [z], { contract, batch }) => {
    const [left, right, result] = [x as Operand, y as Operand, z as Operand]
    const leftFree = freeAxes(left.shape.length, contract[0], batch[0])
    const rightFree = freeAxes(right.shape.length, contract[1], batch[1])
    const count = sizeOf(at(left.shape, batch[0]))
    const m = sizeOf(at(left.shape, leftFree))
    const n = sizeOf(at(right.shape, rightFree))
    const k = sizeOf(at(left.shape, contract[0]))
    if (count * m * n === 0) return
    const suffix = gemmSuffix(result.dtype)
    const a = asMatrices(emit, left, batch[0], leftFree, contract[0])
    const b = asMatrices(emit, right, batch[1], contract[1], rightFree)
    emitProducts(emit, suffix, { count, m, n, k }, a, b, result)
  },
  jvp: ([x, y], [dx, dy], dimensions) => {
    const [a, b] = [x as Tensor, y as Tensor]
    const left = dx ? product(dx, b, dimensions) : null
    const right = dy ? product(a, dy, dimensions) : null
    return [[product(a, b, dimensions)], [left && right ? add(left, right) : (left ?? right)]]
  },
  transpose: ([ct], [x, y], { contract, batch }) => {
    const g = ct as Tensor
    if (x instanceof LinearInput) return [cotangentOf(g, x.abstract, y as Tensor, contract, batch, true), null]
    const [mirrored, mirroredBatch] = [[contract[1], contract[0]] as const, [batch[1], batch[0]] as const]
    return [null, cotangentOf(g, (y as LinearInput).abstract, x as Tensor, mirrored, mirroredBatch, false)]
  },
  batch: ([x, y], [xAxis, yAxis], { contract, batch }) => {
    const [a, b] = [x as Tensor, y as Tensor]
    const shift = (axes: readonly number[], axis: number | null | undefined): number[] =>
      axes.map((d) => (axis !== null && axis !== undefined && d >= axis ? d + 1 : d))
    const newContract = [shift(contract[0], xAxis), shift(contract[1], yAxis)] as const
    const newBatch = [shift(batch[0], xAxis), shift(batch[1], yAxis)] as const
    if (typeof xAxis === 'number' && typeof yAxis === 'number') {
      const paired = [
        [xAxis, ...newBatch[0]],
        [yAxis, ...newBatch[1]],
      ] as const
      return [[product(a, b, { contract: newContract, batch: paired })], [0]]
    }
    const result = product(a, b, { contract: newContract, batch: newBatch })
    const leftFree = freeAxes(a.sizes.length, newContract[0], newBatch[0])
    const before = newBatch[0].length
    if (typeof xAxis === 'number') return [[result], [before + leftFree.indexOf(xAxis)]]
    const rightFree = freeAxes(b.sizes.length, newContract[1], newBatch[1])
    return [[result], [before + leftFree.length + rightFree.indexOf(yAxis as number)]]
  },
})

/**
 * The cotangent of one operand: the result's cotangent times the other operand, summed over the other's free axes. Of the
 * two orders of that product the one is taken whose axes come out in place.
 */
const cotangentOf = (
  g: Tensor,
  own: Abstract,
  other: Tensor,
  [ownContract, otherContract]: readonly [readonly number[], readonly number[]],
  [ownBatch, otherBatch]: readonly [readonly number[], readonly number[]],
  ownFirst: boolean,
): Tensor => {
  const ownFree = freeAxes(own.shape.length, ownContract, ownBatch)
  const otherFree = freeAxes(other.sizes.length, otherContract, otherBatch)
  const b = ownBatch.length
  const inG = range(otherFree.length, ownFirst ? b + ownFree.length : b)
  const byOther = otherContract
    .map((_, i) => i)
    .sort((i, j) => (otherContract[i] as number) - (otherContract[j] as number))
  const contracted = byOther.map((i) => ownContract[i] as number)
  const gFirst = invertPermutation([...ownBatch, ...ownFree, ...contracted])
  const otherLeads = invertPermutation([...ownBatch, ...contracted, ...ownFree])
  const straight = (order: readonly number[]): boolean => order.every((p, i) => p === i)
  if (!straight(gFirst) && straight(otherLeads)) {
    return product(other, g, { contract: [otherFree, inG], batch: [otherBatch, range(b)] })
  }
  return transpose(product(g, other, { contract: [inG, otherFree], batch: [range(b), otherBatch] }), gFirst)
}

const product = (x: Tensor, y: Tensor, { contract, batch }: DotDimensionNumbers): Tensor =>
  bind1(dotGeneralP, [x, y], { contract: [[...contract[0]], [...contract[1]]], batch: [[...batch[0]], [...batch[1]]] })

/**
 * Σ x·y over the contracting axes, for each index of the batch axes: axes of the result are the batch axes, then x's
 * others, then y's others.
 * @param preferredElementType the dtype to multiply and sum in, and of the result
 * @throws ShapeError, DTypeError naming the operands and axes
 */
export const dotGeneral = (
  x: Tensor,
  y: Tensor,
  dimensions: DotDimensionNumbers,
  preferredElementType?: DType,
): Tensor => {
  if (preferredElementType !== undefined && preferredElementType !== x.dtype) {
    return dotGeneral(
      convertElementType(x, preferredElementType),
      convertElementType(y, preferredElementType),
      dimensions,
    )
  }
  if (x.dtype === 'bool' && y.dtype === 'bool') {
    const count = product(convertElementType(x, 'int32'), convertElementType(y, 'int32'), dimensions)
    return convertElementType(count, 'bool')
  }
  return product(x, y, dimensions)
}
