/** What layers hold decides which knobs they have: no layer that nn exports is without those of its parts, and each knob turns. */
import { readFileSync } from 'node:fs'
import { np, random, Tensor, tree } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import type { Layer } from '../src/index.js'
import * as nn from '../src/index.js'
import { leavesOfPlan } from '../src/plan.js'
import { evaluate } from './check-layer.js'
import { expectNear } from './near.js'

interface Case {
  readonly make: (options: never) => unknown
  /** Of the input, without the batch axis. */
  readonly shape: unknown
  readonly integers?: boolean
  /** Knobs that it has no use for, and why. */
  readonly without?: Readonly<Record<string, string>>
}

type Some = Layer<unknown, unknown, unknown, unknown>

const kernel = { kernelSize: 2 }
const heads = { heads: 2 }
const cell = { useBias: 'of its cell', biasInit: 'of its cell', inputInit: 'of its cell', recurrentInit: 'of its cell' }

/** Every layer with parameters, from its options. */
const layers: Readonly<Record<string, Case>> = {
  dense: { make: (o) => nn.dense(3, o), shape: [4] },
  einsumDense: {
    make: (o: object) => nn.einsumDense('ab,bc->ac', [3], { biasAxes: 'c', ...o }),
    shape: [4],
    without: { useBias: 'biasAxes says whether and where' },
  },
  bilinear: { make: (o) => nn.bilinear(3, o), shape: [[4], [5]] },
  conv1d: { make: (o: object) => nn.conv1d(3, { ...kernel, ...o }), shape: [5, 4] },
  conv2d: { make: (o: object) => nn.conv2d(3, { ...kernel, ...o }), shape: [5, 4, 2] },
  conv3d: { make: (o: object) => nn.conv3d(3, { ...kernel, ...o }), shape: [3, 3, 3, 2] },
  depthwiseConv1d: { make: (o: object) => nn.depthwiseConv1d({ ...kernel, ...o }), shape: [5, 4] },
  depthwiseConv2d: { make: (o: object) => nn.depthwiseConv2d({ ...kernel, ...o }), shape: [5, 4, 2] },
  separableConv1d: { make: (o: object) => nn.separableConv1d(3, { ...kernel, ...o }), shape: [5, 4] },
  separableConv2d: { make: (o: object) => nn.separableConv2d(3, { ...kernel, ...o }), shape: [5, 4, 2] },
  convTranspose1d: { make: (o: object) => nn.convTranspose1d(3, { ...kernel, ...o }), shape: [5, 4] },
  convTranspose2d: { make: (o: object) => nn.convTranspose2d(3, { ...kernel, ...o }), shape: [5, 4, 2] },
  convTranspose3d: { make: (o: object) => nn.convTranspose3d(3, { ...kernel, ...o }), shape: [3, 3, 3, 2] },
  gatedCausalConv: { make: (o) => nn.gatedCausalConv(3, o), shape: { x: [5, 4], condition: [2] } },
  groupNorm: { make: (o: object) => nn.groupNorm({ groups: 2, ...o }), shape: [3, 4] },
  instanceNorm: { make: (o) => nn.instanceNorm(o), shape: [3, 4] },
  layerNorm: { make: (o) => nn.layerNorm(o), shape: [4] },
  rmsNorm: { make: (o) => nn.rmsNorm(o), shape: [4] },
  batchNorm: { make: (o) => nn.batchNorm(o), shape: [4] },
  conditionalBatchNorm: {
    make: (o) => nn.conditionalBatchNorm(o),
    shape: { x: [3, 4], condition: [2] },
    without: { useBias: 'the biases are its scale of 1 and its shift' },
  },
  film: { make: (o) => nn.film(o), shape: { x: [3, 4], condition: [2] } },
  embedding: { make: (o) => nn.embedding(5, 3, o), shape: [2], integers: true },
  tiedEmbedding: { make: (o) => nn.tiedEmbedding(5, 4, nn.lambda(nn.tanh), o), shape: [2], integers: true },
  learnedPositions: { make: (o) => nn.learnedPositions(6, o), shape: [5, 4] },
  simpleRnnCell: { make: (o) => nn.rnn(nn.simpleRnnCell(3, o)), shape: [3, 4] },
  lstmCell: { make: (o) => nn.rnn(nn.lstmCell(3, o)), shape: [3, 4] },
  gruCell: { make: (o) => nn.rnn(nn.gruCell(3, o)), shape: [3, 4] },
  simpleRnn: { make: (o) => nn.simpleRnn(3, o), shape: [3, 4] },
  lstm: { make: (o) => nn.lstm(3, o), shape: [3, 4] },
  gru: { make: (o: object) => nn.gru(3, { reset: 'before', ...o }), shape: [3, 4] },
  rnn: { make: (o) => nn.rnn(nn.gruCell(3), o), shape: [3, 4], without: cell },
  selfAttention: { make: (o: object) => nn.selfAttention({ ...heads, ...o }), shape: [3, 4] },
  multiHeadAttention: {
    make: (o: object) => nn.multiHeadAttention({ ...heads, ...o }),
    shape: { query: [3, 4], key: [2, 4] },
  },
  additiveAttention: { make: (o) => nn.additiveAttention(3, o), shape: { query: [3, 4], key: [2, 4] } },
  selfAttention2d: { make: (o) => nn.selfAttention2d(o), shape: [2, 2, 4] },
  transformerEncoder: { make: (o: object) => nn.transformerEncoder({ ...heads, ...o }), shape: [3, 4] },
  transformerDecoder: {
    make: (o: object) => nn.transformerDecoder({ ...heads, ...o }),
    shape: { x: [3, 4], memory: [2, 4] },
  },
}

