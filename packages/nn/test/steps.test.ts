/** Every layer that runs position by position gives, in steps of any length, what it gives for the whole. */

import { readFileSync } from 'node:fs'
import { ArgumentError, jit, np, random, scan, Tensor, tree } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cache, Layer, Stepping } from '../src/index.js'
import * as nn from '../src/index.js'
import { evaluate } from './check-layer.js'

interface Case {
  readonly layer: { readonly name: string }
  /** The input for so many positions. */
  readonly input?: (key: Tensor, positions: number) => unknown
}

const heads = { heads: 2, causal: true } as const
const ids = (key: Tensor, positions: number): Tensor => random.randint(key, [2, positions], 0, 7)
const decoding = (key: Tensor, positions: number): unknown => ({
  x: random.normal(key, [2, positions, 4], { dtype: 'float64' }),
  memory: random.normal(random.key(5), [2, 3, 4], { dtype: 'float64' }),
})
const pointwise =
  (query: string) =>
  (key: Tensor, positions: number): unknown => {
    const { x, memory } = decoding(key, positions) as { readonly x: Tensor; readonly memory: Tensor }
    return { [query]: x, key: memory }
  }

const pair = (key: Tensor, positions: number): unknown => [floats(key, positions), floats(random.key(9), positions)]

const floats = (key: Tensor, positions: number): Tensor => random.normal(key, [2, positions, 4], { dtype: 'float64' })

