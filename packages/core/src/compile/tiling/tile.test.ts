import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exportWasm, grad, jit, lax, makeProgram, np, random, scan, type Tensor, vmap } from '../../index.js'
import { arrange } from '../arrange.js'
import { type TiledParams, tiled } from './tile.js'

type Function = (...args: Tensor[]) => Tensor | readonly Tensor[]

const normal = (shape: readonly number[], seed: number): Tensor => random.normal(random.key(seed), shape)
const list = (x: Tensor | readonly Tensor[]): readonly Tensor[] => (Array.isArray(x) ? x : [x as Tensor])
const bytes = (x: Tensor): Buffer => {
  const { buffer, byteOffset, byteLength } = x.data()
  return Buffer.from(buffer, byteOffset, byteLength)
}

const sameBits = (f: Function, ...args: Tensor[]): void => {
  const eager = list(f(...args))
  const compiled = list(jit(f as (...a: Tensor[]) => Tensor | Tensor[])(...args))
  eager.forEach((x, i) => {
    expect(bytes(compiled[i] as Tensor).equals(bytes(x))).toBe(true)
  })
}

/** Names of what runs, in order; the members of tiles in a list of their own. */
const names = (f: Function, ...args: Tensor[]): readonly (string | readonly string[])[] =>
  arrange(makeProgram(f as (...a: Tensor[]) => unknown)(...args))
    .equations.filter((e) => e.primitive.view === undefined)
    .map((e) =>
      e.primitive === tiled
        ? (e.params as TiledParams).members.filter((m) => m.primitive.view === undefined).map((m) => m.primitive.name)
        : e.primitive.name,
    )
const isTiled = (f: Function, ...args: Tensor[]): boolean => names(f, ...args).some((n) => typeof n !== 'string')

const layerNorm = (x: Tensor, scale: Tensor, bias: Tensor): Tensor => {
  const centred = x.sub(np.mean(x, { axis: -1, keepdims: true }))
  const variance = np.mean(np.square(centred), { axis: -1, keepdims: true })
  return centred
    .mul(lax.rsqrt(variance.add(1e-5)))
    .mul(scale)
    .add(bias)
}
const attention = (q: Tensor, k: Tensor, v: Tensor): Tensor => {
  const scores = np.einsum('bqd,bkd->bqk', q, k).mul(0.25)
  const [row, column] = [1, 2].map((axis) => lax.broadcastedIota('int32', scores.shape, axis)) as [Tensor, Tensor]
  return np.einsum('bqk,bkd->bqd', lax.softmax(np.where(row.ge(column), scores, -1e9)), v)
}
const crossEntropy = (logits: Tensor, labels: Tensor): Tensor => {
  const chosen = np.expandDims(labels, -1).eq(np.arange(logits.shape[1] as number, { dtype: 'int32' }))
  return np.mean(lax.logsumexp(logits, -1).sub(np.sum(np.where(chosen, logits, 0), { axis: -1 })))
}
const convolution = (x: Tensor, w: Tensor, b: Tensor): Tensor => {
  const y = np.maximum(
    lax.convGeneralDilated(x, w, [1, 1], 'SAME', { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] }).add(b),
    0,
  )
  return lax.reduceWindow(y, Number.NEGATIVE_INFINITY, lax.max, [1, 2, 2, 1], [1, 2, 2, 1], 'VALID')
}

