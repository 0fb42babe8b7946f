import { grad, jit, np, random, scan, type Tensor } from '@puregrad/core'
import { importWeights, one, type Rule, swapped, torch } from '@puregrad/formats'
import { blank, type Cache, capture, gelu, init, losses, parameterCount, relu, startCache } from '@puregrad/nn'
import fc from 'fast-check'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { stateDict } from '../../test/noise.js'
import type { Positions } from './positions.js'
import { type TransformerModelOptions, transformer } from './transformer.js'

interface Case {
  readonly options: TransformerModelOptions
  readonly activation: 'relu' | 'gelu'
  readonly shapes: Readonly<Record<string, readonly number[]>>
  readonly source: readonly (readonly number[])[]
  readonly target: readonly (readonly number[])[]
  readonly labels: readonly (readonly number[])[]
  readonly logits: Numbers
  readonly loss: number
  readonly gradients: Readonly<Record<string, Numbers>>
}

const { cases, usual } = golden<{ readonly cases: readonly Case[]; readonly usual: number }>('transformer')
const evaluation = { mode: 'eval' } as const
const ids = (rows: readonly (readonly number[])[]): Tensor => np.array(rows, { dtype: 'int32' })
const small = { sourceVocabulary: 9, targetVocabulary: 7, width: 8, heads: 4, layers: 2 } as const
const shape = { source: [5], target: [4] } as const

/** The names of a module around torch.nn.Transformer. */
const rules: readonly Rule[] = [
  one('src.weight', 'params.sourceEmbedding'),
  one('tgt.weight', 'params.embedding'),
  one('out.weight', 'params.head.kernel', swapped),
  ...torch.encoderLayer('body.encoder.layers.{i}', 'encoder.blocks.{i}'),
  ...torch.decoderLayer('body.decoder.layers.{i}', 'decoder.blocks.{i}'),
  ...torch.norm('body.encoder.norm', 'encoder.norm'),
  ...torch.norm('body.decoder.norm', 'decoder.norm'),
]

describe.each(cases)('with $options.norm-norm and $options.tied ties', (given) => {
  const { options, activation, shapes, source, target, labels, logits, loss, gradients } = given
  const functions = { relu, gelu: (x: Tensor) => gelu(x, { approximate: false }) }
  const model = transformer({ ...options, activation: functions[activation] })
  const names = options.tied === 'all' ? [one('src.weight', 'params.embedding'), ...rules] : rules
  const [weights] = stateDict(shapes)
  const read = importWeights(names, blank(model, shape), weights)
  if (isLeft(read)) throw new Error(JSON.stringify(read.left))
  const { params, state } = read.right
  const pair = { source: ids(source), sourceMask: ids(source).ne(0), target: ids(target) }

  it('has the logits of torch.nn.Transformer', () => {
    const run = jit((x: typeof pair) => model.apply(params, state, x, evaluation)[0])
    expectNear(run(pair), logits, 2e-5)
  })

  it('has its loss and gradients', () => {
    const lossOf = (p: typeof params): Tensor => {
      const [y] = model.apply(p, state, pair, evaluation)
      return losses.softmaxCrossEntropyWithIntegerLabels(y, ids(labels), { labelSmoothing: 0.1 }).mean()
    }
    expect(lossOf(params).item()).toBeCloseTo(loss, 5)
    const found = jit(grad(lossOf))(params)
    const { attentionNorm } = found.encoder.blocks[0] ?? {}
    const { query, key, value } = found.decoder.blocks[0]?.cross ?? {}
    const biases = [query, key, value].map((part) => part?.bias as Tensor)
    for (const [name, expected] of Object.entries(gradients)) {
      if (name.endsWith('norm1.weight')) expectNear(attentionNorm?.scale as Tensor, expected, 1e-4)
      else if (name.endsWith('in_proj_bias')) expectNear(np.concatenate(biases), expected, 1e-4)
      else expectNear(found.embedding, expected, 1e-4)
    }
  })
})