/** A layer of each kind that steps; several where options change how. */
const stepping: Readonly<Record<string, readonly Case[]>> = {
  dense: [{ layer: nn.dense(3) }],
  embedding: [{ layer: nn.embedding(7, 3), input: ids }],
  batchNorm: [{ layer: nn.batchNorm() }],
  layerNorm: [{ layer: nn.layerNorm() }, { layer: nn.layerNorm({ affine: false }) }],
  rmsNorm: [{ layer: nn.rmsNorm() }],
  dropout: [{ layer: nn.dropout(0.5) }],
  spatialDropout: [{ layer: nn.spatialDropout(0.5) }],
  stochasticDepth: [{ layer: nn.stochasticDepth(0.5) }],
  gaussianDropout: [{ layer: nn.gaussianDropout(0.5) }],
  gaussianNoise: [{ layer: nn.gaussianNoise(0.5) }],
  alphaDropout: [{ layer: nn.alphaDropout(0.5) }],
  simpleRnn: [{ layer: nn.simpleRnn(3) }],
  lstm: [{ layer: nn.lstm(3) }],
  gru: [{ layer: nn.gru(3) }, { layer: nn.gru(3, { reset: 'before' }) }],
  rnn: [{ layer: nn.rnn(nn.lstmCell(3)) }],
  conv1d: [
    { layer: nn.conv1d(3, { kernelSize: 3, padding: 'CAUSAL', dilation: 2 }) },
    { layer: nn.conv1d(4, { kernelSize: 2, padding: 'CAUSAL', groups: 2 }) },
    { layer: nn.conv1d(3, { kernelSize: 1 }) },
  ],
  depthwiseConv1d: [{ layer: nn.depthwiseConv1d({ kernelSize: 3, padding: 'CAUSAL', multiplier: 2 }) }],
  separableConv1d: [{ layer: nn.separableConv1d(3, { kernelSize: 3, padding: 'CAUSAL', dilation: 2 }) }],
  sinusoidalEncoding: [{ layer: nn.sinusoidalEncoding() }],
  learnedPositions: [{ layer: nn.learnedPositions(9) }],
  selfAttention: [
    { layer: nn.selfAttention(heads) },
    { layer: nn.selfAttention({ ...heads, alibi: true }) },
    { layer: nn.selfAttention({ heads: 2, keyValueHeads: 1, causal: true, rope: true }) },
  ],
  multiHeadAttention: [{ layer: nn.multiHeadAttention({ heads: 2 }), input: pointwise('query') }],
  additiveAttention: [{ layer: nn.additiveAttention(3), input: pointwise('query') }],
  conditionalBatchNorm: [
    {
      layer: nn.conditionalBatchNorm(),
      input: (key, positions) => ({ x: floats(key, positions), condition: np.ones([2, 3], { dtype: 'float64' }) }),
    },
  ],
  film: [
    {
      layer: nn.film(),
      input: (key, positions) => ({ x: floats(key, positions), condition: np.ones([2, 3], { dtype: 'float64' }) }),
    },
  ],
  gatedCausalConv: [
    { layer: nn.gatedCausalConv(3, { dilation: 2 }), input: (key, positions) => ({ x: floats(key, positions) }) },
  ],
  transformerEncoder: [
    { layer: nn.transformerEncoder(heads) },
    { layer: nn.transformerEncoder({ ...heads, norm: 'post', rope: true }) },
  ],
  transformerDecoder: [
    { layer: nn.transformerDecoder({ heads: 2 }), input: decoding },
    { layer: nn.repeat(nn.transformerDecoder({ heads: 2, norm: 'post' }), 2), input: decoding },
  ],
  bilinear: [{ layer: nn.bilinear(3), input: pair }],
  einsumDense: [
    { layer: nn.einsumDense('btd,df->btf', [null, 3], { biasAxes: 'f' }) },
    { layer: nn.einsumDense('...d,de->...e', [3]) },
  ],
  shared: [{ layer: nn.shared(nn.serial(nn.dense(2), nn.tanh)), input: pair }],
  weightNorm: [
    { layer: nn.weightNorm(nn.gru(3)) },
    { layer: nn.weightNorm(nn.conv1d(3, { kernelSize: 2, padding: 'CAUSAL' })) },
  ],
  spectralNorm: [{ layer: nn.spectralNorm(nn.lstm(3)) }],
  tiedEmbedding: [
    { layer: nn.tiedEmbedding(7, 4, nn.serial(nn.learnedPositions(9), nn.transformerEncoder(heads))), input: ids },
  ],
  lambda: [
    { layer: nn.lambda(nn.gelu) },
    { layer: nn.lambda(nn.squareplus) },
    { layer: nn.lambda((x: Tensor) => x.mul(2).add(np.tanh(x))) },
    { layer: nn.lambda((x: Tensor) => nn.softmax(x), { positionwise: true }) },
  ],
  serial: [
    {
      layer: nn.serial(
        nn.dense(4),
        nn.relu,
        nn.gru(4),
        nn.softmax,
        nn.repeat(nn.transformerEncoder(heads), 3),
        nn.dense(2),
      ),
    },
  ],
  named: [{ layer: nn.named({ first: nn.lstm(4), second: nn.selfAttention(heads) }) }],
  residual: [
    { layer: nn.residual(nn.gru(4)) },
    { layer: nn.residual(nn.gru(3), nn.conv1d(3, { kernelSize: 2, padding: 'CAUSAL' })) },
  ],
  repeat: [
    { layer: nn.repeat(nn.residual(nn.serial(nn.layerNorm(), nn.lstm(4))), 2) },
    { layer: nn.repeat(nn.repeat(nn.transformerEncoder(heads), 2), 2) },
  ],
  remat: [{ layer: nn.remat(nn.gru(3)) }],
  mapParams: [{ layer: nn.mapParams(nn.gru(3), (params) => tree.map((p) => p.mul(2), params)) }],
  freeze: [{ layer: nn.freeze(nn.transformerEncoder(heads)) }],
  fanOut: [{ layer: nn.fanOut({ a: nn.gru(3), b: nn.dense(2) }) }],
  parallel: [{ layer: nn.serial(nn.fanOut(nn.dense(4), nn.gru(2)), nn.parallel(nn.lstm(2), nn.relu)) }],
  concat: [
    { layer: nn.concat(nn.gru(3), nn.dense(2)) },
    { layer: nn.serial(nn.fanOut(nn.gru(3), nn.dense(2)), nn.concat()) },
  ],
  block: [
    {
      layer: nn.block(
        {
          norm: nn.layerNorm(),
          mix: nn.selfAttention(heads),
          gate: nn.parameter([4], nn.initializers.normal()),
          twice: nn.dense(4),
        },
        (run, x: Tensor) => x.add(run.mix(run.norm(x)).mul(run.gate(x))).add(run.twice(run.twice(x))),
      ),
    },
  ],
  parameter: [
    {
      layer: nn.block({ scale: nn.parameter([4], nn.initializers.normal()) }, (run, x: Tensor) => x.mul(run.scale(x))),
    },
  ],
}

