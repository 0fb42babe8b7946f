/** Tensors that a block learns beside what its children learn. */
import { np, operation, type Shape, type Tensor } from '@puregrad/core'
import { right } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import type { Initializer } from '../initializers/initializer.js'
import type { Layer, ShapeOf } from '../layer.js'
import { frozenLeaf, leaf } from '../plan.js'
import { positionwise, type Stepping } from '../steps.js'

/** Of which nothing but a block knows what to do with them: they have no batch axis. */
const ownTensors = new WeakSet<object>()

/** A parameter, as one of a block of layers. */
export type Parameter<I = Tensor> = Layer<Tensor, null, I> & Stepping<Tensor, null, I, Tensor, null>

/** Whether a layer is a tensor of a block itself. */
export const isParameter = (layer: object): boolean => ownTensors.has(layer)

/** What comes out of a parameter while its block is planned: itself, which no batch axis goes before. */
export const zerosOf = (shape: unknown): Tensor => np.zeros(shape as Shape)

/**
 * A tensor that a block learns beside what its children learn: `run.scale(x)` gives it.
 * @param shape its shape, or that of the input without the batch axis as its function; of an input that is a tree, a tree of shapes
 * @example
 * const scaled = block({ scale: parameter((shape) => shape.slice(-1), initializers.ones) }, (run, x: Tensor) => x.mul(run.scale(x)))
 * init(scaled, [5, 3], random.key(0)).params // { scale: [1, 1, 1] }
 */
export const parameter = operation(
  'parameter',
  {},
  <I = Tensor>(shape: Shape | ((input: ShapeOf<I>) => Shape), initializer: Initializer): Parameter<NoInfer<I>> => {
    const layer = positionwise<Tensor, null, I, Tensor>({
      name: 'parameter',
      plan: (input) => {
        const wanted = typeof shape === 'function' ? shape(input) : shape
        return right({ params: frozenLeaf({ ...leaf('', wanted, initializer), path: [] }), state: null, out: wanted })
      },
      apply: (params, state, x, ctx) => {
        checkApply('parameter', params, state, x, ctx)
        return [params, state]
      },
    })
    ownTensors.add(layer)
    return layer
  },
)
