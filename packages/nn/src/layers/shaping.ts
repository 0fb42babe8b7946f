/** Layers that only rearrange. */
import type { Shape } from '@puregrad/core'
import { right } from 'fp-ts/lib/Either.js'
import { type Layer, stateless } from '../layer.js'
import { sizeOf } from '../plan.js'
import { refuse, unlessRefused } from '../refusal.js'

/**
 * All axes but the batch as one.
 * @example flatten().apply(null, null, np.ones([2, 28, 28]), { mode: 'eval' })[0].shape // [2, 784]
 */
export const flatten = (): Layer<null, null> =>
  stateless<null>(
    'flatten',
    (input) => right({ params: null, out: [sizeOf(input)] }),
    (_, x) => x.reshape([x.shape[0] as number, sizeOf(x.shape.slice(1))]),
  )

/** The shape with the size that −1 stands for; null if the sizes do not fit. */
const solve = (shape: Shape, total: number): Shape | null => {
  const known = sizeOf(shape.filter((n) => n !== -1))
  const open = shape.filter((n) => n === -1).length
  if (open === 0) return known === total ? shape : null
  if (open > 1 || known === 0 || total % known !== 0) return null
  return shape.map((n) => (n === -1 ? total / known : n))
}

/**
 * Another shape for every example, without the batch axis; one size may be −1.
 * @throws ShapeError if the sizes do not fit
 * @example reshape([28, 28, 1]).apply(null, null, np.ones([2, 784]), { mode: 'eval' })[0].shape // [2, 28, 28, 1]
 */
export const reshape = (shape: Shape): Layer<null, null> => {
  const name = `reshape([${shape}])`
  const shapeOf = (input: Shape): Shape =>
    solve(shape, sizeOf(input)) ??
    refuse(
      name,
      `the input [${input}] has ${sizeOf(input)} elements without its batch axis, which do not fill [${shape}].`,
      'Name sizes with that product, one of them −1 if you like, and leave the batch axis out.',
    )
  return stateless<null>(
    name,
    unlessRefused((input) => ({ params: null, out: shapeOf(input) })),
    (_, x) => x.reshape([x.shape[0] as number, ...shapeOf(x.shape.slice(1))]),
  )
}
