import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { type ReduceOnPlateauOptions, reduceOnPlateau } from './reduce-on-plateau.js'

const scales = (options: ReduceOnPlateauOptions, losses: readonly number[]): number[] => {
  const t = reduceOnPlateau(options)
  const grads = { w: np.array([1], { dtype: 'float64' }) }
  let state = t.init(grads)
  return losses.map((value) => {
    const [updates, next] = t.update(grads, state, grads, { value })
    state = next
    expect(updates.w.slice(0).item()).toBe(next.scale.item())
    return next.scale.item()
  })
}

describe('reduceOnPlateau', () => {
  it('multiplies by its factor each time when the loss was no better for long enough', () => {
    expect(scales({ factor: 0.5, patience: 2 }, [5, 4, 4, 4, 4, 3, 3, 3, 3])).toEqual([
      1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25,
    ])
  })

  it('asks for improvements by rtol and atol', () => {
    expect(scales({ factor: 0.5, patience: 1, rtol: 0.1 }, [10, 9.5, 8])).toEqual([1, 0.5, 0.5])
    expect(scales({ factor: 0.5, patience: 1, rtol: 0, atol: 3 }, [10, 8, 6])).toEqual([1, 0.5, 0.5])
  })

  it('takes less for better below 0, too', () => {
    expect(scales({ factor: 0.5, patience: 2 }, [-1, -1, -1, -1, -1])).toEqual([1, 1, 0.5, 0.5, 0.25])
    expect(scales({ factor: 0.5, patience: 1, rtol: 0.1 }, [-10, -10.5, -12, -11, -14])).toEqual([
      1, 0.5, 0.5, 0.25, 0.25,
    ])
    expect(scales({ factor: 0.5, patience: 1, rtol: 0.1 }, [1, -1, 0])).toEqual([1, 1, 0.5])
  })

  it('tells plateaus of a loss and of the same loss less a constant alike, by atol', () => {
    const losses = [5, 4, 4, 3.5, 3.6, 3, 3, 3]
    const options = { factor: 0.5, patience: 2, rtol: 0, atol: 0.25 }
    for (const less of [4, 100])
      expect(
        scales(
          options,
          losses.map((x) => x - less),
        ),
      ).toEqual(scales(options, losses))
  })

  it('waits after a reduction for as long as it cools down', () => {
    expect(scales({ factor: 0.5, patience: 1, cooldown: 2 }, [1, 1, 1, 1, 1])).toEqual([1, 0.5, 0.5, 0.5, 0.25])
  })

  it('compares means of several losses, and does not go below its minimum', () => {
    expect(scales({ factor: 0.5, patience: 1, accumulationSize: 2 }, [1, 3, 1, 3, 0, 0])).toEqual([
      1, 1, 1, 0.5, 0.5, 0.5,
    ])
    expect(scales({ factor: 0.5, patience: 1, minScale: 0.4 }, [1, 1, 1, 1])).toEqual([1, 0.5, 0.4, 0.4])
  })

  it('refuses options that tell no plateau, and an update without value', () => {
    expect(() => reduceOnPlateau({ factor: 1 })).toThrow(/factor 1 does not reduce/)
    expect(() => reduceOnPlateau({ rtol: 0 })).toThrow(/rtol 0 and atol 0/)
    expect(() => reduceOnPlateau({ rtol: 2 })).toThrow(/rtol is at most 1/)
    const t = reduceOnPlateau()
    const w = np.ones([1])
    expect(() => t.update(w, t.init(w), w)).toThrow(/reduceOnPlateau: value is missing.*\{ value \}/)
  })
})
