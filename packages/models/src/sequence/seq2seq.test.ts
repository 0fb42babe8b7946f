import { grad, jit, np, random, scan, type Tensor } from '@puregrad/core'
import { importWeights, one, type Rule, swapped, torch } from '@puregrad/formats'
import { blank, type Cache, gruCell, init, losses, lstmCell, type RecurrentCell, reorderCache } from '@puregrad/nn'
import fc from 'fast-check'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { stateDict } from '../../test/noise.js'
import { seq2seq } from './seq2seq.js'

interface Case {
  readonly kind: 'GRU' | 'LSTM'
  readonly tied: boolean
  readonly shapes: Readonly<Record<string, readonly number[]>>
  readonly source: readonly (readonly number[])[]
  readonly lengths: readonly number[]
  readonly target: readonly (readonly number[])[]
  readonly labels: readonly (readonly number[])[]
  readonly logits: Numbers
  readonly weights: Numbers
  readonly loss: number
  readonly gradients: Readonly<Record<string, Numbers>>
}

const cases = golden<readonly Case[]>('seq2seq')
const evaluation = { mode: 'eval' } as const
const ids = (rows: readonly (readonly number[])[]): Tensor => np.array(rows, { dtype: 'int32' })
const shape = { source: [5], target: [4] } as const
const small = { sourceVocabulary: 9, targetVocabulary: 7, width: 4, features: 3, units: 5 } as const

/** Either kind of cell, as tests need not know what it carries. */
type AnyCell = (features: number) => RecurrentCell<unknown, unknown>
const cells: Readonly<Record<Case['kind'], AnyCell>> = {
  GRU: gruCell as unknown as AnyCell,
  LSTM: lstmCell as unknown as AnyCell,
}

/** The names of the fixture's module. */
const rulesOf = (kind: Case['kind']): readonly Rule[] => {
  const recurrent = kind === 'GRU' ? torch.gru : torch.lstm
  return [
    one('src.weight', 'params.sourceEmbedding'),
    one('tgt.weight', 'params.embedding'),
    ...recurrent('encoder', 'encoder.forward'),
    ...recurrent('encoder', 'encoder.backward', { reverse: true }),
    ...recurrent('cell', 'cell'),
    ...torch.linear('start', 'start'),
    ...torch.linear('key', 'alignKey'),
    one('query.weight', 'params.alignQuery.kernel', swapped),
    one('score.weight', 'params.alignScore.kernel', swapped),
    ...torch.linear('readout', 'readout'),
    ...torch.linear('out', 'head'),
  ]
}

describe.each(cases)('with $kind', ({ kind, tied, shapes, source, lengths, target, labels, ...expected }) => {
  const model = seq2seq({ ...small, cell: cells[kind], tied })
  const [weights] = stateDict(shapes)
  // A cell has no layers to number.
  const named = new Map([...weights].map(([name, x]) => [name.replace(/^cell\.(.*)$/, 'cell.$1_l0'), x]))
  const read = importWeights(rulesOf(kind), blank(model, shape), named)
  if (isLeft(read)) throw new Error(JSON.stringify(read.left))
  const { params, state } = read.right
  const sourceMask = np.arange(5).lt(np.array(lengths).reshape([2, 1]))
  const pair = { source: ids(source), sourceMask, target: ids(target) }

  it('has the logits of its equations, and looks where they do', () => {
    expectNear(jit((x: typeof pair) => model.apply(params, state, x, evaluation)[0])(pair), expected.logits, 2e-5)
    expectNear(model.weights(params, state, pair), expected.weights, 2e-5)
  })

  it('has their loss and gradients', () => {
    const lossOf = (p: typeof params): Tensor =>
      losses.softmaxCrossEntropyWithIntegerLabels(model.apply(p, state, pair, evaluation)[0], ids(labels)).mean()
    expect(lossOf(params).item()).toBeCloseTo(expected.loss, 5)
    const found = jit(grad(lossOf))(params)
    const ours = {
      'src.weight': found.sourceEmbedding,
      'tgt.weight': found.embedding,
      'score.weight': found.alignScore.kernel.T,
      'key.bias': found.alignKey.bias,
      'readout.bias': found.readout.bias,
      'start.bias': found.start.bias,
    }
    for (const [name, x] of Object.entries(ours)) expectNear(x, expected.gradients[name] as Numbers, 1e-4)
  })
})

