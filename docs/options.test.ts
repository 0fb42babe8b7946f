/** Every public function with options knows their names, those of its type, and refuses others. */
import * as core from '@puregrad/core'
import * as formats from '@puregrad/formats'
import * as models from '@puregrad/models'
import * as nn from '@puregrad/nn'
import * as optim from '@puregrad/optim'
import * as train from '@puregrad/train'
import { describe, expect, it } from 'vitest'
import { publicNames } from './harness/public-names.js'

const packages = { core, nn, optim, formats, models, train }
type Package = keyof typeof packages
const names = publicNames()

/** Where a function tells the names of its options. */
const told = Symbol.for('@puregrad/core option names')

const valueOf = (module: unknown, name: string): { readonly [told]?: readonly string[] } =>
  name.split('.').reduce((inside, part) => (inside as Record<string, unknown>)[part], module) as never

/** Options as plain JavaScript writes them. */
const bogus = { bogus: 1 } as never

const { data } = train
const [x, keys] = [core.np.ones([4, 4]), core.random.key(0)]
const sum = (v: core.Tensor): core.Tensor => v.sum()
const first = (c: core.Tensor): [core.Tensor, null] => [c, null]

/** Functions of several forms, and those that answer later, check options themselves: each is called with one that is none. */
const called: Readonly<Record<Package, Readonly<Record<string, () => unknown>>>> = {
  core: {
    grad: () => core.grad(sum, bogus),
    valueAndGrad: () => core.valueAndGrad(sum, bogus),
    checkpoint: () => core.checkpoint(sum, bogus),
    vmap: () => core.vmap(sum, bogus),
    jit: () => core.jit(sum, bogus),
    scan: () => core.scan(first, x, null, bogus),
    'np.linalg.qr': () => core.np.linalg.qr(x, bogus),
    'np.linalg.svd': () => core.np.linalg.svd(x, bogus),
    'np.indices': () => core.np.indices([2], bogus),
    'np.arange': () => core.np.arange(0, 3, 1, bogus),
    'np.unique': () => core.np.unique(x, bogus),
    'lax.linalg.svd': () => core.lax.linalg.svd(x, bogus),
    'lax.sort': () => core.lax.sort(x, bogus),
    'lax.scan': () => core.lax.scan(first, x, null, bogus),
  },
  nn: { concat: () => nn.concat(bogus) },
  optim: {},
  formats: {},
  models: {},
  train: {
    'data.bucketByLength': () => data.bucketByLength(bogus),
    'data.prefetch': () => data.prefetch(data.fromItems([1]), async (n) => n, bogus).next(),
    fit: () => train.fit(nn.dense(1), nn.init(nn.dense(1), [4], keys), bogus),
    train: () => train.train(() => [null, {}], null, null, bogus),
    learningRateFinder: () => train.learningRateFinder(nn.dense(1), nn.init(nn.dense(1), [4], keys), bogus),
  },
}

/** A place in a source is data: it comes from `next`, or from a file. */
const places = ['data.iterate']

describe.each(Object.keys(packages) as readonly Package[])('%s', (entry) => {
  const functions = names[entry].filter(({ name, options }) => options !== undefined && !places.includes(name))
  const itself = functions.filter(({ name }) => !(name in called[entry]))

  it.each(itself)('$name knows its options', ({ name, options }) => {
    expect([...(valueOf(packages[entry], name)[told] ?? [])].sort()).toEqual([...(options ?? [])].sort())
  })

  it('refuses what is no option where functions check them themselves', async () => {
    for (const [name, call] of Object.entries(called[entry])) {
      expect(functions.map((f) => f.name)).toContain(name)
      const error = await (async () => call())().catch((thrown: unknown) => thrown)
      expect(error, name).toBeInstanceOf(core.ArgumentError)
      expect((error as Error).message, name).toContain("there is no option 'bogus'")
    }
  })
})
