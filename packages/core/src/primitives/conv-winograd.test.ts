import { describe, expect, it } from 'vitest'
import { exportWasm, grad, jit, lax, makeProgram, np, random, type Tensor, vjp, vmap } from '../index.js'
import type { Shape } from '../shape.js'
import type { Precision } from './conv.js'
import { filteringOf } from './conv-winograd.js'

const normal = (shape: Shape, seed: number): Tensor => random.normal(random.key(seed), shape)
const nhwc = { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] } as const
type Pads = 'SAME' | 'VALID' | readonly (readonly [number, number])[]

const conv =
  (padding: Pads = 'SAME', precision: Precision = null) =>
  (x: Tensor, w: Tensor): Tensor =>
    lax.convGeneralDilated(x, w, [1, 1], padding, { ...nhwc, precision })

/** The result and both gradients. */
const all = (f: (x: Tensor, w: Tensor) => Tensor, x: Tensor, w: Tensor, ct: Tensor): readonly Tensor[] => {
  const [y, pullback] = vjp(f, x, w)
  return [y, ...pullback(ct.astype(y.dtype))]
}

/** The largest difference as a share of the largest number. */
const error = (got: Tensor, exact: Tensor): number =>
  np.max(np.abs(got.astype('float64').sub(exact))).item() / np.max(np.abs(exact)).item()

const bits = (x: Tensor): Uint8Array => new Uint8Array(Float32Array.from(x.data() as Float32Array).buffer)

const cases: readonly [title: string, x: Shape, w: Shape, padding: Pads][] = [
  ['16 channels', [3, 24, 20, 16], [3, 3, 16, 16], 'SAME'],
  ['no padding, sizes that tiles do not divide', [4, 17, 15, 24], [3, 3, 24, 20], 'VALID'],
  ['channels and features that vectors do not divide', [5, 13, 14, 21], [3, 3, 21, 27], 'SAME'],
  [
    'padding that crops and exceeds the kernel',
    [2, 22, 16, 32],
    [3, 3, 32, 16],
    [
      [-2, 3],
      [4, -1],
    ],
  ],
  ['a small image of many channels', [16, 8, 8, 96], [3, 3, 96, 64], 'SAME'],
]

