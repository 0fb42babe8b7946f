/**
 * The immutable tensor. `Tensor` is what users see: a concrete array of numbers, or inside a transform a tracer that
 * stands for one. Methods are the operators TypeScript lacks; everything else is a function in `np`, `lax`, `random`.
 */
import { allocate, type DType, type TypedArray } from './dtype.js'
import { ConcretizationError, DonatedTensorError, OperandError } from './errors.js'
import { print } from './print.js'
import { frozenShape, type Shape, sizeOf, sizesOf } from './shape.js'
import { show } from './show.js'

/** What a tensor looks like without its numbers. */
export interface Abstract {
  readonly shape: Shape
  readonly dtype: DType
  /** A weak dtype (of a JS number) gives way to the other operand's. */
  readonly weakType: boolean
}

/** Anything an operation takes for a tensor: JS numbers and booleans are weakly typed scalars. */
export type TensorLike = Tensor | number | boolean

/** Nested JS arrays of numbers or booleans, as `toArray` returns them. */
export type NestedArray = number | boolean | readonly NestedArray[]

/** One entry of an index: a position, an array of positions, a slice, `null` for a new axis, or `'...'`. */
export type IndexEntry = number | Tensor | readonly number[] | Slice | null | '...'

/** A range of an axis, as Python's `start:stop:step`; negative numbers count from the end. */
export interface Slice {
  readonly start?: number | null
  readonly stop?: number | null
  readonly step?: number | null
}

/** How an index that is only known at run time behaves outside the axis, as in JAX. */
export type IndexMode = 'fill' | 'clip' | 'drop' | 'promise_in_bounds'

/** The pending update of `x.at(index)`: every method returns a new tensor. */
export interface IndexedUpdate {
  get(options?: { readonly mode?: IndexMode; readonly fillValue?: number }): Tensor
  set(value: TensorLike, options?: { readonly mode?: IndexMode }): Tensor
  add(value: TensorLike, options?: { readonly mode?: IndexMode }): Tensor
  mul(value: TensorLike, options?: { readonly mode?: IndexMode }): Tensor
  min(value: TensorLike, options?: { readonly mode?: IndexMode }): Tensor
  max(value: TensorLike, options?: { readonly mode?: IndexMode }): Tensor
}

export interface ReduceOptions {
  readonly axis?: number | readonly number[] | null
  readonly keepdims?: boolean
}

/** What the methods of a tensor do; `numpy/methods.ts` supplies it. */
export interface TensorOperators {
  readonly binary: Readonly<
    Record<
      'add' | 'sub' | 'mul' | 'div' | 'mod' | 'pow' | 'matmul' | 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge',
      (x: Tensor, y: TensorLike) => Tensor
    >
  >
  readonly neg: (x: Tensor) => Tensor
  readonly reshape: (x: Tensor, shape: Shape) => Tensor
  readonly transpose: (x: Tensor, axes?: readonly number[]) => Tensor
  readonly astype: (x: Tensor, dtype: DType) => Tensor
  readonly slice: (x: Tensor, index: readonly IndexEntry[]) => Tensor
  readonly sum: (x: Tensor, options?: ReduceOptions) => Tensor
  readonly mean: (x: Tensor, options?: ReduceOptions) => Tensor
  readonly max: (x: Tensor, options?: ReduceOptions) => Tensor
  readonly min: (x: Tensor, options?: ReduceOptions) => Tensor
  readonly at: (x: Tensor, index: readonly IndexEntry[]) => IndexedUpdate
  readonly unstack: (x: Tensor) => readonly Tensor[]
}

let operators: TensorOperators

/** Gives tensors their methods; called once, when `numpy` loads. */
export const installOperators = (table: TensorOperators): void => {
  operators = table
}

/** What tensors of every copy of this package have, so that one from another copy can be told. */
const brand = Symbol.for('@puregrad/core tensor')

/** Whether something is a tensor that another copy of this package made. */
export const isForeign = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && brand in x && !(x instanceof Tensor)

/** What to say of a tensor from another copy of this package. */
export const foreign =
  'a tensor from another copy of @puregrad/core: two are loaded. `npm ls @puregrad/core` shows who brings them; let all take one version.'

/**
 * An immutable n-dimensional array, concrete or traced.
 * @example np.array([[1, 2], [3, 4]]).mul(2).sum().item() // 20
 */
