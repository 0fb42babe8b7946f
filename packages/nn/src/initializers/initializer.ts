/** What an initialiser is. */
import type { DType, Shape, Tensor } from '@puregrad/core'
import type { Key } from '../layer.js'

export interface InitializerOptions {
  /** 'float32' unless said. */
  readonly dtype?: DType
}

/** Makes the first numbers of a tensor from a key and a shape. */
export type Initializer = (key: Key, shape: Shape, options?: InitializerOptions) => Tensor
