/** Batching answers to doing one example after another. */
import { isFloat } from '../../dtype.js'
import { concatenate } from '../../primitives/concatenate.js'
import { reshape } from '../../primitives/shape.js'
import { sliceAxis } from '../../primitives/slice.js'
import { range } from '../../shape.js'
import { ConcreteTensor, type Tensor } from '../../tensor.js'
import { vmap } from '../../transforms/vmap.js'
import type { Flat } from '../flat.js'
import { direction, firstDifference, shifted } from '../measure.js'
import { type Law, law } from './law.js'

const size = 3 // examples in a batch

/** Arguments like `x` for each example: floats moved a little, other elements rotated. */
const examplesLike = (x: Tensor, seed: number): readonly Tensor[] =>
  range(size).map((b) => {
    if (isFloat(x.dtype)) return shifted(x, direction(x, 10 * seed + b), 0.01)
    const elements = x.data()
    const turned = elements.slice()
    elements.forEach((e, i) => {
      turned[(i + b) % turned.length] = e
    })
    return new ConcreteTensor(x.shape, x.dtype, turned)
  })

const stack = (xs: readonly Tensor[], axis: number): Tensor =>
  concatenate(
    xs.map((x) => reshape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)])),
    axis,
  )

/** All subsets of up to three arguments; of more, each alone and all together. */
const subsets = (count: number): readonly (readonly boolean[])[] =>
  count <= 3
    ? range(2 ** count - 1, 1).map((bits) => range(count).map((i) => (bits >> i) % 2 === 1))
    : [...range(count).map((only) => range(count).map((i) => i === only)), range(count).map(() => true)]

const batchFault = (
  call: Flat,
  leaves: readonly Tensor[],
  axes: readonly (number | null)[],
  tolerance: Parameters<typeof firstDifference>[2],
): string | null => {
  const examples = leaves.map((x, i) => (axes[i] === null ? range(size).map(() => x) : examplesLike(x, i)))
  const inputs = leaves.map((x, i) => {
    const axis = axes[i] ?? null
    return axis === null ? x : stack(examples[i] as readonly Tensor[], axis)
  })
  const outputs = vmap((xs: readonly Tensor[]) => call(xs), { inAxes: [axes] })(inputs)
  for (const b of range(size)) {
    const expected = call(examples.map((list) => list[b] as Tensor))
    const found = outputs.map((y, k) => reshape(sliceAxis(y, 0, b, b + 1), (expected[k] as Tensor).shape))
    const wrong = firstDifference(found, expected, tolerance)
    if (wrong !== null) return `example ${b} of inAxes [${axes.map(String).join(', ')}]: ${wrong}`
  }
  return null
}

/**
 * A batch gives what its examples give one by one, wherever the batch axis is and whichever arguments are batched. The batch is
 * made of the arguments, moved a little for each example.
 */
export const batching: Law = law('vmap f = stack (map f)', ({ leaves, call }, tolerance) => {
  for (const batched of subsets(leaves.length)) {
    const most = Math.max(...leaves.filter((_, i) => batched[i]).map((x) => x.ndim))
    for (const position of range(most + 1)) {
      const axes = leaves.map((x, i) => (batched[i] ? Math.min(position, x.ndim) : null))
      const wrong = batchFault(call, leaves, axes, tolerance)
      if (wrong !== null) return wrong
    }
  }
  return null
})