export abstract class Tensor implements Abstract {
  /** What it looks like, for the library itself: its shape is not frozen, so that it is neither written to nor handed out. @internal */
  abstract readonly type: Abstract

  /** Its sizes, one for each axis; they cannot be written to. */
  get shape(): Shape {
    return frozenShape(this.type.shape)
  }
  /** The same as `shape`, for the library itself. @see type @internal */
  get sizes(): Shape {
    return this.type.shape
  }
  get dtype(): DType {
    return this.type.dtype
  }
  /** @internal */
  get weakType(): boolean {
    return this.type.weakType
  }

  /** The numbers of a concrete tensor, row-major and not to be written to; a tracer throws. @internal */
  abstract concrete(operation: string): ConcreteTensor

  /** What a tracer prints as; null for a tensor with numbers. @internal */
  describe(): string | null {
    return null
  }

  /** @internal */
  get [brand](): true {
    return true
  }

  get ndim(): number {
    return this.type.shape.length
  }
  get size(): number {
    return sizeOf(this.type.shape)
  }

  add(y: TensorLike): Tensor {
    return operators.binary.add(this, y)
  }
  sub(y: TensorLike): Tensor {
    return operators.binary.sub(this, y)
  }
  mul(y: TensorLike): Tensor {
    return operators.binary.mul(this, y)
  }
  /** True division: integers become floats. */
  div(y: TensorLike): Tensor {
    return operators.binary.div(this, y)
  }
  /** Remainder with the sign of the divisor, as Python's `%`. */
  mod(y: TensorLike): Tensor {
    return operators.binary.mod(this, y)
  }
  pow(y: TensorLike): Tensor {
    return operators.binary.pow(this, y)
  }
  neg(): Tensor {
    return operators.neg(this)
  }
  matmul(y: Tensor): Tensor {
    return operators.binary.matmul(this, y)
  }
  eq(y: TensorLike): Tensor {
    return operators.binary.eq(this, y)
  }
  ne(y: TensorLike): Tensor {
    return operators.binary.ne(this, y)
  }
  lt(y: TensorLike): Tensor {
    return operators.binary.lt(this, y)
  }
  le(y: TensorLike): Tensor {
    return operators.binary.le(this, y)
  }
  gt(y: TensorLike): Tensor {
    return operators.binary.gt(this, y)
  }
  ge(y: TensorLike): Tensor {
    return operators.binary.ge(this, y)
  }

  /** `x.reshape([2, -1])` or `x.reshape(2, -1)`. */
  reshape(...shape: readonly number[] | readonly [Shape]): Tensor {
    return operators.reshape(this, spread(shape))
  }
  /** Axes in the given order, or reversed. */
  transpose(...axes: readonly number[] | readonly [readonly number[]]): Tensor {
    const order = spread(axes)
    return operators.transpose(this, order.length === 0 && this.ndim > 0 ? undefined : order)
  }
  /** All axes reversed. */
  get T(): Tensor {
    return operators.transpose(this)
  }
  astype(dtype: DType): Tensor {
    return operators.astype(this, dtype)
  }
  /** NumPy's basic and advanced indexing: `x.slice(0)`, `x.slice({ start: 1 }, '...', null, np.array([0, 2]))`. */
  slice(...index: readonly IndexEntry[]): Tensor {
    return operators.slice(this, index)
  }
  sum(options?: ReduceOptions): Tensor {
    return operators.sum(this, options)
  }
  mean(options?: ReduceOptions): Tensor {
    return operators.mean(this, options)
  }
  max(options?: ReduceOptions): Tensor {
    return operators.max(this, options)
  }
  min(options?: ReduceOptions): Tensor {
    return operators.min(this, options)
  }
  /** `x.at(i).set(v)` and friends return new tensors. */
  at(...index: readonly IndexEntry[]): IndexedUpdate {
    return operators.at(this, index)
  }
  /** Iterates over the first axis. */
  *[Symbol.iterator](): IterableIterator<Tensor> {
    yield* operators.unstack(this)
  }

