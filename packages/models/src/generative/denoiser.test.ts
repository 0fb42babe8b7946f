import { grad, jit, np, random, type Tensor } from '@puregrad/core'
import { init } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { denoiser } from './denoiser.js'
import { diffusion } from './diffusion.js'

const network = denoiser({ size: 8, width: 4, steps: 20, conditions: 3 })
const { params, state } = init(network, { x: [8, 8, 1], time: [], condition: [] }, random.key(0))
const x = random.normal(random.key(1), [2, 8, 8, 1])
const int = (...values: number[]): Tensor => np.array(values, { dtype: 'int32' })

describe('denoiser', () => {
  it('starts by saying 0, and learns from the first step on', () => {
    const says = (p: typeof params): Tensor =>
      network.apply(p, state, { x, time: int(3, 9), condition: int(0, 2) }, { mode: 'eval' })[0]
    expect(np.max(np.abs(says(params))).item()).toBe(0)
    const process = diffusion({ steps: 20 })
    const loss = (p: typeof params): Tensor =>
      process
        .loss(
          (noisy, time) => network.apply(p, state, { x: noisy, time, condition: int(1, 1) }, { mode: 'eval' })[0],
          x,
          random.key(2),
        )
        .mean()
    const slope = jit(grad(loss as never))(params as never) as { out: { kernel: Tensor } }
    expect(np.max(np.abs(slope.out.kernel)).item()).toBeGreaterThan(0)
  })

  it('depends on time and condition once its last layers are no longer 0', () => {
    const levels = params as Readonly<Record<string, { readonly conv2: { readonly kernel: Tensor } }>>
    const opened = (name: string) => {
      const own = levels[name]
      return [name, { ...own, conv2: { ...own?.conv2, kernel: own?.conv2.kernel.add(0.3) } }] as const
    }
    const out = { kernel: random.normal(random.key(3), [3, 3, 4, 1]), bias: np.zeros([1]) }
    const moved = { ...params, ...Object.fromEntries(['down1', 'up1'].map(opened)), out }
    const says = (time: Tensor, condition: Tensor): Tensor =>
      network.apply(moved, state, { x, time, condition }, { mode: 'eval' })[0]
    const plain = says(int(3, 9), int(0, 2))
    expect(np.max(np.abs(says(int(4, 9), int(0, 2)).sub(plain))).item()).toBeGreaterThan(1e-4)
    expect(np.max(np.abs(says(int(3, 9), int(1, 2)).sub(plain))).item()).toBeGreaterThan(1e-4)
    // Images of a batch have nothing to do with one another.
    expect(np.allclose(says(int(3, 4), int(0, 1)).at(0).get(), plain.at(0).get(), { atol: 1e-4 }).item()).toBe(true)
  })

  it('takes no condition unless told how many there are, and any width that is even', () => {
    const plain = denoiser({ size: 8, width: 6, steps: 5 })
    const own = init(plain, { x: [8, 8, 1], time: [] } as never, random.key(0))
    const [said] = plain.apply(own.params, own.state, { x, time: int(0, 4) }, { mode: 'eval' })
    expect(said.shape).toEqual([2, 8, 8, 1])
    expect(() => denoiser({ width: 5 })).toThrow('the width is 5')
    expect(() => denoiser({ size: 9 })).toThrow('images of 9 pixels a side')
  })
})