describe('tile', () => {
  const [x, scale, bias] = [normal([1003, 200], 1), normal([200], 2), normal([200], 3)] as const
  it('takes layer normalisation, whose rows stay in the cache for all of it', () => {
    expect(names(layerNorm, x, scale, bias)).toEqual([
      ['reduceSum', 'div', 'fused', 'reduceSum', 'div', 'fused', 'fused'],
    ])
    sameBits(layerNorm, x, scale, bias)
    // One long row a tile.
    sameBits(layerNorm, normal([64, 32_768], 1), normal([32_768], 2), normal([32_768], 3))
    const g = grad((...args: Tensor[]) => np.sum(np.square(layerNorm(...(args as [Tensor, Tensor, Tensor])))), {
      argnums: [0, 1, 2],
    })
    expect(isTiled(g, x, scale, bias)).toBe(true)
    sameBits(g, x, scale, bias)
  })
  it('takes attention, product after softmax after product', () => {
    const qkv = [1, 2, 3].map((seed) => normal([19, 64, 16], seed)) as [Tensor, Tensor, Tensor]
    expect(names(attention, ...qkv)).toEqual([['dotGeneral', 'fused', 'softmax', 'dotGeneral']])
    sameBits(attention, ...qkv)
    sameBits(
      grad((q: Tensor, k: Tensor, v: Tensor) => np.sum(np.square(attention(q, k, v))), { argnums: [0, 1, 2] }),
      ...qkv,
    )
  })
  it('takes cross-entropy, and never writes the labels out as rows', () => {
    const [logits, labels] = [normal([701, 300], 1), np.arange(701).astype('int32').mod(300)]
    expect(names(crossEntropy, logits, labels)[0]).toEqual(['logsumexp', 'fused', 'reduceSum', 'sub'])
    sameBits(crossEntropy, logits, labels)
    sameBits(grad(crossEntropy), logits, labels)
  })
  it('takes bias, activation and residual with the convolution or the product before them', () => {
    const images = [normal([13, 20, 20, 8], 1), normal([3, 3, 8, 16], 2), normal([16], 3)] as const
    expect(names(convolution as Function, ...images)[0]).toEqual(['convGeneralDilated', 'fused', 'reduceWindowMax'])
    sameBits(convolution as Function, ...images)
    const dense = (a: Tensor, w: Tensor, b: Tensor): Tensor => np.maximum(a.matmul(w).add(b), 0).add(a)
    const given = [normal([4001, 48], 1), normal([48, 48], 2), normal([48], 3)] as const
    expect(names(dense as Function, ...given)).toEqual([['dotGeneral', 'fused']])
    sameBits(dense as Function, ...given)
    sameBits((a, w, b) => dense(a as Tensor, (w as Tensor).T, b as Tensor), ...given)
  })
  it('takes nothing from other rows: a permutation of one long row stays whole', () => {
    const shuffled = (a: Tensor): Tensor =>
      np.exp(lax.takeRows(np.tanh(a), np.flip(np.arange(a.size).astype('int32')))).mul(a)
    sameBits(shuffled as Function, normal([200_000], 1))
  })
  it('leaves alone what is small, what has many weights, and what needs all rows', () => {
    expect(isTiled(layerNorm, normal([20, 200], 1), scale, bias)).toBe(false)
    expect(
      isTiled((a, w) => np.tanh((a as Tensor).matmul(w as Tensor)), normal([600, 900], 1), normal([900, 900], 2)),
    ).toBe(false)
    const overRows = (a: Tensor): Tensor => lax.softmax(a.mul(2), 0).mul(3)
    expect(names(overRows as Function, x)).toEqual(['mul', 'softmax', 'mul'])
    sameBits(overRows as Function, x)
    const gram = (a: Tensor): Tensor => np.tanh(a.matmul(a.T))
    sameBits(gram as Function, normal([400, 20], 1))
  })
  it('works on rows that are views, in loops, under vmap, and in binaries of their own', async () => {
    sameBits(
      (a, s, b) => layerNorm((a as Tensor).T.reshape(500, 400), s as Tensor, b as Tensor),
      normal([400, 500], 1),
      normal([400], 2),
      normal([400], 3),
    )
    sameBits(
      (a, s, b) =>
        scan(
          (c: Tensor): readonly [Tensor, null] => [layerNorm(c, s as Tensor, b as Tensor), null],
          a as Tensor,
          null,
          {
            length: 3,
          },
        )[0],
      x,
      scale,
      bias,
    )
    sameBits(vmap(layerNorm, { inAxes: [0, null, null] }) as Function, normal([3, 300, 200], 1), scale, bias)
    const { wasm, description } = exportWasm(layerNorm, x, scale, bias)
    const { memory, run } = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as {
      readonly memory: WebAssembly.Memory
      readonly run: () => void
    }
    const at = ({ pointer, bytes: n }: { readonly pointer: number; readonly bytes: number }): Uint8Array =>
      new Uint8Array(memory.buffer, pointer, n)
    ;[x, scale, bias].forEach((t, i) => {
      at(description.inputs[i] as (typeof description.inputs)[number]).set(bytes(t))
    })
    run()
    const [result] = description.outputs
    const found = new Float32Array(at(result as NonNullable<typeof result>).slice().buffer)
    // Its kernels have no fused multiply-add.
    const expected = layerNorm(x, scale, bias).data() as Float32Array
    expect(found.every((v, i) => Math.abs(v - (expected[i] as number)) < 1e-4)).toBe(true)
  })
  it('gives the bits of the whole for random programs of rows', () => {
    const rows = 611
    const width = 240
    const steps: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
      (a, b) => a.add(b).mul(0.5),
      (a, b) => np.maximum(a, b.neg()),
      (a) => lax.softmax(a),
      (a, b) => a.sub(np.mean(b, { axis: -1, keepdims: true })),
      (a, b) => a.mul(np.expandDims(lax.logsumexp(b, -1), -1)).div(8),
      (a) => np.tanh(a),
      (a, b) => a.add(lax.cumsum(b, { axis: 1 }).mul(0.01)),
      (a, b) => np.where(lax.broadcastedIota('int32', a.shape, 1).mod(3).eq(0), a, b),
      (a) =>
        a
          .reshape(rows, 12, 20)
          .matmul(normal([20, 20], 5).mul(0.2))
          .reshape(rows, width),
      (a) =>
        a
          .reshape(rows * 2, width / 2)
          .add(normal([width / 2], 6))
          .reshape(rows, width),
      (a) => np.transpose(a.reshape(rows, 12, 20), [0, 2, 1]).reshape(rows, width),
      (a, b) => a.add(np.expandDims(np.argmax(b, { axis: 1 }).astype('float32').mul(0.01), -1)),
      (a) => a.astype('float64').mul(1.5).astype('float32'),
      (a) => a.sub(np.mean(a, { axis: 0 })),
      (a) => np.sort(a, { axis: -1 }),
      (a, b) =>
        np.einsum('ri,rj->rij', lax.slice(a, [0, 0], [rows, 4]), lax.slice(b, [0, 0], [rows, 60])).reshape(rows, width),
    ]
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(20), fc.nat(20)), { minLength: 2, maxLength: 8 }),
        fc.nat(1000),
        (chosen, seed) => {
          const f = (a: Tensor, b: Tensor): Tensor => {
            const values = [a, b]
            for (const [s, i, j] of chosen) {
              const step = steps[s] as (a: Tensor, b: Tensor) => Tensor
              values.push(
                step(
                  values[values.length - 1 - (i % 3 === 0 ? i % values.length : 0)] as Tensor,
                  values[j % values.length] as Tensor,
                ),
              )
            }
            return values[values.length - 1] as Tensor
          }
          const [a, b] = [normal([rows, width], seed), normal([rows, width], seed + 1)]
          sameBits(f as Function, a, b)
          sameBits(grad((p: Tensor, q: Tensor) => np.sum(np.square(f(p, q))), { argnums: [0, 1] }) as Function, a, b)
        },
      ),
      { numRuns: 40 },
    )
  })
})
