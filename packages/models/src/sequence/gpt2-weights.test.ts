import { np, random, type Tensor } from '@puregrad/core'
import { init } from '@puregrad/nn'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { type GptOptions, gpt } from './gpt.js'
import { fromGpt2, toGpt2 } from './gpt2-weights.js'

const small = { vocabulary: 5, layers: 2, heads: 2, width: 4, context: 3 } as const
const written = (options: GptOptions<boolean> = {}) => {
  const model = gpt({ ...small, ...options })
  const variables = init(model, [3], random.key(7))
  const exported = toGpt2(variables)
  if (isLeft(exported)) throw new Error(JSON.stringify(exported.left))
  return { model, variables, tensors: exported.right }
}
const renamed = (tensors: ReadonlyMap<string, Tensor>, rename: (name: string) => string): Map<string, Tensor> =>
  new Map([...tensors].map(([name, x]) => [rename(name), x]))
const sameAs = (a: { readonly params: { readonly embedding: Tensor } }, b: typeof a): boolean =>
  np.arrayEqual(a.params.embedding, b.params.embedding).item() as boolean

/** The names of OpenAI's checkpoints, whose kernels have an axis of 1 before them. */
const openAi = (tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> =>
  new Map(
    [...tensors].map(([name, x]) => {
      const isNorm = name.includes('ln_')
      const theirs = name
        .replace(/^h\.(\d+)\./, 'h$1.')
        .replace(/^(w[tp]e)\.weight$/, '$1')
        .replace(/\.weight$/, isNorm ? '.g' : '.w')
        .replace(/\.bias$/, '.b')
        .replaceAll('.', '/')
      return [`model/${theirs}`, theirs.endsWith('/w') ? np.expandDims(x, 0) : x]
    }),
  )

describe('fromGpt2', () => {
  it('reads what a whole language model of Hugging Face has', () => {
    const { model, variables, tensors } = written()
    const theirs = renamed(tensors, (name) => `transformer.${name}`)
    for (const i of [0, 1]) theirs.set(`transformer.h.${i}.attn.bias`, np.ones([1, 1, 3, 3]))
    theirs.set('transformer.h.1.attn.masked_bias', np.array(-1e4))
    theirs.set('lm_head.weight', tensors.get('wte.weight') as Tensor)
    const read = fromGpt2(model, theirs)
    expect(isRight(read) && sameAs(read.right, variables)).toBe(true)
  })

  it("reads OpenAI's own names", () => {
    const { model, variables, tensors } = written()
    const read = fromGpt2(model, openAi(tensors))
    if (isLeft(read)) throw new Error(JSON.stringify(read.left))
    const back = toGpt2(read.right)
    const again = isRight(back) ? back.right : new Map<string, Tensor>()
    expect([...again.keys()]).toEqual([...tensors.keys()])
    for (const [name, x] of again) expect(np.arrayEqual(x, tensors.get(name) as Tensor).item()).toBe(true)
    expect(sameAs(read.right, variables)).toBe(true)
  })

  it.each([{ tied: false }, { useBias: false }, { keyValueHeads: 1 }, { positions: 'rotary' } as const])(
    'goes there and back with %o',
    (options) => {
      const { model, variables, tensors } = written(options)
      const read = fromGpt2(model, tensors)
      if (isLeft(read)) throw new Error(JSON.stringify(read.left))
      const [a, b] = [read.right, variables].map(
        ({ params, state }) =>
          model.apply(params, state, np.array([[1, 2, 3]], { dtype: 'int32' }), { mode: 'eval' })[0],
      ) as [Tensor, Tensor]
      expect(np.arrayEqual(a, b).item()).toBe(true)
    },
  )

  it('lists all that is missing and all that is extra at once', () => {
    const { model, tensors } = written()
    const theirs = new Map(tensors)
    theirs.delete('h.0.ln_1.bias')
    theirs.delete('h.1.mlp.c_fc.weight')
    theirs.set('h.2.ln_1.bias', np.zeros([4]))
    theirs.set('score.weight', np.zeros([2, 4]))
    const read = fromGpt2(model, theirs)
    expect(isLeft(read) && read.left.missing).toEqual([
      'params.blocks.0.attentionNorm.bias',
      'params.blocks.1.mlp.hidden.kernel',
    ])
    expect(isLeft(read) && read.left.extra).toEqual([
      'score.weight',
      'h.2.ln_1.bias → params.blocks.2.attentionNorm.bias',
    ])
  })

  it('takes no output that differs from the embeddings into a tied one, and says so beside the rest', () => {
    const { model, tensors } = written()
    const other = new Map(tensors).set('lm_head.weight', np.zeros([5, 4]))
    const read = fromGpt2(model, other)
    expect(isLeft(read) && read.left.mismatched.map(({ name }) => name)).toEqual(['lm_head.weight'])
    other.delete('ln_f.weight')
    const both = fromGpt2(model, other)
    expect(isLeft(both) && [both.left.missing, both.left.mismatched.length]).toEqual([['params.norm.scale'], 1])
    const untied = fromGpt2(gpt({ ...small, tied: false }), new Map(tensors).set('lm_head.weight', np.zeros([5, 4])))
    expect(isRight(untied) && untied.right.params.head?.kernel.shape).toEqual([4, 5])
  })
})
