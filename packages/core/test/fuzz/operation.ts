/** What every table of operations is made of. */
import type { DType, Tensor } from '@puregrad/core'

/** What a step hands to its operation: two values, often one twice, a number that chooses variants, and a program of its own. */
export interface Given {
  readonly a: Tensor
  readonly b: Tensor
  readonly n: number
  /** The nested steps on these values, and on all that there are outside of them. */
  readonly body: (...values: readonly Tensor[]) => Tensor
  /** The same on these values alone, for what must not close over anything. */
  readonly closed: (...values: readonly Tensor[]) => Tensor
}

/** Gives whatever it can; what does not fit throws an error of the library's, and is left out. */
export type Operation = (given: Given) => Tensor

export type Operations = Readonly<Record<string, Operation>>

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, m) => n * m, 1)
export const isFloat = (a: Tensor): boolean => a.dtype === 'float32' || a.dtype === 'float64'
export const float = (a: Tensor): Tensor => (isFloat(a) ? a : a.astype('float32'))
export const axisOf = (a: Tensor, n: number): number => n % Math.max(a.ndim, 1)
/** With at least one axis. */
export const listed = (a: Tensor): Tensor => (a.ndim === 0 ? a.reshape([1]) : a)
export const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'uint32', 'uint8', 'bool']
