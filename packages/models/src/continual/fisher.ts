/** The diagonal of the Fisher information: how much each parameter matters to what a network says. */
import {
  ArgumentError,
  grad,
  np,
  operation,
  RangeError,
  ShapeError,
  scan,
  type Tensor,
  tree,
  vjp,
  vmap,
} from '@puregrad/core'
import { sigmoid, softmax } from '@puregrad/nn'
import { type Loss, type Lost, valueOf } from './loss.js'
import { mapTree } from './trees.js'

export interface FisherOptions {
  /** How many examples are worked on at a time, each with gradients of its own: 1 unless said. More may be faster, and need more memory. */
  readonly batchSize?: number
}

const likelihoods = ['categorical', 'bernoulli', 'gaussian'] as const

/** What outputs are: logits of classes of which one is right, logits of yes and no, or means of Gaussians of variance 1. */
export type Likelihood = (typeof likelihoods)[number]

export interface ExactFisherOptions extends FisherOptions {
  /** 'categorical' unless said. */
  readonly likelihood?: Likelihood
}

const countOf = (name: string, batch: unknown): number => {
  const leaves = tree.leaves(batch) as readonly Tensor[]
  const [count] = leaves.map(({ shape }) => shape[0])
  if (count === undefined || leaves.some(({ shape }) => shape[0] !== count))
    throw new ShapeError(
      `${name}: examples ${leaves.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(', ')} need one first axis, that of the examples.`,
    )
  if (count === 0) throw new RangeError(`${name}: there are no examples, and their mean is not defined. Give it some.`)
  return count
}

/** The mean over examples of a tree of each, which is made of a batch of that one alone; a few at a time. */
const meanOverExamples = <A, P>(name: string, of: (one: A) => P, batch: A, batchSize: number): P => {
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new RangeError(`${name}: batchSize is ${batchSize}, and has to be a whole number from 1 up.`)
  const count = countOf(name, batch)
  const size = Math.min(batchSize, count)
  const rounds = Math.floor(count / size)
  const some = (examples: A): P => mapTree((x) => np.sum(x, { axis: 0 }), vmap(of as (one: A) => never)(examples) as P)
  const cut = (from: number, to: number, shape: readonly number[]): A =>
    mapTree((x) => x.slice({ start: from, stop: to }).reshape([...shape, 1, ...x.shape.slice(1)]), batch)
  const rest = rounds * size < count ? some(cut(rounds * size, count, [count - rounds * size])) : undefined
  const add = (sum: P, more: P): P => mapTree((x, y) => x.add(y), sum, more)
  const [first, others] = [some(cut(0, size, [size])), cut(size, rounds * size, [rounds - 1, size])]
  const start = rest === undefined ? first : add(first, rest)
  const [sum] =
    rounds === 1
      ? [start]
      : scan(((total: P, examples: A) => [add(total, some(examples)), null]) as never, start as never, others as never)
  return mapTree((x) => x.div(count), sum as P)
}

const squares = <P>(x: P): P => mapTree((leaf) => np.square(leaf), x)

/**
 * Rows cᵢ with Σᵢ cᵢᵀ cᵢ the Fisher information of the outputs themselves, so that for outputs of Jacobian J that of the parameters
 * is Σᵢ (cᵢ J)ᵀ (cᵢ J).
 * @param z the outputs of one example  @returns [rows, outputs]
 */
const root = (likelihood: Likelihood, z: Tensor): Tensor => {
  const count = z.size
  if (likelihood === 'gaussian') return np.eye(count, { dtype: z.dtype })
  if (likelihood === 'bernoulli') {
    const p = sigmoid(z)
    return np.eye(count, { dtype: z.dtype }).mul(np.sqrt(p.mul(np.subtract(1, p))))
  }
  // √p_c ∂ log p_c / ∂z = √p_c (e_c − p), a row for each class.
  const p = softmax(z)
  return np.expandDims(np.sqrt(p), 1).mul(np.eye(count, { dtype: z.dtype }).sub(p))
}

