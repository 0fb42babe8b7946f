/** Types of lists whose length is known, so that what is taken from them by position is there. */
import type { Tensor } from './tensor.js'

type Upto32 = Partial<Record<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16, 1>> &
  Partial<Record<17 | 18 | 19 | 20 | 21 | 22 | 23 | 24 | 25 | 26 | 27 | 28 | 29 | 30 | 31 | 32, 1>>

type Counted<T, N, Counting extends readonly T[] = readonly []> = Counting['length'] extends N
  ? Counting
  : Counted<T, N, readonly [...Counting, T]>

/** N times T as a tuple, for N written as a number up to 32; else a list. */
export type TupleOf<T, N> = N extends keyof Upto32 ? Counted<T, N> : readonly T[]

/** What arrays have and tensors have not: nobody is to call it. */
type ArrayOnly = Exclude<keyof (readonly unknown[]), keyof Tensor | number | symbol>

/**
 * A tensor that destructures into N tensors along its first axis. It is an array to the type checker alone, which would
 * take each of them for possibly missing otherwise; `x.slice(i)` reads one by its index.
 */
export type Destructures<N extends number> = N extends keyof Upto32
  ? Tensor & { readonly [K in ArrayOnly]: never } & { readonly [position: number]: Tensor } & Pick<
        readonly Tensor[],
        typeof Symbol.iterator | typeof Symbol.unscopables | 'slice' | 'at' | 'toString' | 'toLocaleString'
      > &
      Omit<Counted<Tensor, N>, keyof (readonly unknown[])>
  : Tensor
