/** How much each example counts: weights of examples and of classes. What counts 0 is left out, NaN and ∞ included. */
import { np, ShapeError, stopGradient, Tensor, tree } from '@puregrad/core'

const show = ({ dtype, shape }: Tensor): string => `${dtype}[${shape}]`

const startsWith = (shape: readonly number[], first: readonly number[]): boolean =>
  first.length <= shape.length && first.every((n, i) => n === shape[i])

/** Axes of length 1 behind those of x, up to so many. */
const padded = (x: Tensor, ndim: number): Tensor =>
  x.reshape([...x.shape, ...Array.from({ length: ndim - x.ndim }, () => 1)])

/** Weights brought to the axes of the losses: those that are not named come last. */
const spread = (name: string, weights: Tensor, losses: Tensor): Tensor => {
  if (!startsWith(losses.shape, weights.shape) || losses.ndim === 0) {
    throw new ShapeError(
      `fit: ${name} ${show(weights)} weigh the loss of each example, but the loss is ${show(losses)}. ` +
        'Give a loss that leaves one number for each example: no mean inside.',
    )
  }
  return padded(weights.astype(losses.dtype), losses.ndim)
}

/** The weight of each label's class. @throws ShapeError if targets are no integer labels */
const ofClasses = (classWeights: readonly number[], targets: unknown): Tensor => {
  const labels = targets as Tensor
  const isInteger = ['int32', 'uint32', 'uint8'].includes(labels?.dtype)
  if (!isInteger) {
    throw new ShapeError(
      `fit: classWeights are for integer labels, and the targets are ${labels?.shape === undefined ? 'a tree' : show(labels)}. ` +
        'Of one-hot labels take np.argmax(y, { axis: -1 }), or give weights to the examples.',
    )
  }
  // A label that is no class has no weight: a negative one would count from the end, as in NumPy.
  const classes = labels.astype('int32')
  return np.take(np.array([...classWeights]), np.where(classes.lt(0), classWeights.length, classes), { axis: 0 })
}

/** The losses of a batch times the weights of their examples and classes; their mean still divides by the number of examples. */
export const weighted = (
  losses: Tensor,
  targets: unknown,
  weights: Tensor | undefined,
  classWeights: readonly number[] | undefined,
): Tensor => {
  // Selected, not only multiplied: 0 · NaN and 0 · ∞ are NaN.
  const times = (all: Tensor, share: Tensor): Tensor => np.where(share.eq(0), 0, all.mul(share))
  const byExample = weights === undefined ? losses : times(losses, spread('weights', weights, losses))
  if (classWeights === undefined) return byExample
  return times(byExample, spread('classWeights', ofClasses(classWeights, targets), losses))
}

/** Which examples, or positions of them, count 0: one mask by the weights of examples, one by those of classes. */
export const leftOut = (
  targets: unknown,
  weights: Tensor | undefined,
  classWeights: readonly number[] | undefined,
): readonly Tensor[] => [
  ...(weights === undefined ? [] : [weights.eq(0)]),
  ...(classWeights?.includes(0) === true ? [ofClasses(classWeights, targets).eq(0)] : []),
]

const isFloat = (x: unknown): x is Tensor => x instanceof Tensor && (x.dtype === 'float32' || x.dtype === 'float64')

/** The mask of the first axes that a tensor has: of an example of which it has no positions, whether all of them are left out. */
const maskOf = (mask: Tensor, x: Tensor): Tensor => {
  let fitting = mask
  while (!startsWith(x.shape, fitting.shape)) fitting = np.all(fitting, { axis: fitting.ndim - 1 })
  return fitting
}

const mapFloats = <X>(x: X, masks: readonly Tensor[], f: (leaf: Tensor, mask: Tensor) => Tensor): X =>
  masks.reduce(
    (all, mask) =>
      tree.map((leaf) => (isFloat(leaf) ? f(leaf, maskOf(mask, leaf)) : leaf) as never, all as never) as unknown as X,
    x,
  )

/** A row that counts in place of each that does not and has a NaN or ∞ in it, which would be in every gradient. */
const settled = (x: Tensor, mask: Tensor): Tensor => {
  const rest = x.shape.slice(mask.ndim)
  const rows = x.reshape([mask.size, ...rest])
  const isOut = mask.reshape([-1])
  const finite = np.isfinite(rows)
  const first = np.take(rows, np.argmin(isOut.astype('int32')).astype('int32'), { axis: 0 })
  const standIn = np.where(np.isfinite(first), first, 0)
  const axis = rest.map((_, i) => i + 1)
  const isWhole = rest.length === 0 ? finite : np.all(finite, { axis })
  const replaced = padded(np.logicalAnd(isOut, np.logicalNot(isWhole)), rows.ndim)
  return np.where(replaced, standIn, rows).reshape(x.shape)
}

/** Inputs without the NaN and ∞ of examples that count 0. */
export const settledInputs = <I>(x: I, masks: readonly Tensor[]): I => mapFloats(x, masks, settled)

/** Outputs through which nothing is learnt from examples that count 0: a derivative of NaN or ∞ times 0 would be NaN. */
export const quietOutputs = <O>(outputs: O, masks: readonly Tensor[]): O =>
  mapFloats(outputs, masks, (leaf, mask) => np.where(padded(mask, leaf.ndim), stopGradient(leaf), leaf))
