/** Functions as layers. */
import { evalShape, operation, ShapeError, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { type Layer, type ShapeOf, type SomeLayer, type Stage, stateless } from '../layer.js'
import { type Batched, batchOf, outputsOf } from './batch.js'

export interface LambdaOptions {
  /** What a summary calls it: the function's own name unless said. */
  readonly name?: string
}

/** What `f` makes of a batch, without the batch axis. */
const outputShape = (name: string, f: (x: never) => unknown, input: unknown): unknown =>
  outputsOf(
    name,
    'function',
    evalShape(
      f,
      batchOf(input, (shape): Batched => ({ shape, dtype: 'float32' })),
    ),
  )

/**
 * A pure function of a batch as a layer without parameters. Its output shape is found by tracing it.
 * @throws ShapeError from `plan`'s left side if the function does not fit, or loses the batch axis
 * @example serial(lambda((x: Tensor) => x.mul(2)), dense(10))
 */
export const lambda = operation(
  'lambda',
  { at: 1, names: ['name'] },
  <I = Tensor, O = Tensor>(f: (x: I) => O, options: LambdaOptions = {}): Layer<null, null, I, O> => {
    const name = options.name ?? (f.name === '' ? 'lambda' : f.name)
    return stateless<null, I, O>(
      name,
      (input) => {
        try {
          return right({ params: null, out: outputShape(name, f, input) as ShapeOf<O> })
        } catch (error) {
          if (error instanceof ShapeError) return left(error)
          throw error
        }
      },
      (_, x) => f(x),
    )
  },
)

/** A stage as a layer. */
export const toLayer = (stage: Stage): SomeLayer => (typeof stage === 'function' ? lambda(stage) : stage)
