import { describe, expect, it } from 'vitest'
import { grad, jit, lax, np, random, scan, type Tensor } from '../index.js'
import { enter, reserveArena, unpin } from './residency.js'

const normal = (shape: readonly number[], seed: number): Tensor => random.normal(random.key(seed), shape)
const bits = (x: Tensor): Buffer => {
  const { buffer, byteOffset, byteLength } = x.data()
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** Operands and results of at least 128 kB: they stay in kernel memory, behind the arena. */
const work: Readonly<Record<string, () => Tensor>> = {
  loops: () =>
    normal([300, 200], 1)
      .mul(2)
      .add(normal([200], 2)),
  products: () => normal([301, 203], 1).matmul(normal([203, 307], 2)),
  'functions and reductions': () =>
    lax.softmax(np.exp(normal([300, 200], 1))).sub(np.mean(normal([300, 200], 2), { axis: 0 })),
  convolutions: () =>
    lax.convGeneralDilated(normal([4, 40, 40, 16], 1), normal([3, 3, 16, 24], 2), [1, 1], 'SAME', {
      dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'],
    }),
  'sorting and moving': () =>
    np
      .concatenate([np.sort(normal([60_000], 1)), np.flip(normal([60_000], 2))])
      .reshape(300, 400)
      .T.reshape(-1),
  'gathers and scatters': () =>
    np
      .take(normal([500, 100], 1), np.arange(400), { axis: 0 })
      .at({ start: 3, stop: 9 })
      .add(1),
  programs: () =>
    jit(grad((w: Tensor) => np.sum(np.tanh(normal([64, 300], 1).matmul(w)).mul(lax.softmax(w.slice({ stop: 64 }))))))(
      normal([300, 300], 2),
    ),
  'loops of programs': () =>
    jit(
      (x: Tensor) =>
        scan((c: Tensor): readonly [Tensor, null] => [np.sin(c.matmul(c)), null], x, null, { length: 3 })[0],
    )(normal([200, 200], 1)),
}

describe('above 2 GiB', () => {
  it('everything is as below', () => {
    const below = Object.values(work).map((f) => bits(f()))
    // Addresses that nobody touches take no memory.
    reserveArena(2.2 * 2 ** 30)
    const { pointer } = enter('float32', new Float32Array(50_000))
    unpin()
    expect(pointer).toBeGreaterThan(2 ** 31)
    Object.entries(work).forEach(([name, f], i) => {
      expect(bits(f()).equals(below[i] as Buffer), name).toBe(true)
    })
  })
})