const small = { kernelSize: 3 } as const
const [pooled, sizes] = [2, [2, 2]] as const

/** A layer of each kind of which no options make one that steps. */
const seeingTheWhole: Readonly<Record<string, () => unknown>> = {
  flatten: () => nn.flatten(),
  reshape: () => nn.reshape([-1]),
  groupNorm: () => nn.groupNorm({ groups: 2 }),
  instanceNorm: () => nn.instanceNorm(),
  selfAttention2d: () => nn.selfAttention2d(),
  conv2d: () => nn.conv2d(3, small),
  conv3d: () => nn.conv3d(3, small),
  depthwiseConv2d: () => nn.depthwiseConv2d(small),
  separableConv2d: () => nn.separableConv2d(3, small),
  convTranspose1d: () => nn.convTranspose1d(3, small),
  convTranspose2d: () => nn.convTranspose2d(3, small),
  convTranspose3d: () => nn.convTranspose3d(3, small),
  adaptiveAvgPool1d: () => nn.adaptiveAvgPool1d(2),
  adaptiveAvgPool2d: () => nn.adaptiveAvgPool2d(2),
  adaptiveAvgPool3d: () => nn.adaptiveAvgPool3d(2),
  adaptiveMaxPool1d: () => nn.adaptiveMaxPool1d(2),
  adaptiveMaxPool2d: () => nn.adaptiveMaxPool2d(2),
  adaptiveMaxPool3d: () => nn.adaptiveMaxPool3d(2),
  avgPool1d: () => nn.avgPool1d(pooled),
  avgPool2d: () => nn.avgPool2d(pooled),
  avgPool3d: () => nn.avgPool3d(pooled),
  maxPool1d: () => nn.maxPool1d(pooled),
  maxPool2d: () => nn.maxPool2d(pooled),
  maxPool3d: () => nn.maxPool3d(pooled),
  globalAvgPool: () => nn.globalAvgPool(),
  globalMaxPool: () => nn.globalMaxPool(),
  crop: () => nn.crop([[1, 1]]),
  pad: () => nn.pad([[1, 1]]),
  upSampling1d: () => nn.upSampling1d(2),
  upSampling2d: () => nn.upSampling2d(sizes),
  upSampling3d: () => nn.upSampling3d(2),
}

/** What rooms of layers give away beside layers. */
const noLayers = ['attend', 'gruCell', 'lstmCell', 'simpleRnnCell', 'capture', 'merge', 'partition']

/** Everything that the rooms of layers and of combinators give away, as the index says. */
const exported = [
  ...readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8').matchAll(
    /export \{([^}]*)\} from '\.\/(?:layers|combinators)\//g,
  ),
].flatMap(([, names = '']) =>
  names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type ')),
)

type Opaque = Layer<unknown, unknown, unknown, unknown> & Stepping<unknown, unknown, unknown, unknown>

/** Positions start … stop of an input or output, of which a memory is no part. */
const part = (x: unknown, start: number, stop: number): unknown => {
  if (x instanceof Tensor) return x.slice({}, { start, stop })
  if (Array.isArray(x)) return x.map((child) => part(child, start, stop))
  return Object.fromEntries(
    Object.entries(x as object).map(([name, child]) => [
      name,
      name === 'memory' || name === 'key' || name === 'condition' ? child : part(child, start, stop),
    ]),
  )
}

const shapeOf = (x: unknown): unknown => tree.map((leaf) => (leaf as unknown as Tensor).shape.slice(1), x)
const leavesOf = (x: unknown): readonly Tensor[] => tree.leaves(x) as unknown as readonly Tensor[]

const cases = Object.entries(stepping).flatMap(([name, all]) =>
  all.map(({ layer, input = floats }) => ({ name, layer: layer as unknown as Opaque, input })),
)

