/** Values that are not what they seem: of another realm (test runners, iframes, `vm`), detached, or without an end. */
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { DTypeError, grad, jit, np, type Tensor, TreeError, tree, vmap } from '../src/index.js'

const context = createContext({})
const foreign = <T>(code: string): T => runInContext(`(${code})`, context) as T

describe('of another realm', () => {
  it.each([
    ['Float32Array', 'float32'],
    ['Float64Array', 'float64'],
    ['Int32Array', 'int32'],
    ['Uint32Array', 'uint32'],
    ['Uint8Array', 'uint8'],
    ['Uint8ClampedArray', 'uint8'],
  ] as const)('a %s has its dtype', (name, dtype) => {
    const given = foreign<Float32Array>(`${name}.of(1, 2, 3)`)
    expect(given instanceof (globalThis[name] as typeof Float32Array)).toBe(false)
    const x = np.array(given)
    expect(x.dtype).toBe(dtype)
    expect(x.toArray()).toEqual([1, 2, 3])
    expect(np.array([given, given] as never, { dtype: 'float64' }).shape).toEqual([2, 3])
  })
  it('arrays are arrays', () => {
    expect(np.array(foreign('[[1, 2], [3, 4]]')).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(np.zeros(foreign('[2, 3]')).shape).toEqual([2, 3])
    expect(np.sum(np.ones([2, 3]), { axis: foreign('[0, 1]') }).item()).toBe(6)
    expect(np.ones([2, 3]).reshape(foreign<number[]>('[3, 2]')).shape).toEqual([3, 2])
    expect(np.arange(4).slice(foreign<number[]>('[0, 3]')).toArray()).toEqual([0, 3])
  })
  it('plain objects are records of trees and options', () => {
    const params = foreign<{ w: number; deep: { b: number[] } }>('{ w: 2, deep: { b: [3] } }')
    expect(tree.leaves(params)).toEqual([3, 2])
    expect(tree.map((x) => Number(x) + 1, params)).toEqual({ deep: { b: [4] }, w: 3 })
    const f = (p: typeof params): Tensor => np.array(p.w as never).mul(p.w)
    expect((grad(f as never)(params as never) as unknown as { w: Tensor }).w.item()).toBe(4)
    expect((jit((p: { w: Tensor }) => p.w.add(1))(foreign('{ w: 1 }')) as Tensor).item()).toBe(2)
    expect(vmap((p: { x: Tensor }) => p.x.sum())({ x: np.ones([2, 3]) }).toArray()).toEqual([3, 3])
    expect(np.sum(np.ones([2, 3]), foreign('{ axis: 0 }')).toArray()).toEqual([2, 2, 2])
  })
  it('anything else is still none', () => {
    for (const code of ['new Date(0)', 'new Map()', 'new (class A {})()', 'Object.create(Object.create(null))'])
      expect(() => tree.leaves(foreign(code)), code).toThrow(TreeError)
    expect(() => jit((() => foreign('Promise.resolve(1)')) as never)()).toThrow(/promise/)
    expect(() => np.array(foreign('new BigInt64Array(1)'))).toThrow(DTypeError)
  })
})

describe('a detached array', () => {
  it.each([Float32Array, Float64Array, Int32Array, Uint8Array])('of %o is refused with a reason', (Kind) => {
    const gone = new Kind(4)
    structuredClone(gone, { transfer: [gone.buffer] })
    expect(() => np.array(gone)).toThrow(/detached/)
    expect(() => np.array([gone, gone] as never)).toThrow(DTypeError)
    expect(np.array(new Kind(0)).shape).toEqual([0])
  })
})

describe('what has no end', () => {
  const deep = (levels: number, wrap: (x: unknown) => unknown): unknown => {
    let x: unknown = 1
    for (let i = 0; i < levels; i++) x = wrap(x)
    return x
  }
  const circularArray: unknown[] = [1]
  circularArray[0] = circularArray
  const circularRecord: Record<string, unknown> = { a: 1 }
  circularRecord.b = [{ c: circularRecord }]

  it('is no array', () => {
    expect(() => np.array(circularArray as never)).toThrow(/array\[0\] is array again/)
    expect(() => np.array([1, circularArray] as never)).toThrow(/differ in depth/)
    expect(() => np.array([[1], circularArray] as never)).toThrow(/differ in depth/)
    expect(() => np.array(deep(10_000, (x) => [x]) as never)).toThrow(/deeper than 64 levels/)
    expect(np.array(deep(64, (x) => [x]) as never).ndim).toBe(64)
    expect(np.array(deep(64, (x) => [x]) as never).toArray()).toEqual(deep(64, (x) => [x]))
    expect(() => np.block(circularArray as never)).toThrow(/hold themselves/)
    expect(() => np.reshape(np.ones([1]), new Array(65).fill(1))).toThrow(/at most 64 axes/)
  })
  it('is no tree, and the message says where it begins again', () => {
    expect(() => tree.leaves(circularArray)).toThrow(/tree\[0\] is tree again/)
    expect(() => tree.leaves(circularRecord)).toThrow(/tree\.b\[0\]\.c is tree again/)
    for (const wrap of [(x: unknown) => [x], (x: unknown) => ({ next: x })]) {
      expect(() => tree.leaves(deep(20_000, wrap))).toThrow(TreeError)
      expect(() => tree.map((x) => x, deep(20_000, wrap))).toThrow(/deeper than 500 levels/)
      expect(tree.leaves(deep(500, wrap))).toEqual([1])
      const copy = tree.map((x) => x, deep(500, wrap))
      expect(String(tree.structure(copy))).toBe(String(tree.structure(deep(500, wrap))))
    }
    for (const transform of [
      (x: unknown) => jit((y: never) => y)(x as never),
      (x: unknown) => vmap((y: never) => y)(x as never),
      (x: unknown) => grad((_: never) => np.array(1))(x as never),
      (x: unknown) => tree.ravel(x),
    ])
      for (const x of [circularArray, circularRecord, deep(10_000, (y) => [y])])
        expect(() => transform(x)).toThrow(TreeError)
  })
})