  /**
   * The one element of a tensor of size 1: a number, or a boolean if the dtype is bool.
   * @throws ConcretizationError for a tracer, or a tensor of another size
   * @example np.array([2.5]).item() // 2.5
   */
  item<T extends number | boolean = number>(): T {
    const value = this.concrete('item()').single()
    return (this.dtype === 'bool' ? value !== 0 : value) as T
  }
  /** Nested JS arrays of this shape; a plain number for a scalar. `bool` gives booleans. `T` says how deep, as in `toArray<number[][]>()`. */
  toArray<T extends NestedArray = NestedArray>(): T {
    return this.concrete('toArray()').nested() as T
  }
  /** A typed-array copy of the elements, row-major. */
  data(): TypedArray {
    return this.concrete('data()').elements().slice()
  }
  toString(): string {
    return print(this)
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
  [Symbol.toPrimitive](hint: string): number | string {
    return hint === 'string' ? this.toString() : this.concrete('a conversion to a JavaScript number').single()
  }
  toJSON(): unknown {
    return { shape: this.shape, dtype: this.dtype, data: this.toArray() }
  }
}

const spread = (args: readonly number[] | readonly [readonly number[]]): readonly number[] =>
  args.length === 1 && Array.isArray(args[0]) ? args[0] : (args as readonly number[])

/** Numbers that are not, or not only, in a JavaScript array. */
export abstract class Storage {
  abstract readonly length: number
  /** The numbers as an array, not to be written to. */
  abstract array(): TypedArray
  /** `true` if there is an array already. */
  abstract hasArray(): boolean
  /** Gives the numbers up: reading them throws an error with this message from now on. */
  abstract donate(message: string): void
}

/** What is left of a small tensor that was donated. */
class Donated extends Storage {
  constructor(
    readonly length: number,
    private readonly message: string,
  ) {
    super()
  }
  array(): TypedArray {
    throw new DonatedTensorError(this.message)
  }
  hasArray(): boolean {
    return false
  }
  donate(): void {}
}

/**
 * A tensor with numbers. Its storage is an array, or a place in kernel memory, that nobody writes to once it is here, read
 * through strides, so that broadcasts and transposes cost nothing until somebody needs them row-major.
 */
export class ConcreteTensor extends Tensor {
  /** Row-major elements if `layout` is null. Only the same numbers, elsewhere or in another order, may replace it. */
  private storage: TypedArray | Storage
  private layout: readonly number[] | null

  readonly type: Abstract

  constructor(
    shape: Shape,
    dtype: DType,
    storage: TypedArray | Storage,
    weakType = false,
    strides: readonly number[] | null = null,
  ) {
    super()
    this.type = { shape: sizesOf(shape), dtype, weakType }
    this.storage = storage
    this.layout = strides
  }

