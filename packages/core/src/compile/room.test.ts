import { describe, expect, it } from 'vitest'
import { exportWasm, grad, jit, lax, np, OutOfMemoryError, scan, type Tensor } from '../index.js'

const x = np.array([1, 2, 3])
const spread = (a: Tensor, ...shape: number[]): Tensor => np.broadcastTo(a.sum(), shape)

describe('a program that does not fit into memory', () => {
  const programs: Readonly<Record<string, readonly [f: (a: Tensor) => unknown, named: RegExp]>> = {
    'an intermediate result': [
      (a) => np.sin(spread(a, 3e9)).sum(),
      /11445 MiB .* float32\[3000000000\], of broadcastInDim/,
    ],
    'one that only loops would see': [(a) => spread(a, 3e9).mul(2).add(1).sum(), /float32\[3000000000\]/],
    'one whose address would be no integer': [(a) => np.cumsum(spread(a, 1e13)).sum(), /float32\[10000000000000\]/],
    'a gradient': [(a) => grad((b: Tensor) => np.sin(spread(b, 3e9)).sum())(a), /float32\[3000000000\]/],
    'a result': [(a) => np.sort(spread(a, 12e8)), /4578 MiB .* float32\[1200000000\]/],
    'what a loop stacks': [
      (a) => scan((c: Tensor): readonly [Tensor, Tensor] => [c.add(1), c], a, null, { length: 1e9 })[1],
      /float32\[1000000000,3\], of scan/,
    ],
    'what a step makes': [
      (a) =>
        scan((c: Tensor): readonly [Tensor, null] => [c.add(np.sin(spread(c, 3e9)).sum()), null], a, null, {
          length: 2,
        })[0],
      /float32\[3000000000\]/,
    ],
    'a constant': [
      (a) =>
        np
          .cumsum(np.zeros([3e9]))
          .sum()
          .add(a),
      /float32\[3000000000\]/,
    ],
    'a scatter into zeros': [(a) => np.zeros([3e9]).at(0).set(a.sum()), /float32\[3000000000\], of dynamicUpdateSlice/],
    'a tensor that is padded': [
      (a) => lax.pad(a, np.array(0), [[0, 0, 2 ** 30]]).sum(),
      /float32\[2147483651\], of pad/,
    ],
    'many that would fit alone': [
      (a) => Array.from({ length: 4 }, (_, i) => np.sort(spread(a, 2e8 - i))).map((b) => np.cumsum(np.flip(b)).sum()),
      /MiB at once/,
    ],
  }
  it.each(Object.entries(programs))('says which tensor is too large: %s', (_, [f, named]) => {
    for (const run of [() => jit(f)(x), () => exportWasm(f, x)]) {
      expect(run).toThrow(OutOfMemoryError)
      expect(run).toThrow(named)
      expect(run).toThrow('Work in smaller batches')
    }
    expect(jit((a: Tensor) => np.sin(a).sum())(x).item()).toBe(np.sin(x).sum().item())
  })
  it('says so of arguments', () => {
    const sum = jit((a: Tensor) => np.sin(a).sum())
    expect(() => sum(np.broadcastTo(x.sum(), [3e9]))).toThrow(/float32\[3000000000\], of an argument/)
  })
  it('is none if views of more than memory are only read', () => {
    const f = jit((a: Tensor) => np.broadcastTo(a, [6e8, 3]).slice({ stop: 2 }).sum())
    expect(f(x).item()).toBe(12)
  })
})
