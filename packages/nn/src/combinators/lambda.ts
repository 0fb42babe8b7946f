/** Functions as layers. */
import { evalShape, operation, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { type Layer, type ShapeOf, type SomeLayer, type Stage, stateless } from '../layer.js'

export interface LambdaOptions {
  /** What a summary calls it: the function's own name unless said. */
  readonly name?: string
}

const mapShapes = (f: (shape: Shape) => unknown, shapes: unknown): unknown => {
  if (Array.isArray(shapes) && shapes.every((n) => typeof n === 'number')) return f(shapes)
  if (Array.isArray(shapes)) return shapes.map((s) => mapShapes(f, s))
  if (typeof shapes !== 'object' || shapes === null) return shapes
  return Object.fromEntries(Object.entries(shapes).map(([k, s]) => [k, mapShapes(f, s)]))
}

/** What `f` makes of a batch of one, without the batch. */
const outputShape = (name: string, f: (x: never) => unknown, input: unknown): unknown => {
  const batch = mapShapes((shape) => ({ shape: [1, ...shape], dtype: 'float32' }), input)
  const shapes = (types: unknown): unknown => {
    if (typeof types !== 'object' || types === null) return types
    if ('shape' in types && 'dtype' in types) {
      const { shape } = types as { readonly shape: Shape }
      if (shape[0] === 1) return shape.slice(1)
      throw new ShapeError(
        `${name}: the function turns [1, …] into [${shape}] and so loses the batch axis. Keep axis 0, as in x.reshape([x.shape[0], -1]).`,
      )
    }
    if (Array.isArray(types)) return types.map(shapes)
    return Object.fromEntries(Object.entries(types).map(([k, t]) => [k, shapes(t)]))
  }
  return shapes(evalShape(f, batch))
}

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