describe('transformer', () => {
  it('has as many parameters as torch.nn.Transformer, and its embeddings', () => {
    const count = (tied: 'all' | 'output' | 'none') =>
      parameterCount(transformer({ sourceVocabulary: 100, tied }), { source: [5], target: [4] })
    expect(usual).toBe(44_140_544)
    expect(count('all')).toMatchObject({ right: usual + 51_200 })
    expect(count('output')).toMatchObject({ right: usual + 2 * 51_200 })
    expect(count('none')).toMatchObject({ right: usual + 3 * 51_200 })
  })

  const kinds: readonly Positions[] = ['learned', 'sinusoidal', 'rotary', 'alibi']
  const variants = kinds.flatMap((positions) =>
    (['pre', 'post'] as const).map((norm) => ({ positions, norm, keyValueHeads: norm === 'pre' ? 2 : 4 })),
  )
  it.each(variants)('writes in steps of any length what it gives for the whole: %o', (options) =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.constantFrom<readonly number[]>([5, 5], [5, 3], [1, 4]),
        (cuts, seed, counts) => {
          const model = transformer({ ...small, ...options, context: 16 })
          const { params, state } = init(model, shape, random.key(seed), { dtype: 'float64' })
          const length = cuts.reduce((a, b) => a + b, 0)
          const source = random.randint(random.key(seed), [2, 5], 0, 9)
          const target = random.randint(random.foldIn(random.key(seed), 1), [2, length], 0, 7)
          const sourceMask = np.arange(5).lt(np.array(counts).reshape([2, 1]))
          const [whole] = model.apply(params, state, { source, sourceMask, target }, evaluation)
          const read = model.encode(params, state, { source, sourceMask })
          let cache = startCache(model, params, 2, length, read)
          let at = 0
          const parts = cuts.map((cut) => {
            const [y, next] = model.step(params, state, cache, target.slice({}, { start: at, stop: at + cut }))
            cache = next
            at += cut
            return y
          })
          expect(np.allclose(np.concatenate(parts, { axis: 1 }), whole, { atol: 1e-10, rtol: 1e-9 }).item()).toBe(true)
        },
      ),
      { numRuns: 4 },
    ),
  )

  it('writes in a scan, jitted', () => {
    const model = transformer(small)
    const { params, state } = init(model, shape, random.key(3))
    const [source, target] = [ids([[1, 2, 3, 4, 5]]), ids([[1, 2, 3, 4]])]
    const written = jit((tokens: Tensor) => {
      const cache = model.startCache(params, 1, 4, model.encode(params, state, { source }))
      const [, all] = scan(
        (before: Cache, token: Tensor): [Cache, Tensor] => {
          const [y, next] = model.step(params, state, before, token.reshape([1, 1]))
          return [next, np.squeeze(y, [0, 1])]
        },
        cache,
        tokens.reshape([4]),
      )
      return all
    })(target)
    const [whole] = model.apply(params, state, { source, target }, evaluation)
    expect(np.allclose(written, np.squeeze(whole, 0), { atol: 1e-5 }).item()).toBe(true)
  })

  it('hears nothing of what the source mask hides, even if it is nothing', () => {
    const model = transformer(small)
    const { params, state } = init(model, shape, random.key(1))
    const target = ids([[1, 2, 3, 4]])
    const [short] = model.apply(params, state, { source: ids([[3, 4, 5]]), target }, evaluation)
    const padded = ids([[3, 4, 5, 100, -7]])
    const sourceMask = np.array([[true, true, true, false, false]])
    const [long] = model.apply(params, state, { source: padded, sourceMask, target }, evaluation)
    expect(np.allclose(long, short, { atol: 1e-5 }).item()).toBe(true)
  })

  it('sees only what counts of the target', () => {
    const model = transformer(small)
    const { params, state } = init(model, shape, random.key(1))
    const source = ids([[3, 4, 5]])
    const targetMask = np.array([[true, false, true, true]])
    const of = (row: readonly number[]): Tensor =>
      model.apply(params, state, { source, target: ids([row]), targetMask }, evaluation)[0].slice({}, { start: 2 })
    expect(np.allclose(of([1, 2, 3, 4]), of([1, 6, 3, 4]), { atol: 1e-6 }).item()).toBe(true)
    expect(np.allclose(of([1, 2, 3, 4]), of([5, 2, 3, 4]), { atol: 1e-6 }).item()).toBe(false)
  })

  it('lets see what its decoder looks at', () => {
    const model = transformer(small)
    const { params, state } = init(model, shape, random.key(1))
    const pair = { source: ids([[3, 4, 5]]), target: ids([[1, 2, 3, 4]]) }
    const [{ intermediates }] = capture(model, { attention: true }).apply(params, state, pair, evaluation)
    const maps = Object.entries(intermediates).filter(([path]) => path.endsWith('cross/weights'))
    expect(maps.map(([path]) => path)).toEqual([
      'decoder/blocks/transformerDecoder(4)/cross/weights',
      'decoder/blocks/transformerDecoder(4)#2/cross/weights',
    ])
    for (const [, weights] of maps) {
      const map = weights as Tensor
      expect(map.shape).toEqual([1, 4, 4, 3])
      expect(np.allclose(np.sum(map, { axis: -1 }), 1, { atol: 1e-6 }).item()).toBe(true)
    }
  })

  it('refuses what makes no sense', () => {
    expect(() => transformer({ ...small, tied: 'all' })).toThrow(
      'sources have 9 tokens and targets 7. Make one vocabulary',
    )
    expect(() => transformer({ ...small, tied: 'both' as never })).toThrow("tied is 'both'")
    expect(() => transformer({ ...small, positions: 'no' as never })).toThrow("positions are 'no'")
    expect(() => transformer({ ...small, layers: { encoder: 1, decoder: 0 } })).toThrow('decoder is 0')
    const model = transformer(small)
    const { params } = init(model, shape, random.key(1))
    expect(() => model.startCache(params, 1, 4)).toThrow('startCache needs what was read')
    const planned = transformer({ ...small, heads: 3 }).plan(shape)
    expect(isLeft(planned) && planned.left.message).toContain('3 heads do not divide the 8 features')
  })
})