  override concrete(): ConcreteTensor {
    return this
  }
  /** Strides in elements over the storage; null: row-major. */
  get strides(): readonly number[] | null {
    return this.layout
  }
  /** Where the numbers are. */
  backing(): TypedArray | Storage {
    return this.storage
  }
  /** The same numbers are also there, in this order, from now on. */
  moveTo(storage: TypedArray | Storage, strides: readonly number[] | null): void {
    this.storage = storage
    this.layout = strides
  }
  /** Gives the numbers up. @see Storage.donate */
  donate(message: string): void {
    if (this.storage instanceof Storage) this.storage.donate(message)
    this.storage = new Donated(this.storage.length, message)
  }
  /** The underlying array and its strides in elements (null: row-major). Not to be written to. */
  view(): { readonly array: TypedArray; readonly strides: readonly number[] | null } {
    return { array: arrayOf(this.storage), strides: this.layout }
  }
  /** `true` if the numbers can be read without copying them out of kernel memory. */
  hasArray(): boolean {
    return !(this.storage instanceof Storage) || this.storage.hasArray()
  }
  /** The elements, row-major. Not to be written to. */
  elements(): TypedArray {
    if (this.layout !== null) this.moveTo(this.rowMajor(), null)
    return arrayOf(this.storage)
  }
  /** The elements, row-major, without remembering them. */
  rowMajor(): TypedArray {
    const array = arrayOf(this.storage)
    return this.layout === null ? array : gather(array, this.type.shape, this.layout, this.type.dtype)
  }
  /** `true` if all elements are known to be one number, as after a broadcast. */
  isUniform(): boolean {
    return this.layout !== null && this.storage.length === 1
  }
  single(): number {
    if (this.size !== 1) {
      throw new ConcretizationError(
        `item(): ${print(this, true)} has ${this.size} elements and only a tensor of size 1 is one number. Use toArray() or reduce it first.`,
      )
    }
    return arrayOf(this.storage)[0] as number
  }
  nested(): NestedArray {
    const elements = this.elements()
    const bool = this.dtype === 'bool'
    let next = 0
    const { shape } = this.type
    const build = (axis: number): NestedArray => {
      if (axis === shape.length) {
        const value = elements[next++] as number
        return bool ? value !== 0 : value
      }
      return Array.from({ length: shape[axis] as number }, () => build(axis + 1))
    }
    return build(0)
  }
}

const arrayOf = (storage: TypedArray | Storage): TypedArray => (storage instanceof Storage ? storage.array() : storage)

const gather = (source: TypedArray, shape: Shape, strides: readonly number[], dtype: DType): TypedArray => {
  const size = sizeOf(shape)
  const out = allocate(dtype, size)
  if (source.length === 1) return out.fill(source[0] as number)
  const rank = shape.length
  if (size === 0 || rank === 0) return out.fill(source[0] ?? 0)
  const index = new Array<number>(rank).fill(0)
  const inner = shape[rank - 1] as number
  const step = strides[rank - 1] as number
  let offset = 0
  for (let o = 0; o < size; o += inner) {
    for (let i = 0; i < inner; i++) out[o + i] = source[offset + i * step] as number
    for (let axis = rank - 2; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1
      offset += strides[axis] as number
      if (next < (shape[axis] as number)) {
        index[axis] = next
        break
      }
      offset -= next * (strides[axis] as number)
      index[axis] = 0
    }
  }
  return out
}

/** A rank-0 tensor. Weak by default, as JS numbers are. */
export const scalar = (value: number, dtype: DType = 'float32', weakType = false): ConcreteTensor => {
  const storage = allocate(dtype, 1)
  storage[0] = dtype === 'bool' ? Number(value !== 0) : value
  return new ConcreteTensor([], dtype, storage, weakType)
}

const zeros: (readonly number[])[] = []

/** So many zeros; nobody writes to them. */
const zerosOf = (rank: number): readonly number[] => {
  for (let n = zeros.length; n <= rank; n++) zeros.push(new Array<number>(n).fill(0))
  return zeros[rank] as readonly number[]
}

/** A tensor of one repeated number that takes the room of one. */
export const uniform = (value: number, like: Abstract): ConcreteTensor => {
  const { shape, dtype, weakType } = like instanceof Tensor ? like.type : like
  return repeated(value, shape, dtype, weakType)
}

/** `uniform` of a type in parts. */
export const repeated = (value: number, shape: Shape, dtype: DType, weakType = false): ConcreteTensor => {
  const storage = allocate(dtype, 1)
  storage[0] = dtype === 'bool' ? Number(value !== 0) : value
  return new ConcreteTensor(shape, dtype, storage, weakType, shape.length === 0 ? null : zerosOf(shape.length))
}

/** A JS number as a tensor: a weak float32 scalar that still knows the number, for the dtype of whatever it meets. */
export class NumberTensor extends ConcreteTensor {
  constructor(readonly number: number) {
    const storage = new Float32Array(1)
    storage[0] = number
    super([], 'float32', storage, true)
  }
}

/** A JS number is a float32 and a boolean a bool scalar, both weak; tensors stay themselves. */
export const toTensor = (x: TensorLike): Tensor => {
  if (x instanceof Tensor) return x
  if (typeof x === 'number') return new NumberTensor(x)
  if (typeof x === 'boolean') return scalar(Number(x), 'bool', true)
  throw new OperandError(x, notATensor(x))
}

/** Why a value is no operand, after the words for which it is. */
export const notATensor = (x: unknown): string => {
  if (isForeign(x)) return `is ${foreign}`
  const cure =
    x === undefined
      ? 'Is a name misspelt, or an argument left out?'
      : Array.isArray(x) || ArrayBuffer.isView(x)
        ? 'Arrays become tensors by np.array(…).'
        : 'It has to be a tensor, a number or a boolean.'
  return `is ${show(x)}, which is no tensor. ${cure}`
}

/** The type alone, in a record of its own: nobody else writes to it. */
export const abstractOf = (x: Abstract): Abstract =>
  x instanceof Tensor ? x.type : { shape: sizesOf(x.shape), dtype: x.dtype, weakType: x.weakType }
