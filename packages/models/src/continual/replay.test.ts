import { grad, jit, np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { replay } from './replay.js'

interface Params {
  readonly w: Tensor
}
const loss = ({ w }: Params, x: Tensor, y: Tensor): Tensor => np.mean(np.square(x.mul(w).sub(y)))
const params = { w: np.array(0.5) }
const now = [np.array([1, 2]), np.array([0, 1])] as const
const then = [np.array([3, 4]), np.array([5, 6])] as const

describe('replay', () => {
  it('of equally many is the loss of one batch of both', () => {
    const both = loss(params, np.concatenate([now[0], then[0]]), np.concatenate([now[1], then[1]]))
    expect(jit(replay(loss))(params, now, then).item()).toBeCloseTo(both.item(), 6)
  })
  it('weighs between the new batch alone and the memory alone', () => {
    const slope = (weight: number): number => grad(replay(loss, { weight }))(params, now, then).w.item()
    expect(slope(0)).toBe(grad(loss)(params, ...now).w.item())
    expect(slope(1)).toBeCloseTo(grad(loss)(params, ...then).w.item(), 5)
    expect(slope(0.25)).toBeCloseTo(0.75 * slope(0) + 0.25 * slope(1), 5)
  })
  it('keeps what the loss of the new batch returns beside its value', () => {
    const pair = (p: Params, x: Tensor, y: Tensor): readonly [Tensor, { seen: Tensor }] => [loss(p, x, y), { seen: x }]
    const [value, { seen }] = replay(pair)(params, now, then)
    expect(value.item()).toBe(replay(loss)(params, now, then).item())
    expect(seen).toBe(now[0])
  })
  it('says what is wrong with its weight', () => {
    expect(() => replay(loss, { weight: 1.5 })).toThrow('weight is 1.5')
  })
})