describe('step', () => {
  it.each(cases)('$name: $layer.name in steps of any length is the whole', ({ layer, input }) => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
        (seed, lengths) => {
          const total = lengths.reduce((sum, n) => sum + n, 0)
          const x = input(random.key(seed), total)
          const { params, state } = nn.init(layer, shapeOf(x) as never, random.key(1), { dtype: 'float64' })
          const [whole] = layer.apply(params, state, x, evaluate)
          let cache: Cache = nn.startCache(layer, params, 2, total)
          let start = 0
          for (const length of lengths) {
            const [y, next] = jit((c: Cache, v: unknown) => nn.step(layer, params, state, c, v))(
              cache,
              part(x, start, start + length),
            )
            const expected = leavesOf(part(whole, start, start + length))
            for (const [i, found] of leavesOf(y).entries()) {
              expect(found.shape).toEqual(expected[i]?.shape)
              expect(found.dtype).toBe(expected[i]?.dtype)
              expect(np.allclose(found, expected[i] as Tensor, { rtol: 1e-9, atol: 1e-11 }).item()).toBe(true)
            }
            cache = next
            start += length
          }
        },
      ),
      { numRuns: 6 },
    )
  })

  it.each(cases)(
    '$name: $layer.name has caches of static shapes, the batch first, in the dtype of its parameters',
    ({ layer, input }) => {
      const single = (x: unknown): unknown =>
        tree.map((leaf) => {
          const tensor = leaf as unknown as Tensor
          return tensor.dtype === 'float64' ? tensor.astype('float32') : tensor
        }, x)
      const x = single(input(random.key(0), 4))
      const { params, state } = nn.init(layer, shapeOf(x) as never, random.key(1))
      const first = nn.startCache(layer, params, 2, 4)
      const [y, second] = nn.step(layer, params, state, first, part(x, 0, 1))
      const looks = (cache: unknown): unknown =>
        tree.map((leaf) => `${(leaf as unknown as Tensor).dtype}[${(leaf as unknown as Tensor).shape}]`, cache)
      expect(looks(second)).toEqual(looks(first))
      const leaves = leavesOf(first)
      expect(leaves.every(({ shape }) => shape.length === 0 || shape[0] === 2)).toBe(true)
      expect([...leaves, ...leavesOf(y)].map(({ dtype }) => dtype)).not.toContain('float64')
      const rows = np.array([1, 1, 0], { dtype: 'int32' })
      expect(leavesOf(nn.reorderCache(second, rows)).every(({ shape }) => shape.length === 0 || shape[0] === 3)).toBe(
        true,
      )
    },
  )

  it('is tried for every layer that nn exports, or known to be none for one', () => {
    const known = [...Object.keys(stepping), ...Object.keys(seeingTheWhole), ...noLayers]
    expect([...exported].sort()).toEqual([...known].sort())
  })

  it.each(Object.entries(seeingTheWhole))('is none for %s, which says so', (name, make) => {
    expect(() => nn.startCache(make() as Opaque, {}, 2, 4)).toThrow(
      new RegExp(`${name}.* cannot run position by position`),
    )
  })

  it('runs a decoder of some depth under scan, its memory projected once', () => {
    const model = nn.repeat(nn.transformerDecoder({ heads: 2 }), 3)
    const { params, state } = nn.init(model, { x: [6, 4], memory: [5, 4] }, random.key(0), { dtype: 'float64' })
    const x = random.normal(random.key(1), [2, 6, 4], { dtype: 'float64' })
    const memory = random.normal(random.key(2), [2, 5, 4], { dtype: 'float64' })
    const [{ x: whole }] = model.apply(params, state, { x, memory }, evaluate)
    const [, ys] = jit(() =>
      scan(
        (cache: Cache, at: Tensor) => {
          const [{ x: y }, next] = nn.step(model, params, state, cache, { x: np.expandDims(at, 1), memory })
          return [next, np.squeeze(y, 1)]
        },
        nn.startCache(model, params, 2, 6, { memory }),
        x.transpose([1, 0, 2]),
      ),
    )()
    expect(np.allclose(ys.transpose([1, 0, 2]), whole, { rtol: 1e-9, atol: 1e-11 }).item()).toBe(true)
  })

  const remembering: readonly (readonly [layer: unknown, of: 'key' | 'memory'])[] = [
    [nn.multiHeadAttention({ heads: 2 }), 'key'],
    [nn.multiHeadAttention({ heads: 2, keyValueHeads: 1, useBias: false }), 'key'],
    [nn.weightNorm(nn.multiHeadAttention({ heads: 2 })), 'key'],
    [nn.spectralNorm(nn.multiHeadAttention({ heads: 2 })), 'key'],
    [nn.serial(nn.spectralNorm(nn.transformerDecoder({ heads: 2 })), nn.transformerDecoder({ heads: 2 })), 'memory'],
    [nn.repeat(nn.spectralNorm(nn.transformerDecoder({ heads: 2 })), 2), 'memory'],
    [nn.repeat(nn.remat(nn.transformerDecoder({ heads: 2 })), 2), 'memory'],
    [
      nn.block({ look: nn.spectralNorm(nn.multiHeadAttention({ heads: 2 })) }, (run, x: nn.AttentionInput) =>
        x.query.add(run.look(x)),
      ),
      'key',
    ],
  ]
  it.each(remembering.map(([layer, of]) => ({ layer: layer as Opaque, of })))(
    '$layer.name projects a memory once: what steps are given for it counts no more',
    ({ layer, of }) => {
      const { x, memory } = decoding(random.key(1), 3) as { readonly x: Tensor; readonly memory: Tensor }
      const input = (from: Tensor, part: Tensor): unknown =>
        of === 'key' ? { query: part, key: from } : { x: part, memory: from }
      const { params, state } = nn.init(layer, shapeOf(input(memory, x)) as never, random.key(0), { dtype: 'float64' })
      const [whole] = layer.apply(params, state, input(memory, x), evaluate)
      let cache = nn.startCache(layer, params, 2, 3, { memory, state })
      for (let at = 0; at < 3; at++) {
        const stop = at + 1
        const [y, next] = nn.step(
          layer,
          params,
          state,
          cache,
          input(np.zeros([2, 3, 4]), x.slice({}, { start: at, stop })),
        )
        cache = next
        const [found] = leavesOf(of === 'key' ? y : (y as nn.DecoderInput).x)
        const [expected] = leavesOf(part(of === 'key' ? whole : (whole as nn.DecoderInput).x, at, stop))
        expect(np.allclose(found as Tensor, expected as Tensor, { rtol: 1e-9, atol: 1e-11 }).item()).toBe(true)
      }
    },
  )

  it('a memory that was projected may be anything where the mask leaves it out', () => {
    const layer = nn.multiHeadAttention({ heads: 2 })
    const query = floats(random.key(1), 2)
    const memory = np.where(np.array([1, 0, 1]).eq(1).reshape([1, 3, 1]), floats(random.key(2), 3), Number.NaN)
    const mask = np.array([
      [1, 0, 1],
      [1, 0, 0],
    ])
    const { params } = nn.init(layer, { query: [2, 4], key: [3, 4] }, random.key(0), { dtype: 'float64' })
    const [whole] = layer.apply(params, null, { query, key: memory, mask }, evaluate)
    const cache = nn.startCache(layer, params, 2, 2, { memory })
    const [y] = nn.step(layer, params, null, cache, { query, key: memory, mask })
    expect(np.all(np.isfinite(whole)).item()).toBe(true)
    expect(np.allclose(y, whole, { rtol: 1e-12 }).item()).toBe(true)
  })

  it('a child that remembers nothing may run twice, a chain of them too', () => {
    const twice = nn.block({ mix: nn.serial(nn.dense(4), nn.tanh) }, (run, x: Tensor) => run.mix(run.mix(x)))
    const x = floats(random.key(1), 2)
    const { params, state } = nn.init(twice, [2, 4], random.key(0), { dtype: 'float64' })
    const [y] = nn.step(twice, params, state, nn.startCache(twice, params, 2, 2), x)
    expect(np.allclose(y, twice.apply(params, state, x, evaluate)[0]).item()).toBe(true)
  })

  it('reorders caches: the sequences go on as if they had always stood so', () => {
    const model = nn.serial(
      nn.embedding(7, 4),
      nn.learnedPositions(8),
      nn.sinusoidalEncoding(),
      nn.repeat(nn.repeat(nn.transformerEncoder(heads), 2), 2),
      nn.gru(3),
    )
    const { params, state } = nn.init(model, [4], random.key(0), { dtype: 'float64' })
    const [x, rows] = [ids(random.key(1), 4), np.array([1, 1], { dtype: 'int32' })]
    const [, cache] = nn.step(model, params, state, nn.startCache(model, params, 2, 4), x.slice({}, { stop: 3 }))
    const swapped = np.take(x, rows, { axis: 0 })
    const [y] = nn.step(model, params, state, nn.reorderCache(cache, rows), swapped.slice({}, { start: 3 }))
    const [whole] = model.apply(params, state, swapped, evaluate)
    expect(np.allclose(y, whole.slice({}, { start: 3 }), { rtol: 1e-9 }).item()).toBe(true)
  })

  it('says which layer cannot, and why', () => {
    const start = (layer: unknown): string => {
      try {
        nn.startCache(layer as Opaque, {}, 1, 4)
      } catch (error) {
        expect(error).toBeInstanceOf(ArgumentError)
        return (error as Error).message
      }
      return 'it started'
    }
    expect(start(nn.serial(nn.dense(2), nn.flatten()))).toMatch(/serial: flatten cannot run position by position/)
    expect(start(nn.rnn(nn.gruCell(3), { bidirectional: true }))).toMatch(/bidirectional gru.* from its end/)
    expect(start(nn.selfAttention({ heads: 2 }))).toMatch(/Take causal: true/)
    expect(start(nn.conv1d(3, { kernelSize: 3 }))).toMatch(/Take padding: 'CAUSAL'/)
    expect(start(nn.lambda((x: Tensor) => np.cumsum(x, { axis: 1 })))).toMatch(/positionwise: true/)
    expect(start(nn.lambda((x: Tensor) => x.add(np.arange(3).reshape([3, 1]))))).toMatch(/positionwise: true/)
    expect(start(nn.lambda((x: Tensor) => x.add(np.arange(x.shape[1] as number).reshape([-1, 1]))))).toMatch(
      /positionwise: true/,
    )
    expect(start(nn.lambda((x: Tensor) => x.div(x.shape[1] as number)))).toMatch(/positionwise: true/)
    expect(start(nn.rnn(nn.gruCell(3), { reverse: true }))).toMatch(/begins at the end/)
    expect(start(nn.conv1d(3, { kernelSize: 3, padding: 'CAUSAL', strides: 2 }))).toMatch(/stride of 2/)
    expect(start(nn.einsumDense('btd,tu->bud', [5, null]))).toMatch(/does not keep the axis of positions/)
    expect(start(nn.einsumDense('...td,tu->...ud', [5, null]))).toMatch(/Name all axes/)
    expect(start(nn.concat({ axis: 1 }))).toMatch(/axis 1 may be that of positions/)
    expect(() => nn.startCache(nn.shared(nn.gru(3)), nn.init(nn.gru(3), [4, 2], random.key(0)).params, 1, 4)).toThrow(
      /gru\(3\) remembers what it sees/,
    )
    const normal = nn.spectralNorm(nn.dense(2))
    const { params: kernels } = nn.init(normal, [4], random.key(0))
    expect(() => nn.startCache(normal, kernels, 1, 4, { memory: np.ones([1, 2, 4]) })).toThrow(
      /that the state says how to divide, and has no state.*\{ memory, state \}/,
    )
    expect(start(nn.globalAvgPool())).toMatch(/globalAvgPool cannot run position by position/)
    const forgetful = nn.block({ mix: nn.gru(4) }, (run, x: Tensor) => run.mix(run.mix(x)))
    const { params, state } = nn.init(forgetful, [3, 4], random.key(0))
    expect(() => nn.step(forgetful, params, state, nn.startCache(forgetful, params, 1, 3), np.ones([1, 1, 4]))).toThrow(
      /mix runs twice and remembers/,
    )
  })
})
