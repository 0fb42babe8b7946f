import { grad, jit, np, random, type Tensor } from '@puregrad/core'
import { init, losses, parameterCount } from '@puregrad/nn'
import fc from 'fast-check'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { stateDict } from '../../test/noise.js'
import { type GptOptions, gpt, gpt2, gpt2Large, gpt2Medium, gpt2Xl } from './gpt.js'
import { fromGpt2, toGpt2 } from './gpt2-weights.js'
import type { Positions } from './positions.js'

interface Case {
  readonly options: GptOptions
  readonly shapes: Readonly<Record<string, readonly number[]>>
  readonly tokens: readonly (readonly number[])[]
  readonly logits: Numbers
  readonly loss: number
  readonly gradients: Readonly<Record<string, Numbers>>
}

const cases = golden<readonly Case[]>('gpt')
const ids = (rows: readonly (readonly number[])[]): Tensor => np.array(rows, { dtype: 'int32' })
const small = { vocabulary: 7, layers: 2, heads: 4, width: 8, context: 10 } as const
const evaluation = { mode: 'eval' } as const

describe.each(cases)('a model of $options.layers layers', ({ options, shapes, tokens, logits, loss, gradients }) => {
  const model = gpt(options)
  const [weights] = stateDict(shapes)
  const read = fromGpt2(model, weights)
  if (isLeft(read)) throw new Error(JSON.stringify(read.left))
  const { params, state } = read.right

  it('has the logits of its definition', () => {
    const run = jit((x: Tensor) => model.apply(params, state, x, evaluation)[0])
    expectNear(run(ids(tokens)), logits, 2e-5)
  })

  it('has its loss and gradients', () => {
    const next = ids(tokens)
    const lossOf = (p: typeof params): Tensor => {
      const [y] = model.apply(p, state, next.slice({}, { stop: -1 }), evaluation)
      return losses.softmaxCrossEntropyWithIntegerLabels(y, next.slice({}, { start: 1 })).mean()
    }
    expect(lossOf(params).item()).toBeCloseTo(loss, 5)
    const found = toGpt2({ params: jit(grad(lossOf))(params), state })
    if (isLeft(found)) throw new Error('a gradient has the names of what it is of')
    for (const [name, expected] of Object.entries(gradients))
      expectNear(found.right.get(name) as Tensor, expected, 1e-4)
  })

  it('gives its weights back', () => {
    const back = toGpt2(read.right)
    if (isLeft(back)) throw new Error(JSON.stringify(back.left))
    expect([...back.right.keys()].sort()).toEqual([...weights.keys()].sort())
    for (const [name, x] of back.right) expect(np.arrayEqual(x, weights.get(name) as Tensor).item()).toBe(true)
  })
})

it.each([
  [gpt2, 124_439_808],
  [gpt2Medium, 354_823_168],
  [gpt2Large, 774_030_080],
  [gpt2Xl, 1_557_611_200],
])('%o has as many parameters as was published', (make, total) =>
  expect(parameterCount(make(), [1024])).toMatchObject({ right: total }),
)

