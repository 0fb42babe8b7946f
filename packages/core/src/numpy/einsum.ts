/** Sums of products over named axes. */
import { ShapeError } from '../errors.js'
import { mul } from '../primitives/arithmetic.js'
import { convertElementType } from '../primitives/convert.js'
import { dotGeneral } from '../primitives/dot.js'
import { broadcastInDim, reshape, transpose } from '../primitives/shape.js'
import { reduceSum } from '../primitives/sum.js'
import { Tensor, type TensorLike } from '../tensor.js'
import { diagonalOf } from './diagonal-view.js'
import { parseSubscripts, type Subscripts } from './einsum-parse.js'
import { promoteDTypes } from './promotion.js'

/** A tensor whose axes have names. */
interface Named {
  readonly x: Tensor
  readonly labels: readonly string[]
}

type Sizes = Subscripts['sizes']

/** Axes of one label as one: their diagonal, moved to the end. */
const withoutRepeats = ({ x, labels }: Named): Named => {
  const repeated = labels.find((label, i) => labels.indexOf(label) !== i)
  if (repeated === undefined) return { x, labels }
  const first = labels.indexOf(repeated)
  const second = labels.indexOf(repeated, first + 1)
  const rest = labels.filter((_, i) => i !== first && i !== second)
  return withoutRepeats({ x: diagonalOf('einsum', x, 0, first, second), labels: [...rest, repeated] })
}

/** Without axes of size 1 that broadcast against larger ones: other operands have them whole. */
const withoutBroadcasts = ({ x, labels }: Named, sizes: Sizes): Named => {
  const kept = labels.map((label, i) => x.sizes[i] === sizes.get(label))
  return {
    x: reshape(
      x,
      x.sizes.filter((_, i) => kept[i]),
    ),
    labels: labels.filter((_, i) => kept[i]),
  }
}

/** Summed over the labels that are not kept. */
const summed = ({ x, labels }: Named, kept: ReadonlySet<string>): Named => {
  const axes = labels.flatMap((label, i) => (kept.has(label) ? [] : [i]))
  return { x: reduceSum(x, axes), labels: labels.filter((label) => kept.has(label)) }
}

const axesOf = (labels: readonly string[], names: readonly string[]): number[] =>
  names.map((name) => labels.indexOf(name))

/** The product of two, summed over labels that only they have. */
const contract = (a: Named, b: Named, kept: ReadonlySet<string>): Named => {
  const shared = a.labels.filter((label) => b.labels.includes(label))
  const batch = shared.filter((label) => kept.has(label))
  const over = shared.filter((label) => !kept.has(label))
  const own = a.labels.filter((label) => !shared.includes(label))
  const other = b.labels.filter((label) => !shared.includes(label))
  const labels = [...batch, ...own, ...other]
  if (over.length > 0) {
    const x = dotGeneral(a.x, b.x, {
      contract: [axesOf(a.labels, over), axesOf(b.labels, over)],
      batch: [axesOf(a.labels, batch), axesOf(b.labels, batch)],
    })
    return { x, labels }
  }
  const size = (label: string): number =>
    a.labels.includes(label)
      ? (a.x.sizes[a.labels.indexOf(label)] as number)
      : (b.x.sizes[b.labels.indexOf(label)] as number)
  const shape = labels.map(size)
  return { x: mul(spread(a, labels, shape), spread(b, labels, shape)), labels }
}

/** Axes in the order of `labels`, broadcast along the missing ones. */
const spread = ({ x, labels: own }: Named, labels: readonly string[], shape: readonly number[]): Tensor => {
  const present = labels.flatMap((label, i) => (own.includes(label) ? [i] : []))
  const ordered = transpose(
    x,
    present.map((i) => own.indexOf(labels[i] as string)),
  )
  return broadcastInDim(ordered, shape, present)
}

const keptBy = (others: readonly Named[], output: readonly string[]): ReadonlySet<string> =>
  new Set([...output, ...others.flatMap((o) => o.labels)])

