/** Networks against torchvision: the same weights, the same logits and gradients; the whole ones, the same names and totals. */
import { grad, jit, np, type Tensor } from '@puregrad/core'
import { type Layer, parameterCount, describe as partsOf } from '@puregrad/nn'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import * as models from '../src/index.js'
import { golden } from './golden.js'
import { noise, stateDict } from './noise.js'

interface Golden {
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly maker: string
        readonly options: object
        readonly size: number
        readonly shapes: Readonly<Record<string, readonly number[]>>
        readonly logits: never
        readonly slope: never
      }
    >
  >
  readonly totals: Readonly<
    Record<string, { readonly parameters: number; readonly names: number; readonly last: string }>
  >
}

type Make = (options?: object) => Layer<unknown, unknown>
const { networks, totals } = golden<Golden>('networks')
const make = (name: string): Make => (models as unknown as Readonly<Record<string, Make>>)[name] as Make

const near = (found: Tensor, expected: Tensor): number =>
  // Behind a last relu all may be 0, and have to be here, too.
  np.max(np.abs(found.sub(expected))).item() / (np.max(np.abs(expected)).item() || 1)

describe.each(Object.entries(networks))('%s', (_, { maker, options, size, shapes, logits, slope }) => {
  const model = make(maker)(options)
  const [weights, count] = stateDict(shapes)
  const images = noise(count, [2, 3, size, size]).transpose([0, 2, 3, 1])
  const read = models.fromTorchvision(model, [size, size, 3], weights)

  it("has torchvision's logits and gradients", () => {
    if (isLeft(read)) throw new Error(JSON.stringify(read.left).slice(0, 500))
    const { params, state } = read.right
    const run = (x: Tensor): Tensor => model.apply(params, state, x, { mode: 'eval' })[0]
    expect(near(jit(run)(images), np.array(logits))).toBeLessThan(1e-4)
    const gradient = jit(grad((x: Tensor) => np.sum(run(x).slice({}, 0))))(images)
    const line = np.take(np.take(gradient, 0, { axis: 0 }), size / 2, { axis: 0 })
    expect(near(line.T, np.array(slope))).toBeLessThan(1e-3)
  })

  it('goes back to the same state dict, and says what is missing', () => {
    if (isLeft(read)) throw new Error('not read')
    const back = models.toTorchvision(read.right)
    if (isLeft(back)) throw new Error(JSON.stringify(back.left))
    expect([...back.right.keys()].sort()).toEqual([...weights.keys()].sort())
    for (const [name, x] of back.right) expect(np.arrayEqual(x, weights.get(name) as Tensor).item()).toBe(true)
    const [first] = weights.keys()
    const less = new Map([...weights].slice(1))
    const failed = models.fromTorchvision(model, [size, size, 3], less)
    expect(isLeft(failed) && failed.left.missing.length).toBe(1)
    expect(first).toBeTypeOf('string')
  })
})

describe('the whole networks', () => {
  it.each(Object.entries(totals))('%s has as many parameters as in torchvision', (name, { parameters }) =>
    expect(parameterCount(make(name)(), [224, 224, 3])).toMatchObject({ right: parameters }),
  )

  it('are described part by part', () => {
    const found = partsOf(models.resnet50(), [224, 224, 3])
    expect(isRight(found) && found.right.at(-1)).toMatchObject({ path: ['fc'], out: [1000] })
  })
})
