/** What the rule matrix runs a primitive on. */
import type { Tensor } from '@puregrad/core'

/** One use of a primitive. */
export interface Sample {
  /** What is special about it. */
  readonly name?: string
  /** Away from kinks and poles; float64 where derivatives are to be compared with differences. */
  readonly args: readonly Tensor[]
  readonly run: (args: readonly Tensor[]) => Tensor | readonly Tensor[]
  /** Which arguments have derivatives here. Default: every float one. */
  readonly differentiable?: readonly boolean[]
  /** The highest order of derivative that exists. Default 2. */
  readonly order?: 1 | 2
  /** Which derivatives exist. Default: both. */
  readonly modes?: readonly ('fwd' | 'rev')[]
}