describe('seq2seq', () => {
  it.each(['GRU', 'LSTM'] as const)('writes in steps of any length what it gives for the whole: %s', (kind) =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.constantFrom<readonly number[] | null>(null, [5, 3], [1, 4]),
        fc.boolean(),
        (cuts, seed, counts, tied) => {
          const model = seq2seq({ ...small, cell: cells[kind], tied })
          const { params, state } = init(model, shape, random.key(seed), { dtype: 'float64' })
          const length = cuts.reduce((a, b) => a + b, 0)
          const source = random.randint(random.key(seed), [2, 5], 0, 9)
          const target = random.randint(random.foldIn(random.key(seed), 1), [2, length], 0, 7)
          const mask = counts === null ? {} : { sourceMask: np.arange(5).lt(np.array(counts).reshape([2, 1])) }
          const [whole] = model.apply(params, state, { source, ...mask, target }, evaluation)
          let cache = model.startCache(params, 2, length, model.encode(params, state, { source, ...mask }))
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
      { numRuns: 8 },
    ),
  )

  it('writes in a scan, jitted, and goes on from any of its sentences', () => {
    const model = seq2seq(small)
    const { params, state } = init(model, shape, random.key(3))
    const [source, target] = [
      ids([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      ids([
        [1, 2],
        [3, 4],
      ]),
    ]
    const rows = np.array([1, 0], { dtype: 'int32' })
    const written = jit((tokens: Tensor) => {
      const cache = model.startCache(params, 2, 2, model.encode(params, state, { source }))
      const [, all] = scan(
        (before: Cache, token: Tensor): [Cache, Tensor] => {
          const [y, next] = model.step(params, state, before, np.expandDims(token, 1))
          return [next, np.squeeze(y, 1)]
        },
        reorderCache(cache, rows),
        tokens.T,
      )
      return all
    })(target)
    const [whole] = model.apply(params, state, { source: np.take(source, rows, { axis: 0 }), target }, evaluation)
    expect(np.allclose(written.transpose([1, 0, 2]), whole, { atol: 1e-6 }).item()).toBe(true)
  })

  it('hears nothing of what the source mask hides, even if it is nothing', () => {
    const model = seq2seq(small)
    const { params, state } = init(model, shape, random.key(1))
    const target = ids([[1, 2, 3, 4]])
    const sourceMask = np.array([[true, true, true, false, false]])
    const padded = { source: ids([[3, 4, 5, 100, -7]]), sourceMask, target }
    const [short] = model.apply(params, state, { source: ids([[3, 4, 5]]), target }, evaluation)
    expect(np.allclose(model.apply(params, state, padded, evaluation)[0], short, { atol: 1e-6 }).item()).toBe(true)
    expect(np.any(model.weights(params, state, padded).slice({}, {}, { start: 3 })).item()).toBe(false)
  })

  it('drops in training by its key, and only then', () => {
    const model = seq2seq({ ...small, dropout: 0.5 })
    const { params, state } = init(model, shape, random.key(1))
    const pair = { source: ids([[3, 4, 5]]), target: ids([[1, 2]]) }
    const of = (seed: number): Tensor => model.apply(params, state, pair, { mode: 'train', key: random.key(seed) })[0]
    expect(np.arrayEqual(of(1), of(1)).item()).toBe(true)
    expect(np.arrayEqual(of(1), of(2)).item()).toBe(false)
  })

  it('refuses what makes no sense', () => {
    expect(() => seq2seq({ sourceVocabulary: 0 })).toThrow('sourceVocabulary is 0')
    const model = seq2seq(small)
    expect(() => model.startCache(init(model, shape, random.key(1)).params, 1, 4)).toThrow('seq2seq: startCache needs')
  })
})
