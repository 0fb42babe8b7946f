import { describe, expect, it } from 'vitest'
import { foriLoop, linearTranspose, np, scan, type Tensor } from '../index.js'

describe('linearTranspose', () => {
  const one = np.array(1)
  it('takes loops whose counter or another carry does not depend on the primals', () => {
    const factorial = (x: Tensor): Tensor => foriLoop(0, 4, (i, c: Tensor) => c.mul(i.astype('float32').add(1)), x)
    expect(linearTranspose(factorial, one)(np.array(2))[0].item()).toBe(48)
    const growing = (x: Tensor): Tensor =>
      scan(([k, c]: readonly [Tensor, Tensor]) => [[k.add(1), c.mul(k)] as const, null], [one, x] as const, null, {
        length: 3,
      })[0][1]
    expect(linearTranspose(growing, one)(np.array(1))[0].item()).toBe(6)
  })
  it('is zero for what the result does not depend on', () =>
    expect(linearTranspose((_: Tensor) => np.array(3), one)(np.array(2))[0].item()).toBe(0))
  it('names the product that is not linear', () =>
    expect(() => linearTranspose((x: Tensor) => x.mul(x), one)(one)).toThrow('product of two linear inputs'))
})