const volume = (labels: Iterable<string>, sizes: Sizes): number => {
  let product = 1
  for (const label of labels) product *= sizes.get(label) as number
  return product
}

/** The pair to multiply next: the one that shrinks what is left the most; of equals, the one with the fewest products. */
const cheapestPair = (terms: readonly Named[], output: readonly string[], sizes: Sizes): readonly [number, number] => {
  let best: readonly [number, number] = [0, 1]
  let [bestGrowth, bestWork] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  terms.forEach((a, i) => {
    terms.slice(i + 1).forEach((b, step) => {
      const j = i + 1 + step
      const kept = keptBy(
        terms.filter((_, k) => k !== i && k !== j),
        output,
      )
      const both = new Set([...a.labels, ...b.labels])
      const left = volume(
        [...both].filter((label) => kept.has(label)),
        sizes,
      )
      const growth = left - volume(a.labels, sizes) - volume(b.labels, sizes)
      const work = volume(both, sizes)
      if (growth < bestGrowth || (growth === bestGrowth && work < bestWork)) {
        best = [i, j]
        bestGrowth = growth
        bestWork = work
      }
    })
  })
  return best
}

/** The two in the order whose product needs no transpose for this result, if there is one. */
const ordered = (a: Named, b: Named, output: readonly string[]): readonly [Named, Named] => {
  const [last] = output.slice(-1)
  return last !== undefined && a.labels.includes(last) && !b.labels.includes(last) ? [b, a] : [a, b]
}

const evaluate = (subscripts: string, operands: readonly TensorLike[]): Tensor => {
  const tensors = promoteDTypes('einsum', operands)
  if ((tensors[0] as Tensor).dtype === 'bool') {
    const counts = tensors.map((x) => convertElementType(x, 'int32'))
    return convertElementType(evaluate(subscripts, counts), 'bool')
  }
  const {
    operands: labels,
    output,
    sizes,
  } = parseSubscripts(
    subscripts,
    tensors.map((x) => x.sizes),
  )
  let terms = tensors.map((x, i) =>
    withoutBroadcasts(withoutRepeats({ x, labels: labels[i] as readonly string[] }), sizes),
  )
  while (terms.length > 1) {
    const [i, j] = cheapestPair(terms, output, sizes)
    const others = terms.filter((_, k) => k !== i && k !== j)
    const kept = keptBy(others, output)
    const [a, b] = ordered(terms[i] as Named, terms[j] as Named, output)
    terms = [
      ...others,
      contract(summed(a, new Set([...kept, ...b.labels])), summed(b, new Set([...kept, ...a.labels])), kept),
    ]
  }
  const [only] = terms as [Named]
  const result = summed(only, new Set(output))
  return transpose(result.x, axesOf(result.labels, output))
}

/**
 * Einstein's notation: products of the operands, summed over labels that the result does not name. A label twice in one term
 * takes the diagonal, '...' stands for leading axes that broadcast, and without '->' the result has the labels that occur
 * once, by alphabet. Several operands are multiplied pair by pair, smallest intermediate results first.
 * With the subscripts alone it is a function of one operand, for pipes.
 * @throws ShapeError naming the label or term that does not fit
 * @example
 * const [a, b] = [np.array([[1, 2], [3, 4]]), np.array([[0, 1], [1, 0]])]
 * np.einsum('ij,jk->ik', a, b) // [[2, 1], [4, 3]]
 * np.einsum('ii', a) // 5
 */
export function einsum(subscripts: string): (x: TensorLike) => Tensor
export function einsum(subscripts: string, ...operands: readonly TensorLike[]): Tensor
export function einsum(subscripts: string, ...operands: readonly TensorLike[]): Tensor | ((x: TensorLike) => Tensor) {
  if (typeof subscripts !== 'string') {
    const given = subscripts as unknown
    throw new ShapeError(
      `einsum: the first argument is ${given instanceof Tensor ? 'a tensor' : typeof given}; it has to be subscripts such as 'ij,jk->ik'.`,
    )
  }
  return operands.length === 0 ? (x): Tensor => evaluate(subscripts, [x]) : evaluate(subscripts, operands)
}
