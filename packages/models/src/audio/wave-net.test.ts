import { grad, jit, np, random, type Tensor, tree } from '@puregrad/core'
import { type Cache, init, losses, parameterCount } from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { receptiveField, type WaveNetInput, type WaveNetOptions, waveNet } from './wave-net.js'

const small = { classes: 12, dilations: [1, 2, 4, 1, 2], residual: 6, gates: 5, skip: 7 } as const
const codes = (seed: number, batch: number, time: number): Tensor =>
  random.randint(random.key(seed), [batch, time], 0, 12)

/** A model, its variables of float64 and an input of a kind. */
const made = (options: WaveNetOptions, shape: { label?: []; frames?: [number, number] }, time: number) => {
  const model = waveNet(options)
  const { params, state } = init(model, { x: [time], ...shape }, random.key(1), { dtype: 'float64' })
  const input: WaveNetInput = {
    x: codes(2, 2, time),
    ...(shape.label === undefined ? {} : { label: np.array([1, 3], { dtype: 'int32' }) }),
    ...(shape.frames === undefined
      ? {}
      : { frames: random.normal(random.key(3), [2, time, shape.frames[1]], { dtype: 'float64' }) }),
  }
  const whole = (x: WaveNetInput): Tensor => model.apply(params, state, x, { mode: 'eval' })[0]
  return { model, params, state, input, whole }
}

const kinds = [
  ['alone', small, {}],
  ['with a label', { ...small, labels: 4 }, { label: [] as [] }],
  ['with frames', small, { frames: [9, 3] as [number, number] }],
  ['with both', { ...small, labels: 4, kernelSize: 3 }, { label: [] as [], frames: [9, 3] as [number, number] }],
] as const

describe('waveNet', () => {
  it.each(kinds)('%s gives, in steps of any length, what it gives for the whole', (_, options, shape) => {
    const { model, params, state, input, whole } = made(options, shape, 9)
    const expected = whole(input)
    expect(expected.shape).toEqual([2, 9, 12])
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 8 })), (cuts) => {
        const at = [0, ...[...cuts].sort((a, b) => a - b), 9]
        let cache: Cache = model.startCache(params, 2, 9)
        const outs = at.slice(1).map((stop, i) => {
          const part = { start: at[i] as number, stop }
          const next = {
            ...input,
            x: input.x.slice({}, part),
            ...(input.frames === undefined ? {} : { frames: input.frames.slice({}, part) }),
          }
          const [y, behind] = model.step(params, state, cache, next)
          cache = behind
          return y
        })
        expect(np.allclose(np.concatenate(outs, { axis: 1 }), expected, { atol: 1e-10 }).item()).toBe(true)
      }),
      { numRuns: 5 },
    )
  })

  it('hears nothing later, and nothing before its receptive field', () => {
    const { params, state, model } = made(small, {}, 20)
    const field = receptiveField(small)
    expect(field).toBe(11)
    const x = codes(4, 1, 20)
    const logits = (y: Tensor): Tensor => model.apply(params, state, { x: y }, { mode: 'eval' })[0]
    const changed = logits(x.at(0, 6).set(x.slice(0, 6).add(1).mod(12)))
    const differs = np.any(np.abs(changed.sub(logits(x))).gt(1e-12), { axis: [0, 2] }).toArray() as boolean[]
    expect(differs.map((d, t) => (d ? t : -1)).filter((t) => t >= 0)).toEqual(
      Array.from({ length: field }, (_, i) => 6 + i),
    )
  })

  it('begins with vectors of neighbours next to each other', () => {
    const { embedding } = init(waveNet({ classes: 256, residual: 32 }), { x: [4] }, random.key(5)).params.embedding
    const gaps = (by: number): number =>
      np.mean(np.square(embedding.slice({ start: by }).sub(embedding.slice({ stop: 256 - by })))).item() as number
    expect(gaps(1)).toBeLessThan(gaps(4))
    expect(gaps(4)).toBeLessThan(gaps(60))
  })

  it('learns a sound by heart, and has a derivative for every parameter', () => {
    const model = waveNet({ ...small, labels: 4 })
    const { params, state } = init(model, { x: [16], label: [] }, random.key(6))
    const x = codes(7, 2, 16)
    const loss = (p: typeof params): Tensor => {
      const [logits] = model.apply(p, state, { x, label: np.array([0, 2], { dtype: 'int32' }) }, { mode: 'eval' })
      const next = losses.softmaxCrossEntropyWithIntegerLabels(
        logits.slice({}, { stop: 15 }),
        x.slice({}, { start: 1 }),
      )
      return np.mean(next)
    }
    const step = jit((p: typeof params) =>
      tree.map((w, g) => (w as Tensor).sub((g as Tensor).mul(0.5)), p, grad(loss)(p)),
    )
    const slopes = tree.leaves(grad(loss)(params)) as unknown as readonly Tensor[]
    // What the last block passes on goes nowhere.
    const silent = slopes.filter((g) => (np.max(np.abs(g)).item() as number) === 0)
    expect(silent.length).toBe(2)
    let all = params
    for (let i = 0; i < 60; i++) all = step(all) as typeof params
    expect(loss(all).item() as number).toBeLessThan((loss(params).item() as number) / 2)
  })

  it('is of the size that its options say', () => {
    const count = 12 * 6 + 5 * (2 * 6 * 10 + 10 + 5 * 6 + 6 + 5 * 7 + 7) + 7 * 7 + 7 + 7 * 12 + 12
    expect(parameterCount(waveNet(small), { x: [4] })).toMatchObject({ right: count })
  })

  it('refuses labels that are missing or too many, and sizes that are none', () => {
    const { whole, input } = made({ ...small, labels: 4 }, { label: [] }, 9)
    expect(() => whole({ x: input.x })).toThrow(/there is no label, and it was made for 4/)
    expect(() => made(small, {}, 9).whole(input)).toThrow(/there is a label, and it was made for none/)
    expect(() => waveNet({ classes: 0 })).toThrow(/classes is 0/)
    expect(() => waveNet({ dilations: [] })).toThrow(/dilations are \[\]/)
    expect(() => receptiveField({ dilations: [0] })).toThrow(/dilations are \[0\]/)
  })
})
