import { np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { orthogonalizeViaNewtonSchulz, scaleByMuon, scaleByShape } from './muon.js'

const x64 = (shape: readonly number[], seed: number): Tensor => random.normal(random.key(seed), shape).astype('float64')

/** a σ + b σ³ + c σ⁵, five times, from σ / ‖σ‖ on: what becomes of singular values. */
const singularValues = (sigma: readonly number[]): number[] => {
  const norm = Math.hypot(...sigma) + 1e-8
  return sigma.map((s) => {
    let y = s / norm
    for (let i = 0; i < 5; i++) y = 3.4445 * y - 4.775 * y ** 3 + 2.0315 * y ** 5
    return y
  })
}

describe('orthogonalizeViaNewtonSchulz', () => {
  it.each([
    [3, 5],
    [5, 3],
    [4, 4],
  ])('changes only singular values, each by the polynomial: [%i, %i]', (rows, columns) => {
    const x = x64([rows, columns], 7)
    const [u, s, vh] = np.linalg.svd(x, { fullMatrices: false }) as readonly [Tensor, Tensor, Tensor]
    const made = np.array(singularValues(Array.from(s.data())), { dtype: 'float64' })
    const expected = np.matmul(u.mul(made), vh).data()
    orthogonalizeViaNewtonSchulz(x)
      .data()
      .forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] as number, 8)
      })
  })

  it('takes coefficients of each step, the last if there are more', () => {
    const x = x64([3, 3], 3)
    const [first, second] = [[1, 0, 0] as const, [2, -1.5, 0.5] as const]
    const last = orthogonalizeViaNewtonSchulz(x, { nsCoeffs: [first, second], nsSteps: 1 })
    expect(last.data()).toEqual(orthogonalizeViaNewtonSchulz(x, { nsCoeffs: second, nsSteps: 1 }).data())
  })

  it('takes other axes for a batch', () => {
    const x = x64([2, 3, 2, 4], 5)
    const dimensionNumbers = { reductionAxis: [0, 2], outputAxis: -1 }
    const y = orthogonalizeViaNewtonSchulz(x, { dimensionNumbers })
    expect(y.shape).toEqual(x.shape)
    const part = (t: Tensor, i: number): Tensor => np.reshape(np.take(t, i, { axis: 1 }), [4, 4])
    const alone = orthogonalizeViaNewtonSchulz(part(x, 2)).data()
    part(y, 2)
      .data()
      .forEach((value, i) => {
        expect(value).toBeCloseTo(alone[i] as number, 12)
      })
  })

  it('refuses what is no matrix', () => {
    expect(() => orthogonalizeViaNewtonSchulz(np.ones([3]))).toThrow(/shape \[3\] is no matrix/)
    const dimensionNumbers = { reductionAxis: 0, outputAxis: -2 }
    expect(() => orthogonalizeViaNewtonSchulz(np.ones([3, 2]), { dimensionNumbers })).toThrow(/Name different axes/)
  })
})

describe('scaleByMuon', () => {
  it('orthogonalises the momentum, one step ahead unless told otherwise', () => {
    const gradients = [x64([2, 3], 1), x64([2, 3], 2), x64([2, 3], 3)]
    for (const nesterov of [true, false]) {
      const t = scaleByMuon({ beta: 0.9, nesterov })
      let state = t.init(gradients[0])
      let m = np.zerosLike(gradients[0] as Tensor)
      gradients.forEach((g, i) => {
        const [update, next] = t.update(g, state)
        state = next
        m = m.mul(0.9).add(g.mul(1 - 0.9))
        const [now, then] = [1 - 0.9 ** (i + 1), 1 - 0.9 ** (i + 2)]
        const ahead = m.mul(0.9 / then).add(g.mul((1 - 0.9) / now))
        const expected = orthogonalizeViaNewtonSchulz(nesterov ? ahead : m.div(now)).data()
        update.data().forEach((value, k) => {
          expect(value).toBeCloseTo(expected[k] as number, 10)
        })
      })
    }
  })

  it('adaptive is scaled by the product with the momentum', () => {
    const g = x64([3, 3], 9)
    const plain = scaleByMuon()
    const [u] = plain.update(g, plain.init(g))
    const t = scaleByMuon({ adaptive: true })
    const [scaled] = t.update(g, t.init(g))
    // The momentum after one step, looking ahead: (b (1 − b) / (1 − b²) + 1) g.
    const factor = np.sum(g.mul(u)).item() * ((0.95 * (1 - 0.95)) / (1 - 0.95 ** 2) + 1)
    scaled.data().forEach((value, k) => {
      expect(value).toBeCloseTo((u.data()[k] as number) * factor, 8)
    })
  })
})

describe('scaleByShape', () => {
  it('is √max(1, out / in), or consistentRms · √max(in, out)', () => {
    expect(
      scaleByShape()
        .update(np.ones([4, 1]), null)[0]
        .toArray(),
    ).toEqual([[1], [1], [1], [1]])
    expect(
      scaleByShape()
        .update(np.ones([1, 9]), null)[0]
        .data()[0],
    ).toBe(3)
    expect(
      scaleByShape({ consistentRms: 0.5 })
        .update(np.ones([16, 1]), null)[0]
        .data()[0],
    ).toBe(2)
  })
})
