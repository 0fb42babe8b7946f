/**
 * Rules for PyTorch's weights that are computed of others: `weight_norm` and `spectral_norm`, as torch.nn.utils names what it saves,
 * and as torch.nn.utils.parametrizations does.
 */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import { inside, type Rule } from './rules.js'

/** Rules of a layer, such as `linear`, by its name there and its path here. */
export type RulesOf = (theirs: string, ours: string) => readonly Rule[]

export interface ParametrizationOptions {
  /** True for a plain layer of ours, whose kernel is what the parametrization gives: false unless said. */
  readonly folded?: boolean
  /** The axis of their weight that it keeps apart: 0 unless said; `spectral_norm` takes 1 in transposed convolutions. */
  readonly dim?: number
}

/** [size of dim, all others]. */
const matrixOf = (weight: Tensor, dim: number): Tensor =>
  np.moveaxis(weight, dim, 0).reshape([weight.shape[dim] as number, -1])

const unit = (x: Tensor): Tensor => x.div(np.maximum(np.sqrt(np.sum(np.square(x))), 1e-12)) // torch's F.normalize, eps=1e-12

/** The length of each part of a weight along `dim`, [size of dim, 1, …] as PyTorch has it. */
const lengths = (weight: Tensor, dim: number): Tensor =>
  np.sqrt(
    np.sum(np.square(weight), {
      axis: Array.from({ length: weight.ndim }, (_, i) => i).filter((i) => i !== dim),
      keepdims: true,
    }),
  )

/** The name of a weight's part in a module, before parametrizations and with them: 'fc.weight' becomes 'fc.weight_g' and more. */
const named = (weight: string, old: string, parametrized: string): readonly [old: string, parametrized: string] => {
  const at = weight.lastIndexOf('.') + 1
  const [module, name] = [weight.slice(0, at), weight.slice(at)]
  return [`${weight}${old}`, `${module}parametrizations.${name}.${parametrized}`]
}

/** Whether a rule is that of a kernel: of one weight that becomes one tensor of two axes or more, and perhaps zeros for a bias. */
const isKernel = ({ theirs, ours }: Rule): boolean =>
  theirs.length === 1 && ours.filter((name) => /[kK]ernel$/.test(name)).length === 1

/** @throws RangeError unless the axis that theirs keeps apart is the last of our kernel, which ours keeps apart */
const checkAxis = (name: string, { layout }: Rule, dim: number): void => {
  const last = layout === 'spread' ? 1 : 0
  if (dim !== last)
    throw new RangeError(
      `${name}: theirs goes along axis ${dim} of the weight and ours along its axis ${last}. Take { folded: true }, for the layer without ${name}.`,
    )
}

/** Both spellings of a rule: whichever the weights have, the first for the way back. */
const spelt = (names: readonly (readonly [string, string])[], rule: Omit<Rule, 'theirs'>): readonly Rule[] =>
  [0, 1].map((way) => ({ ...rule, theirs: names.map((pair) => pair[way] as string) }))

/** Rules whose kernels are made of several tensors there, by `of`; what refuses them otherwise is left out. */
const parametrized = (rules: readonly Rule[], of: (rule: Rule) => readonly Rule[]): readonly Rule[] =>
  rules.filter(({ refused }) => refused === undefined).flatMap((rule) => (isKernel(rule) ? of(rule) : [rule]))

/** Where something beside a kernel stands: by its place in the layer, such as 'query/kernel'. */
const besides = (what: string, ours: string, kernel: string): string => {
  const place = kernel.slice(inside('.', 'params', ours, '').length).replace(/^\./, '')
  return inside('.', what, place.replaceAll('.', '/'))
}

/**
 * A layer under `weight_norm`: a length g for each output and a direction v. Ours is `weightNorm` of the layer; with `folded: true` it
 * is the layer alone, whose kernel is g · v / ‖v‖. A transposed convolution has lengths of its inputs there, as ours has with
 * `transposeKernel: true`.
 * @param rulesOf the rules of the layer, such as `linear`
 * @example torch.weightNorm('fc', '0', torch.linear)[0]?.theirs // ['fc.weight_g', 'fc.weight_v']
 */