describe('convolutions by minimal filtering', () => {
  const plain = {
    strides: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    lhsDilation: [1, 1],
    rhsDilation: [1, 1],
    featureGroupCount: 1,
    batchGroupCount: 1,
    precision: 'default',
  } as const
  const chosen = (x: Shape, w: Shape, given: Partial<Parameters<typeof filteringOf>[4]> = {}): string | null => {
    const y = [x[0] as number, x[1] as number, x[2] as number, w[3] as number]
    return filteringOf('float32', x, w, y, { ...plain, ...given })?.kind ?? null
  }
  it('are those that gain by it', () => {
    expect(chosen([8, 64, 64, 16], [3, 3, 16, 16])).toBe('forward')
    expect(chosen([1, 56, 56, 64], [3, 3, 64, 64])).toBe('forward')
    expect(chosen([8, 64, 64, 8], [3, 3, 8, 16])).toBe(null)
    // One small image does not repay the transform of many weights.
    expect(chosen([1, 7, 7, 512], [3, 3, 512, 512])).toBe(null)
    expect(chosen([16, 7, 7, 512], [3, 3, 512, 512])).toBe('forward')
    expect(chosen([8, 64, 64, 16], [3, 3, 16, 16], { precision: 'highest' })).toBe(null)
    expect(chosen([8, 64, 64, 16], [3, 3, 16, 16], { strides: [1, 2] })).toBe(null)
    expect(chosen([8, 64, 64, 16], [3, 3, 16, 16], { rhsDilation: [2, 2] })).toBe(null)
    expect(chosen([8, 64, 64, 16], [3, 3, 16, 16], { lhsDilation: [2, 1] })).toBe(null)
    expect(chosen([8, 64, 64, 32], [3, 3, 16, 16], { featureGroupCount: 2 })).toBe(null)
    expect(filteringOf('float64', [8, 9, 9, 16], [3, 3, 16, 16], [8, 9, 9, 16], plain)).toBe(null)
    expect(filteringOf('float32', [16, 64, 64, 8], [64, 64, 8, 16], [16, 3, 3, 16], plain)?.kind).toBe('gradient')
  })
  for (const [title, xs, ws, padding] of cases) {
    const [x, w] = [normal(xs, 1), normal(ws, 2)]
    const f = conv(padding)
    const ct = normal(f(x, w).shape, 3)
    it(`${title}: results and gradients are close to float64's, those of the definition closer`, () => {
      const exact = all(f, x.astype('float64'), w.astype('float64'), ct)
      const [fast, slow] = [all(f, x, w, ct), all(conv(padding, 'highest'), x, w, ct)]
      exact.forEach((y, i) => {
        expect(error(fast[i] as Tensor, y)).toBeLessThan(4e-6)
        expect(error(slow[i] as Tensor, y)).toBeLessThan(1.5e-6)
      })
      expect(Array.from(bits(fast[0] as Tensor))).not.toEqual(Array.from(bits(slow[0] as Tensor)))
    })
    it(`${title}: compiled has the bits of eager`, () => {
      const g = (a: Tensor, b: Tensor, c: Tensor): readonly Tensor[] => all(f, a, b, c)
      const [eager, compiled] = [g(x, w, ct), jit(g)(x, w, ct)]
      eager.forEach((y, i) => {
        expect(Buffer.compare(bits(y), bits(compiled[i] as Tensor))).toBe(0)
      })
    })
  }
  it('orders of axes other than NHWC', () => {
    const [x, w] = [normal([4, 24, 12, 12], 1), normal([32, 24, 3, 3], 2)]
    const f = (a: Tensor, b: Tensor): Tensor => lax.conv(a, b, [1, 1], 'SAME')
    const ct = normal([4, 32, 12, 12], 3)
    const exact = all(f, x.astype('float64'), w.astype('float64'), ct)
    all(f, x, w, ct).forEach((y, i) => {
      expect(error(y, exact[i] as Tensor)).toBeLessThan(4e-6)
    })
  })
  it('batches of operands and of kernels', () => {
    const [x, w] = [normal([3, 2, 16, 16, 16], 1), normal([3, 3, 16, 16], 2)]
    const f = conv()
    const both = vmap(f, { inAxes: [0, null] })(x, w)
    for (let i = 0; i < 3; i++) expect(error(both.slice(i), f(x.slice(i), w).astype('float64'))).toBeLessThan(4e-6)
    const kernels = normal([3, 3, 3, 16, 16], 4)
    const each = vmap(f, { inAxes: [null, 0] })(x.slice(0), kernels)
    for (let i = 0; i < 3; i++)
      expect(error(each.slice(i), f(x.slice(0), kernels.slice(i)).astype('float64'))).toBeLessThan(4e-6)
  })
  it('their precision holds for their gradients', () => {
    const [x, w] = [normal([2, 16, 16, 16], 1), normal([3, 3, 16, 16], 2)]
    const loss = (a: Tensor, b: Tensor): Tensor => np.sum(np.square(conv('SAME', 'highest')(a, b)))
    const { equations } = makeProgram(grad(loss, { argnums: [0, 1] }))(x, w)
    const precisions = equations.flatMap(({ primitive, params }) =>
      primitive.name === 'convGeneralDilated' ? [params.precision] : [],
    )
    expect(precisions).toEqual(['highest', 'highest', 'highest'])
  })
  it('run in binaries of their own', () => {
    const [x, w] = [normal([2, 16, 16, 16], 1), normal([3, 3, 16, 16], 2)]
    const f = (a: Tensor, b: Tensor): readonly Tensor[] => all(conv(), a, b, a)
    const { wasm, description } = exportWasm(f, x, w)
    const { memory, run } = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as {
      readonly memory: WebAssembly.Memory
      readonly run: () => void
    }
    ;[x, w].forEach((t, i) => {
      const { pointer, bytes } = description.inputs[i] as (typeof description.inputs)[number]
      new Uint8Array(memory.buffer, pointer, bytes).set(bits(t))
    })
    run()
    const exact = all(conv(), x.astype('float64'), w.astype('float64'), x)
    description.outputs.forEach(({ pointer, bytes, shape }, i) => {
      const found = np.array(new Float32Array(memory.buffer, pointer, bytes / 4).slice()).reshape([...shape])
      expect(error(found, exact[i] as Tensor)).toBeLessThan(4e-6)
    })
  })
  it('say which precisions there are', () => {
    const [x, w] = [normal([1, 4, 4, 1], 1), normal([3, 3, 1, 1], 2)]
    expect(() => conv('SAME', 'low' as never)(x, w)).toThrow(
      "convGeneralDilated: precision 'low' is none of 'default', 'high' and 'highest'.",
    )
  })
})