/** What holds nothing: there is nothing to start, or to leave out. */
const empty: Readonly<Record<string, readonly [layer: unknown, shape: unknown]>> = {
  avgPool1d: [nn.avgPool1d(2), [4, 2]],
  avgPool2d: [nn.avgPool2d(2), [4, 4, 2]],
  avgPool3d: [nn.avgPool3d(2), [4, 4, 4, 2]],
  maxPool1d: [nn.maxPool1d(2), [4, 2]],
  maxPool2d: [nn.maxPool2d(2), [4, 4, 2]],
  maxPool3d: [nn.maxPool3d(2), [4, 4, 4, 2]],
  adaptiveAvgPool1d: [nn.adaptiveAvgPool1d(2), [4, 2]],
  adaptiveAvgPool2d: [nn.adaptiveAvgPool2d(2), [4, 4, 2]],
  adaptiveAvgPool3d: [nn.adaptiveAvgPool3d(2), [4, 4, 4, 2]],
  adaptiveMaxPool1d: [nn.adaptiveMaxPool1d(2), [4, 2]],
  adaptiveMaxPool2d: [nn.adaptiveMaxPool2d(2), [4, 4, 2]],
  adaptiveMaxPool3d: [nn.adaptiveMaxPool3d(2), [4, 4, 4, 2]],
  upSampling1d: [nn.upSampling1d(2), [4, 2]],
  upSampling2d: [nn.upSampling2d(2), [4, 4, 2]],
  upSampling3d: [nn.upSampling3d(2), [4, 4, 4, 2]],
  globalAvgPool: [nn.globalAvgPool(), [4, 4, 2]],
  globalMaxPool: [nn.globalMaxPool(), [4, 4, 2]],
  crop: [nn.crop([[1, 1]]), [4, 2]],
  pad: [nn.pad([[1, 1]]), [4, 2]],
  flatten: [nn.flatten(), [4, 2]],
  reshape: [nn.reshape([8]), [4, 2]],
  dropout: [nn.dropout(0.5), [4]],
  alphaDropout: [nn.alphaDropout(0.5), [4]],
  gaussianDropout: [nn.gaussianDropout(0.5), [4]],
  gaussianNoise: [nn.gaussianNoise(0.5), [4]],
  spatialDropout: [nn.spatialDropout(0.5), [4, 2]],
  stochasticDepth: [nn.stochasticDepth(0.5), [4]],
  sinusoidalEncoding: [nn.sinusoidalEncoding(), [3, 4]],
}