/**
 * The diagonal of the Fisher information, the expectation of squared slopes over what the network itself holds for likely:
 * F = E_x Σ_y p(y|x) (∂ log p(y|x) / ∂θ)², with all y of `likelihood` counted, none drawn. A backward pass for each output.
 * Kirkpatrick et al. 2017; Martens 2020 on how it differs from `empiricalFisher`.
 * @param outputs of parameters and a batch of inputs; it is called with batches of one. Layers in eval mode have no other choice
 * @param inputs a tree of [n, …]  @returns a tree like the parameters
 * @throws RangeError without examples; ShapeError for categorical outputs that are not [1, classes]
 * @example
 * const logits = ({ w }: { w: Tensor }, x: Tensor) => np.matmul(x, w)
 * // p (1 − p) times the mean of x²: ¼ · 10.
 * exactFisher(logits, { w: np.zeros([1, 2]) }, np.array([[2], [4]])).w // [[2.5, 2.5]]
 */
export const exactFisher = operation(
  'exactFisher',
  { at: 3, names: ['likelihood', 'batchSize'] },
  <P, X>(
    outputs: (params: P, inputs: X) => Tensor,
    params: P,
    inputs: X,
    { likelihood = 'categorical', batchSize = 1 }: ExactFisherOptions = {},
  ): P => {
    if (!likelihoods.includes(likelihood))
      throw new ArgumentError(
        `exactFisher: there is no likelihood '${String(likelihood)}'. There are ${likelihoods.join(', ')}.`,
      )
    const flat = (p: P, one: X): Tensor => {
      const z = outputs(p, one)
      if (likelihood === 'categorical' && (z.ndim !== 2 || z.shape[0] !== 1))
        throw new ShapeError(
          `exactFisher: for one example the outputs are ${z.dtype}[${z.shape}], and have to be [1, classes]. For others set likelihood.`,
        )
      return z.reshape([-1])
    }
    const ofOne = (one: X): P => {
      const [z, pullback] = vjp((p: P) => flat(p, one), params) as unknown as [Tensor, (c: Tensor) => readonly [P]]
      const rows = vmap((row: Tensor) => pullback(row) as never)(root(likelihood, z)) as unknown as readonly [P]
      return mapTree((x) => np.sum(np.square(x), { axis: 0 }), rows[0])
    }
    return meanOverExamples('exactFisher', ofOne, inputs, batchSize)
  },
)

/**
 * The diagonal of the empirical Fisher information, the mean of squared gradients of single examples with the labels that they
 * have: F = 1/n Σᵢ (∂ loss(θ; xᵢ, yᵢ) / ∂θ)². One backward pass an example; close to `exactFisher` where the network is right
 * about what it learnt, and small there.
 * @param loss of parameters and a batch, a mean over it; it is called with batches of one
 * @param batch the arguments of the loss behind the parameters: a list of trees of [n, …]  @returns a tree like the parameters
 * @throws RangeError without examples; ShapeError if there are not equally many of all
 * @example
 * const loss = ({ w }: { w: Tensor }, x: Tensor, y: Tensor) => np.mean(np.square(x.mul(w).sub(y))).mul(0.5)
 * // The mean of 1² and 4²:
 * empiricalFisher(loss, { w: np.array(1) }, [np.array([1, 2]), np.array([0, 0])]).w // 8.5
 */
export const empiricalFisher = operation(
  'empiricalFisher',
  { at: 3, names: ['batchSize'] },
  <P, A extends readonly unknown[]>(
    loss: Loss<P, A, Lost>,
    params: P,
    batch: Readonly<A>,
    { batchSize = 1 }: FisherOptions = {},
  ): P => {
    const ofOne = (one: A): P => squares(grad((p: P) => valueOf(loss(p, ...one)))(params) as unknown as P)
    return meanOverExamples('empiricalFisher', ofOne, batch, batchSize)
  },
)
