/** Weights of GPT-2, and back. */
import { np, type Tensor } from '@puregrad/core'
import {
  exportWeights,
  importWeights,
  type Misfit,
  type NamedTensors,
  one,
  type ReadTensors,
  type Rule,
  swapped,
  type WeightsError,
} from '@puregrad/formats'
import { blank, type Variables } from '@puregrad/nn'
import { type Either, isLeft, left } from 'fp-ts/lib/Either.js'
import type { Gpt, GptParams, GptState } from './gpt.js'

/** How files call tensors: Hugging Face's, with or without the name of the model before them, and OpenAI's own. */
interface Naming {
  readonly root: string
  readonly block: string
  readonly embedding: string
  readonly inside: (layer: string, part: 'weight' | 'bias' | 'scale') => string
}

const torchNaming = (root: string): Naming => ({
  root,
  block: `${root}h.{i}.`,
  embedding: '.weight',
  inside: (layer, part) => `${layer}.${part === 'scale' ? 'weight' : part}`,
})

const letters = { weight: 'w', bias: 'b', scale: 'g' } as const

const openAi: Naming = {
  root: 'model/',
  block: 'model/h{i}/',
  embedding: '',
  inside: (layer, part) => `${layer.replaceAll('.', '/')}/${letters[part]}`,
}

/** Kernels are [in, out] on both sides; OpenAI's are convolutions of width 1, [1, in, out]. */
const kernel = { toOurs: (x: Tensor) => (x.ndim === 3 ? np.squeeze(x, 0) : x), toTheirs: (x: Tensor) => x }

// GPT-2 adds 1e-5 to variances: `layer_norm_epsilon`.
const epsilon = 1e-5

const roles = ['query', 'key', 'value'] as const

/** Query, key and value side by side; fewer heads of keys and values take less room. */
const joined = (weight: string, bias: string, hasBias: boolean): Rule => {
  const ours = (part: string) => roles.map((role) => `params.blocks.{i}.attention.${role}.${part}`)
  const apart = (x: Tensor, width: number): readonly Tensor[] => {
    const narrow = ((x.shape.at(-1) as number) - width) / 2
    return np.split(x, [width, width + narrow], { axis: -1 })
  }
  const together = (parts: readonly Tensor[]): Tensor => np.concatenate([...parts], { axis: -1 })
  return {
    theirs: hasBias ? [weight, bias] : [weight],
    ours: hasBias ? [...ours('kernel'), ...ours('bias')] : ours('kernel'),
    toOurs: (tensors) => {
      const [w, b] = tensors.map((x) => kernel.toOurs(x)) as [Tensor, Tensor?]
      const width = w.shape[0] as number
      return [...apart(w, width), ...(b === undefined ? [] : apart(b, width))]
    },
    toTheirs: (tensors) => [together(tensors.slice(0, 3)), ...(tensors.length > 3 ? [together(tensors.slice(3))] : [])],
  }
}

const rulesOf = ({ root, block, embedding, inside }: Naming, hasBias: boolean): readonly Rule[] => {
  const affine = (theirs: string, ours: string): readonly Rule[] => [
    one(inside(`${block}${theirs}`, 'weight'), `params.blocks.{i}.${ours}.kernel`, kernel),
    one(inside(`${block}${theirs}`, 'bias'), `params.blocks.{i}.${ours}.bias`),
  ]
  const norm = (theirs: string, ours: string): readonly Rule[] => [
    { ...one(inside(theirs, 'scale'), `params.${ours}.scale`), epsilon },
    one(inside(theirs, 'bias'), `params.${ours}.bias`),
  ]
  const attention = `${block}attn.c_attn`
  return [
    one(`${root}wte${embedding}`, 'params.embedding'),
    one(`${root}wpe${embedding}`, 'params.positions.embedding'),
    ...norm(`${block}ln_1`, 'blocks.{i}.attentionNorm'),
    joined(inside(attention, 'weight'), inside(attention, 'bias'), hasBias),
    ...affine('attn.c_proj', 'attention.out'),
    ...norm(`${block}ln_2`, 'blocks.{i}.mlpNorm'),
    ...affine('mlp.c_fc', 'mlp.hidden'),
    ...affine('mlp.c_proj', 'mlp.out'),
    ...norm(`${root}ln_f`, 'norm'),
    one('lm_head.weight', 'params.head.kernel', swapped),
  ]
}

const allRules = (params: GptParams<boolean>): readonly Rule[] => {
  const hasBias = params.blocks.some(({ attention }) => 'bias' in attention.query)
  return [torchNaming(''), torchNaming('transformer.'), openAi].flatMap((naming) => rulesOf(naming, hasBias))
}

/** What state dicts have beside weights: which keys a query sees. */
const masks = ['attn.bias', 'attn.masked_bias'].flatMap((name) => [`h.{i}.${name}`, `transformer.h.{i}.${name}`])

/** What a tied output cannot be: another matrix than that of the embeddings. */
const untied = (tensors: NamedTensors): readonly Misfit[] => {
  const head = tensors.get('lm_head.weight')
  const words = tensors.get('wte.weight') ?? tensors.get('transformer.wte.weight')
  return head === undefined || words === undefined || np.arrayEqual(head, words).item()
    ? []
    : [
        {
          name: 'lm_head.weight',
          expected: 'the embeddings, as the output of the model is tied to them. Make it with { tied: false }',
          found: 'other numbers',
        },
      ]
}

/**
 * The variables of a model from GPT-2's weights under their own names, such as `decodeSafetensors` of formats gives them: Hugging
 * Face's, with `transformer.` before them or without, or OpenAI's. All weights have to be used and all variables filled; otherwise the
 * left lists every name that is missing, extra or misfits.
 * @example
 * const model = gpt({ vocabulary: 9, layers: 2, heads: 2, width: 8, context: 6 })
 * const theirs = toGpt2(init(model, [6], random.key(0)))
 * const read = E.isRight(theirs) ? fromGpt2(model, theirs.right) : theirs
 * E.isRight(read) && read.right.params.blocks.length // 2
 */
export const fromGpt2 = <B extends boolean>(
  model: Gpt<B>,
  tensors: NamedTensors | ReadTensors,
): Either<WeightsError, Variables<GptParams<B>, GptState>> => {
  const empty = blank(model, [1])
  const isTied = empty.params.head === null
  const misfits = isTied ? untied(tensors) : []
  const read = importWeights(allRules(empty.params), empty, tensors, {
    ignore: isTied ? [...masks, 'lm_head.weight'] : masks,
  })
  if (misfits.length === 0) return read
  const cure = 'Is it the same architecture?'
  return isLeft(read)
    ? left({ ...read.left, mismatched: [...read.left.mismatched, ...misfits] })
    : left({ _tag: 'WeightsError', missing: [], extra: [], mismatched: misfits, cure })
}

/**
 * The variables of a model under GPT-2's names, as files on the hub have them. An output that is not tied is `lm_head.weight`.
 * @example
 * const model = gpt({ vocabulary: 9, layers: 1, heads: 2, width: 8, context: 6 })
 * const exported = toGpt2(init(model, [6], random.key(0)))
 * E.isRight(exported) && exported.right.get('h.0.attn.c_attn.weight')?.shape // [8, 24]
 */
export const toGpt2 = <B extends boolean>(
  variables: Variables<GptParams<B>, GptState>,
): Either<WeightsError, NamedTensors> => exportWeights(allRules(variables.params), variables)
