/** Functions as layers. */
import { ArgumentError, evalShape, operation, ShapeError, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { type Layer, type ShapeOf, type SomeLayer, type Stage, stateless } from '../layer.js'
import { positionwise, type Stepping } from '../steps.js'
import { type Batched, batchOf, outputsOf } from './batch.js'
import { isPositionwise } from './elementwise.js'

export interface LambdaOptions {
  /** What a summary calls it: the function's own name unless said. */
  readonly name?: string
  /**
   * Whether every position of [batch, positions, …] comes out as it would alone, so that the layer has a `step`. Elementwise functions are
   * known to be so; others have to say it.
   */
  readonly positionwise?: boolean
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
  { at: 1, names: ['name', 'positionwise'] },
  <I = Tensor, O = Tensor>(
    f: (x: I) => O,
    options: LambdaOptions = {},
  ): Layer<null, null, I, O> & Stepping<null, null, I, O, null> => {
    const name = options.name ?? (f.name === '' ? 'lambda' : f.name)
    const layer = stateless<null, I, O>(
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
    return {
      ...positionwise(layer),
      startCache: () => {
        if (options.positionwise ?? isPositionwise(f)) return null
        throw new ArgumentError(
          `${name} cannot run position by position, since it is not elementwise and may see several positions at once. ` +
            'If each comes out as it would alone, say so: nn.lambda(f, { positionwise: true }).',
        )
      },
    }
  },
)

/** A stage as a layer. */
export const toLayer = (stage: Stage): SomeLayer => (typeof stage === 'function' ? lambda(stage) : stage)