export const weightNorm = operation(
  'weights.torch.weightNorm',
  { at: 3, names: ['folded', 'dim'] },
  (
    theirs: string,
    ours: string,
    rulesOf: RulesOf,
    { folded = false, dim = 0 }: ParametrizationOptions = {},
  ): readonly Rule[] => {
    const direction = inside('.', ours, 'direction')
    return parametrized(rulesOf(theirs, folded ? ours : direction), (rule) => {
      const [weight] = rule.theirs as readonly [string]
      const names = [named(weight, '_g', 'original0'), named(weight, '_v', 'original1')]
      if (folded)
        return spelt(names, {
          ...rule,
          toOurs: ([g, v]) => rule.toOurs([(v as Tensor).mul((g as Tensor).div(lengths(v as Tensor, dim)))]),
          toTheirs: (tensors) => {
            const [v] = rule.toTheirs(tensors) as readonly [Tensor]
            return [lengths(v, dim), v]
          },
        })
      const [kernel, ...zeros] = rule.ours as readonly [string, ...string[]]
      const scale = besides(inside('.', 'params', ours, 'scale'), direction, kernel)
      return spelt(names, {
        ...rule,
        ours: [kernel, scale, ...zeros],
        toOurs: ([g, v]) => {
          const made = rule.toOurs([v as Tensor])
          checkAxis('weightNorm', rule, dim)
          const features = (made[0] as Tensor).shape.at(-1) as number
          return [made[0] as Tensor, (g as Tensor).reshape([features]), ...made.slice(1)]
        },
        toTheirs: ([v, g, ...rest]) => {
          const [back] = rule.toTheirs([v as Tensor, ...rest]) as readonly [Tensor]
          return [(g as Tensor).reshape([-1, ...Array.from({ length: back.ndim - 1 }, () => 1)]), back]
        },
      })
    })
  },
)

/**
 * A layer under `spectral_norm`: a weight and estimates u and v of its first singular vectors, by which it is divided. Ours is
 * `spectralNorm` of the layer, which keeps u and finds v from it: the same once they have settled, as they have after some training.
 * A transposed convolution needs `{ dim: 1 }`. With `folded: true` it is the layer alone, whose kernel is weight / (u · weight · v), exactly what theirs evaluates; there is no way
 * back from that.
 * @param rulesOf the rules of the layer, such as `conv`
 * @example torch.spectralNorm('fc', '0', torch.linear)[1]?.theirs[0] // 'fc.parametrizations.weight.original'
 */
export const spectralNorm = operation(
  'weights.torch.spectralNorm',
  { at: 3, names: ['folded', 'dim'] },
  (
    theirs: string,
    ours: string,
    rulesOf: RulesOf,
    { folded = false, dim = 0 }: ParametrizationOptions = {},
  ): readonly Rule[] =>
    parametrized(rulesOf(theirs, ours), (rule) => {
      const [weight] = rule.theirs as readonly [string]
      const names = [named(weight, '_orig', 'original'), named(weight, '_u', '0._u'), named(weight, '_v', '0._v')]
      if (folded)
        return spelt(names, {
          ...rule,
          toOurs: ([x, u, v]) => {
            const sigma = np.sum((u as Tensor).mul(np.matmul(matrixOf(x as Tensor, dim), v as Tensor)))
            return rule.toOurs([(x as Tensor).div(sigma)])
          },
          toTheirs: () => {
            throw new RangeError(
              'spectralNorm: what a kernel was divided by is folded into it. Export it by the rules of the plain layer.',
            )
          },
        })
      const [kernel, ...zeros] = rule.ours as readonly [string, ...string[]]
      const vector = besides(inside('.', 'state', ours, 'vector'), ours, kernel)
      return spelt(names, {
        ...rule,
        ours: [kernel, vector, ...zeros],
        toOurs: ([x, u]) => {
          checkAxis('spectralNorm', rule, dim)
          const made = rule.toOurs([x as Tensor])
          return [made[0] as Tensor, u as Tensor, ...made.slice(1)]
        },
        toTheirs: ([x, u, ...rest]) => {
          const [back] = rule.toTheirs([x as Tensor, ...rest]) as readonly [Tensor]
          return [back, u as Tensor, unit(np.matmul(u as Tensor, matrixOf(back, dim)))]
        },
      })
    }),
)

/** What parametrizations save, refused by the rules of plain layers, which do not know of them. */
export const refusedParametrizations = (weight: string): readonly Rule[] => {
  const refuse = (names: readonly (readonly [string, string])[], norm: string): readonly Rule[] =>
    spelt(names, {
      ours: [],
      refused: `a plain weight: it is under ${norm}. Wrap the rule, as in torch.${norm}('fc', '0', torch.linear), or remove it there before saving.`,
      toOurs: () => [],
      toTheirs: () => [],
    })
  return [
    ...refuse([named(weight, '_g', 'original0'), named(weight, '_v', 'original1')], 'weightNorm'),
    ...refuse(
      [named(weight, '_orig', 'original'), named(weight, '_u', '0._u'), named(weight, '_v', '0._v')],
      'spectralNorm',
    ),
  ]
}
