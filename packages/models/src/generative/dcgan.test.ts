import { jit, np, random, type Tensor } from '@puregrad/core'
import { blank, init, type Layer, losses, type Variables } from '@puregrad/nn'
import { sgd } from '@puregrad/optim'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { noise, sizeOf, stateDict } from '../../test/noise.js'
import { adversarial } from './adversarial.js'
import { type DcganParams, type DcganState, dcganDiscriminator, dcganGenerator } from './dcgan.js'

type Shapes = Readonly<Record<string, readonly number[]>>

interface Case {
  readonly channels: number
  readonly generator: Shapes
  readonly discriminator: Shapes
  readonly line: Numbers
  readonly logits: Numbers
  readonly lost: number
  readonly fooled: number
  readonly stepped: { readonly generator: readonly number[]; readonly discriminator: readonly number[] }
}
const { dcgans } = golden<{ readonly dcgans: Readonly<Record<string, Case>> }>('generative')

/** The weights of PyTorch's `nn.Sequential` in a network of the same layers, one convolution and norm after the other. */
const read = (
  layer: Layer<DcganParams, DcganState>,
  shape: readonly number[],
  tensors: ReadonlyMap<string, Tensor>,
): Variables<DcganParams, DcganState> => {
  const { params, state } = blank(layer, shape)
  // PyTorch has [out, in, …] and, of transposed ones, [in, out, …]; here the last two axes are the other way round in both.
  const kernels = [...tensors].filter(([, x]) => x.ndim === 4).map(([, x]) => x.transpose([2, 3, 1, 0]))
  const of = (end: string): readonly Tensor[] =>
    [...tensors].filter(([name, x]) => name.endsWith(end) && x.ndim === 1).map(([, x]) => x)
  const fromOurs = (names: readonly string[], start: string): readonly string[] =>
    names.filter((name) => name.startsWith(start))
  const convolutions = fromOurs(Object.keys(params), 'conv').map((name, i) => [name, { kernel: kernels[i] }])
  const norms = fromOurs(Object.keys(params), 'norm')
  return {
    params: {
      ...params,
      ...Object.fromEntries(convolutions),
      ...Object.fromEntries(norms.map((name, i) => [name, { scale: of('weight')[i], bias: of('bias')[i] }])),
    } as DcganParams,
    state: {
      ...state,
      ...Object.fromEntries(norms.map((name, i) => [name, { mean: of('running_mean')[i], var: of('running_var')[i] }])),
    },
  }
}

describe.each(Object.entries(dcgans))('dcgan of %s pixels', (name, expected) => {
  const size = Number(name)
  const { channels } = expected
  const generator = dcganGenerator({ size, channels, width: 2 })
  const discriminator = dcganDiscriminator({ size, channels, width: 2 })
  const [weights, count] = stateDict(expected.generator)
  const shapes = Object.values(expected.discriminator)
  const all = count + shapes.reduce((sum, shape) => sum + sizeOf(shape), 0)
  const makes = read(generator, [5], weights)
  const tells = read(discriminator, [size, size, channels], shifted(expected.discriminator, count))
  const z = noise(all, [4, 5])
  const real = noise(all + 20, [4, channels, size, size]).transpose([0, 2, 3, 1])

  it("makes PyTorch's images, and judges images as it does", () => {
    const [images] = generator.apply(makes.params, makes.state, z, { mode: 'eval' })
    expectNear(images.slice(0, size / 2), expected.line)
    expectNear(discriminator.apply(tells.params, tells.state, real, { mode: 'eval' })[0], expected.logits)
  })

  it("makes PyTorch's step", () => {
    const optimizer = sgd(0.1)
    const game = adversarial(generator, discriminator, {
      loss: losses.nonSaturatingGan,
      optimizers: { generator: optimizer, discriminator: optimizer },
      sample: () => z,
    })
    const start = game.init([5], [size, size, channels], random.key(0))
    const [next, seen] = jit(game.step)(
      { ...start, generator: { ...start.generator, ...makes }, discriminator: { ...start.discriminator, ...tells } },
      random.key(1),
      real,
    )
    expect(seen.discriminator.item()).toBeCloseTo(expected.lost, 5)
    expect(seen.generator.item()).toBeCloseTo(expected.fooled, 5)
    const squares = (params: DcganParams): number[] =>
      Object.entries(params)
        .filter(([, value]) => value !== null)
        .flatMap(([, value]) => Object.entries(value as Readonly<Record<string, Tensor>>))
        .map(([, x]) => np.sum(np.square(x.astype('float64'))).item() as number)
    for (const player of ['generator', 'discriminator'] as const)
      expect(squares(next[player].params).sort()).toEqual(
        [...expected.stepped[player]].sort().map((x) => expect.closeTo(x, 4)),
      )
  })
})

/** A state dict whose numbers begin further on. */
function shifted(shapes: Shapes, from: number): ReadonlyMap<string, Tensor> {
  let at = from
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const fresh = noise(at, shape)
      at += sizeOf(shape)
      const isVector = shape.length === 1
      const isPositive = name.endsWith('running_var') || (isVector && name.endsWith('weight'))
      const scale = isVector ? 0.1 : 2 / Math.sqrt(sizeOf(shape.slice(1)))
      return [name, isPositive ? fresh.mul(0.2).add(1) : fresh.mul(scale)]
    }),
  )
}

describe('dcgan', () => {
  it.each([8, 14, 20, 24, 28, 32, 48, 64])('makes and judges images of %s pixels', (size) => {
    const [generator, discriminator] = [
      dcganGenerator({ size, channels: 2, width: 1 }),
      dcganDiscriminator({ size, channels: 2, width: 1 }),
    ]
    expect(generator.plan([3])).toMatchObject({ right: { out: [size, size, 2] } })
    expect(discriminator.plan([size, size, 2])).toMatchObject({ right: { out: [] } })
  })
  it('starts as the paper says: kernels of deviation 0.02, scales around 1', () => {
    const { params } = init(dcganGenerator({ size: 32, channels: 3, width: 32 }), [100], random.key(0))
    expect(np.std(params.conv2?.kernel as Tensor).item()).toBeCloseTo(0.02, 3)
    expect(np.mean(params.norm1?.scale as Tensor).item()).toBeCloseTo(1, 2)
  })
  it('of norm spectral has a critic that no kernel stretches, of norm none one without norms', () => {
    const spectral = dcganDiscriminator({ size: 28, channels: 1, width: 4, norm: 'spectral' })
    expect(Object.keys(init(spectral, [28, 28, 1], random.key(0)).state.conv1 as object)).toEqual(['layer', 'vector'])
    const none = dcganDiscriminator({ size: 28, channels: 1, width: 4, norm: 'none' })
    expect(init(none, [28, 28, 1], random.key(0)).params.norm2).toBeUndefined()
  })
  it('says which sizes there are', () => {
    expect(() => dcganGenerator({ size: 30 })).toThrow('dcganGenerator: images of 30 pixels a side')
    expect(() => dcganGenerator({ size: 30 })).toThrow('resize them to 28.')
    expect(() => dcganDiscriminator({ norm: 'layer' as 'batch' })).toThrow("norm is 'layer'")
    expect(() => dcganGenerator({ width: 0 })).toThrow('width is 0')
  })
})