/** What the layers' files export beside layers. */
const functions = ['attend']

/** The knobs that a parameter of this name asks for, and the name of what starts it. */
const knobsOf: Readonly<Record<string, readonly [starts: string, ...others: string[]]>> = {
  kernel: ['kernelInit'],
  bias: ['biasInit', 'useBias'],
  recurrentBias: ['biasInit', 'useBias'],
  inputKernel: ['inputInit'],
  recurrentKernel: ['recurrentInit'],
  embedding: ['embeddingInit'],
  scale: ['scaleInit', 'affine', 'epsilon'],
  gate: ['gateInit'],
}

const planOf = (layer: unknown, shape: unknown) => {
  const planned = (layer as Some).plan(shape as never)
  if (planned._tag === 'Left') throw planned.left
  return planned.right
}

const lastOf = (path: readonly string[]): string => path.at(-1) as string

const knobsFor = ({ make, shape, without = {} }: Case): readonly string[] => {
  const { params, state } = planOf(make({} as never), shape)
  const asked = leavesOfPlan(params).flatMap(({ path }) => knobsOf[lastOf(path)] ?? [`a knob for ${path}`])
  const running = leavesOfPlan(state).some(({ path }) => lastOf(path) === 'mean') ? ['epsilon'] : []
  return [...new Set([...asked, ...running])].filter((knob) => !(knob in without))
}

const told = Symbol.for('@puregrad/core option names')
const knobsTold = (name: string): readonly string[] =>
  (nn as unknown as Readonly<Record<string, { readonly [told]?: readonly string[] }>>)[name]?.[told] ?? []

const samples = (shape: unknown, integers = false): unknown => {
  if (Array.isArray(shape) && shape.every((n) => typeof n === 'number'))
    return integers ? np.ones([2, ...shape], { dtype: 'int32' }) : random.normal(random.key(1), [2, ...shape])
  if (Array.isArray(shape)) return shape.map((each) => samples(each))
  return Object.fromEntries(Object.entries(shape as object).map(([name, each]) => [name, samples(each)]))
}

const byPath = (params: unknown, path = ''): readonly (readonly [string, Tensor])[] =>
  params instanceof Tensor
    ? [[path, params]]
    : Object.entries(params ?? {}).flatMap(([name, child]) => byPath(child, `${path}/${name}`))

/** The parameters by their paths, and the output, of a layer with these options. */
const started = ({ make, shape, integers }: Case, options: object) => {
  const layer = make(options as never) as Some
  const { params, state } = nn.init(layer, shape as never, random.key(0))
  const [y] = layer.apply(params, state, samples(shape, integers), evaluate)
  const outputs = tree.leaves(y) as unknown as readonly Tensor[]
  return { params: new Map(byPath(params)), outputs }
}

const quarter = nn.initializers.constant(0.25)
const same = (a: Tensor, b: Tensor): boolean => np.arrayEqual(a, b).item() as boolean

