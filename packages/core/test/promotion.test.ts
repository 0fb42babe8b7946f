/** Which dtype an operation gives: JAX's lattice, with 64-bit integers folded onto 32-bit ones. */
import { type DType, jit, np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const order = ['bool', 'uint8', 'uint32', 'int32', 'float32', 'float64'] as const
/** Rows and columns in this order; the whole table, so that a change shows. */
const table: Readonly<Record<DType, readonly DType[]>> = {
  bool: ['bool', 'uint8', 'uint32', 'int32', 'float32', 'float64'],
  uint8: ['uint8', 'uint8', 'uint32', 'int32', 'float32', 'float64'],
  uint32: ['uint32', 'uint32', 'uint32', 'int32', 'float32', 'float64'],
  int32: ['int32', 'int32', 'int32', 'int32', 'float32', 'float64'],
  float32: ['float32', 'float32', 'float32', 'float32', 'float32', 'float64'],
  float64: ['float64', 'float64', 'float64', 'float64', 'float64', 'float64'],
}
const pairs = order.flatMap((a) => order.map((b, i) => [a, b, table[a][i] as DType] as const))
const of = (dtype: DType): Tensor => np.ones([2], { dtype })

describe('two tensors', () => {
  it.each(pairs)('%s and %s give %s', (a, b, expected) => {
    expect(np.promoteTypes(a, b)).toBe(expected)
    expect(np.maximum(of(a), of(b)).dtype).toBe(expected)
    expect(np.where(true, of(a), of(b)).dtype).toBe(expected)
    expect(jit((x: Tensor, y: Tensor) => np.maximum(x, y))(of(a), of(b)).dtype).toBe(expected)
    if (a !== 'bool' || b !== 'bool') expect(of(a).add(of(b)).dtype).toBe(expected)
    expect(of(a).lt(of(b)).dtype).toBe('bool')
  })
  it('divide to floats', () => {
    for (const a of order)
      for (const b of order)
        expect(of(a).div(of(b)).dtype).toBe(a === 'float64' || b === 'float64' ? 'float64' : 'float32')
  })
})

describe('a JavaScript number', () => {
  it('takes the width of the tensor beside it', () => {
    expect(of('float64').mul(2).dtype).toBe('float64')
    expect(of('float32').add(0.5).dtype).toBe('float32')
    expect(np.multiply(0.5, of('float64')).dtype).toBe('float64')
  })
  it('makes integers floats if it has a fraction', () => {
    expect(of('int32').mul(0.5).dtype).toBe('float32')
    expect(of('uint8').add(0.5).dtype).toBe('float32')
  })
  it('keeps its weakness through operations with its like, and under jit', () => {
    const weak = jit((s: Tensor | number, x: Tensor) => x.mul(np.add(s, 1)))
    expect(weak(1, of('float64')).dtype).toBe('float64')
    expect(weak(np.array(1), of('float32')).dtype).toBe('float32')
    expect(np.add(1, 2).mul(of('float64')).dtype).toBe('float64')
  })
  it('of bool gives way to every dtype', () => {
    for (const a of order) expect(np.where(of('bool'), of(a), of(a)).dtype).toBe(a)
    for (const a of order) if (a !== 'bool') expect(of(a).add(true).dtype).toBe(a)
  })
})

describe('reductions', () => {
  it('keep floats, count bools as integers, and average to floats', () => {
    for (const dtype of ['float32', 'float64', 'int32'] as const) expect(of(dtype).sum().dtype).toBe(dtype)
    expect(of('bool').sum().dtype).toBe('int32')
    expect(of('int32').mean().dtype).toBe('float32')
    expect(of('float64').mean().dtype).toBe('float64')
    expect(of('bool').max().dtype).toBe('bool')
  })
})

it('float64 is real float64', () => {
  expect(np.array(0.1, { dtype: 'float64' }).add(0.2).item()).toBe(0.1 + 0.2)
  expect(np.array(0.1).astype('float64').item()).toBe(Math.fround(0.1))
})