describe('gpt', () => {
  const kinds: readonly Positions[] = ['learned', 'sinusoidal', 'rotary', 'alibi']

  it.each(kinds.flatMap((positions) => [4, 2, 1].map((keyValueHeads) => ({ positions, keyValueHeads }))))(
    'gives in steps of any length what it gives for the whole: %o',
    (options) =>
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
          fc.nat(),
          (cuts, seed) => {
            const model = gpt({ ...small, ...options, context: 16 })
            const { params, state } = init(model, [1], random.key(seed), { dtype: 'float64' })
            const length = cuts.reduce((a, b) => a + b, 0)
            const tokens = random.randint(random.key(seed), [2, length], 0, small.vocabulary)
            const [whole] = model.apply(params, state, tokens, evaluation)
            let cache = model.startCache(params, 2, length)
            let at = 0
            const parts = cuts.map((cut) => {
              const [y, next] = model.step(params, state, cache, tokens.slice({}, { start: at, stop: at + cut }))
              cache = next
              at += cut
              return y
            })
            expect(np.allclose(np.concatenate(parts, { axis: 1 }), whole, { atol: 1e-10, rtol: 1e-9 }).item()).toBe(
              true,
            )
          },
        ),
        { numRuns: 5 },
      ),
  )

  it('sees nothing of what comes later', () => {
    const model = gpt({ ...small, positions: 'rotary' })
    const { params, state } = init(model, [4], random.key(0))
    const of = (row: readonly number[]): Tensor => model.apply(params, state, ids([row]), evaluation)[0]
    const [a, b] = [of([1, 2, 3, 4]), of([1, 2, 6, 5])]
    expect(np.arrayEqual(a.slice(0, { stop: 2 }), b.slice(0, { stop: 2 })).item()).toBe(true)
    expect(np.arrayEqual(a.slice(0, 2), b.slice(0, 2)).item()).toBe(false)
  })

  it('drops in training by its key, and only then', () => {
    const model = gpt({ ...small, dropout: 0.5 })
    const { params, state } = init(model, [4], random.key(0))
    const run = (seed: number): Tensor =>
      model.apply(params, state, ids([[1, 2, 3, 4]]), { mode: 'train', key: random.key(seed) })[0]
    expect(np.arrayEqual(run(1), run(1)).item()).toBe(true)
    expect(np.arrayEqual(run(1), run(2)).item()).toBe(false)
    const plain = gpt({ ...small, dropout: 0 })
    const [trained] = plain.apply(params, state, ids([[1, 2]]), { mode: 'train', key: random.key(1) })
    expect(np.allclose(trained, plain.apply(params, state, ids([[1, 2]]), evaluation)[0], { atol: 1e-6 }).item()).toBe(
      true,
    )
  })

  it('starts what residual connections add up smaller, the deeper it is', () => {
    const model = gpt({ ...small, layers: 8, width: 64 })
    const { params } = init(model, [4], random.key(0))
    const block = params.blocks[3]
    const deviation = (x: Tensor | undefined): number => np.std(x as Tensor).item()
    expect(deviation(block?.attention.query.kernel)).toBeCloseTo(0.02, 3)
    expect(deviation(block?.attention.out.kernel)).toBeCloseTo(0.005, 3)
    expect(deviation(block?.mlp.hidden.kernel)).toBeCloseTo(0.02, 3)
    expect(deviation(block?.mlp.out.kernel)).toBeCloseTo(0.005, 3)
  })

  it('has an output of its own, or no biases, if told so', () => {
    const options = { ...small, tied: false, useBias: false, positions: 'alibi' } as const
    const { params } = init(gpt(options), [4], random.key(0))
    expect(params.head?.kernel.shape).toEqual([8, 7])
    expect(params.positions).toBeNull()
    expect(Object.keys(params.blocks[0]?.mlp.hidden ?? {})).toEqual(['kernel'])
    expect(Object.keys(params.norm)).toEqual(['scale'])
  })

  it('refuses what makes no sense', () => {
    expect(() => gpt({ layers: 0 })).toThrow('gpt: layers is 0, and has to be a whole number from 1 up.')
    expect(() => gpt({ heads: 12, keyValueHeads: 5 })).toThrow('5 heads of keys and values')
    expect(() => gpt({ positions: 'rotatory' as never })).toThrow("positions are 'rotatory'")
    expect(() => gpt2({ context: 1.5 })).toThrow('gpt2: context is 1.5')
    const planned = gpt({ ...small, heads: 3 }).plan([4])
    expect(isLeft(planned) && planned.left.message).toContain('3 heads do not divide the 8 features')
    expect(() => init(gpt(small), [11], random.key(0))).toThrow('a sequence of 11 is longer than there are positions')
  })
})