describe('knobs', () => {
  it('are asked of everything that files of layers export', () => {
    const index = readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8')
    const exported = [...index.matchAll(/export \{([^}]*)\} from '\.\/layers\//g)].flatMap(([, list = '']) =>
      list.split(',').map((name) => name.trim()),
    )
    const values = exported.filter((name) => name !== '' && !name.startsWith('type '))
    expect([...Object.keys(layers), ...Object.keys(empty), ...functions].sort()).toEqual([...values].sort())
  })

  it('stand in the table of the package', () => {
    const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    for (const [name, each] of Object.entries(layers)) {
      const row = rows.find((line) => line.includes(`\`${name}\``)) ?? ''
      for (const knob of knobsFor(each)) expect(row, name).toContain(`\`${knob}\``)
    }
    for (const name of Object.keys(empty)) expect(page).toContain(`\`${name}\``)
  })

  it.each(Object.entries(empty))('%s needs none', (_, [layer, shape]) => {
    expect(leavesOfPlan(planOf(layer, shape).params)).toEqual([])
  })

  const cases = Object.entries(layers)
  it.each(cases)('%s has those of its parts', (name, each) => {
    const needed = knobsFor(each)
    expect(knobsTold(name)).toEqual(expect.arrayContaining([...needed]))
    for (const knob of Object.keys(each.without ?? {})) expect(knobsTold(name)).not.toContain(knob)
  })

  it.each([
    ...cases.map(([name, { make, shape }]) => [name, make({} as never), shape] as const),
    ...Object.entries(empty).map(([name, [layer, shape]]) => [name, layer, shape] as const),
  ])('%s hands out plans of frozen leaves, and every time the same', (_, layer, shape) => {
    const first = planOf(layer, shape)
    const printed = JSON.stringify(first)
    for (const leaf of [...leavesOfPlan(first.params), ...leavesOfPlan(first.state)])
      expect([leaf, leaf.path, leaf.shape, leaf.about ?? leaf.path].map(Object.isFrozen)).toEqual(Array(4).fill(true))
    const scribble = (x: unknown): void => {
      if (typeof x !== 'object' || x === null) return
      for (const key of Object.keys(x)) {
        scribble((x as Record<string, unknown>)[key])
        Reflect.set(x, key, 7)
      }
    }
    const given = JSON.stringify(shape)
    scribble([first.params, first.state])
    expect(JSON.stringify(planOf(layer, shape))).toBe(printed)
    expect(JSON.stringify(shape)).toBe(given)
  })

  const turning = cases.flatMap(([name, each]) => knobsFor(each).map((knob) => [name, knob, each] as const))
  it.each(turning.filter(([, knob]) => knob.endsWith('Init')))('%s starts by %s', (_, knob, each) => {
    const [plain, other] = [started(each, {}), started(each, { [knob]: quarter })]
    const moved = [...other.params].filter(([path, leaf]) => !same(leaf, plain.params.get(path) as Tensor))
    expect(moved.length).toBeGreaterThan(0)
    for (const [path, leaf] of moved) {
      expect(knobsOf[lastOf(path.split('/'))]?.[0]).toBe(knob)
      expect(same(leaf, np.full(leaf.shape, 0.25))).toBe(true)
    }
  })

  it.each(turning.filter(([, knob]) => knob === 'useBias' || knob === 'affine'))(
    '%s does without by %s, and computes as it starts',
    (_, knob, each) => {
      const [plain, other] = [started(each, {}), started(each, { [knob]: false })]
      const stays = (path: string): boolean => knobsOf[lastOf(path.split('/'))]?.[1] !== knob
      if (knob === 'useBias') expect([...other.params.keys()]).toEqual([...plain.params.keys()].filter(stays))
      else expect([...other.params.keys()].filter((path) => path.endsWith('scale'))).toEqual([])
      expect(other.params.size).toBeLessThan(plain.params.size)
      for (const [path, leaf] of other.params) expect(same(leaf, plain.params.get(path) as Tensor)).toBe(true)
      for (const [i, y] of other.outputs.entries()) expectNear(y, plain.outputs[i] as Tensor, 1e-6)
    },
  )

  it.each(turning.filter(([, knob]) => knob === 'epsilon'))('%s adds its %s', (_, knob, each) => {
    const [plain, other] = [started(each, {}), started(each, { [knob]: 3 })]
    expect(other.outputs.some((y, i) => !np.allclose(y, plain.outputs[i] as Tensor).item())).toBe(true)
  })
})
