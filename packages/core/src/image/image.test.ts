import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, image, jit, makeProgram, np, pipe, type Tensor, vmap } from '../index.js'
import { checkGrads } from '../testing/index.js'
import type { ResizeMethod } from './kernels.js'

type Numbers = number[][][]
interface Case {
  readonly method: ResizeMethod
  readonly antialias: boolean
  readonly out: Numbers
}
interface Golden {
  readonly x: Numbers
  readonly resized: readonly (Case & { readonly size: [number, number] })[]
  readonly pytorch: readonly (Case & { readonly size: [number, number] })[]
  readonly pillow: readonly {
    readonly method: ResizeMethod
    readonly size: [number, number]
    readonly out: number[][]
  }[]
  readonly moved: readonly (Case & { readonly scale: number[]; readonly translation: number[] })[]
}
const golden = JSON.parse(readFileSync(new URL('../../test/fixtures/resize.json', import.meta.url), 'utf8')) as Golden
const x = np.array(golden.x, { dtype: 'float64' })
const methods = ['nearest', 'linear', 'cubic', 'lanczos3', 'lanczos5'] as const

const expectNear = (found: Tensor, expected: Tensor, atol: number): void => {
  expect(found.shape).toEqual(expected.shape)
  expect(np.max(np.abs(found.sub(expected))).item()).toBeLessThanOrEqual(atol)
}
const float64 = (numbers: number[][] | Numbers): Tensor => np.array(numbers as Numbers, { dtype: 'float64' })

describe('resize', () => {
  it.each(golden.resized)("is JAX's definition: $method to $size, antialias $antialias", (one) => {
    const found = image.resize(x, [...one.size, 2], one.method, { antialias: one.antialias })
    expectNear(found, float64(one.out), 1e-7)
    const single = image.resize(x.astype('float32'), [...one.size, 2], one.method, { antialias: one.antialias })
    expect(single.dtype).toBe('float32')
    expectNear(single.astype('float64'), float64(one.out), 1e-6)
  })

  it.each(golden.pytorch)("is PyTorch's interpolation: $method to $size, antialias $antialias", (one) =>
    expectNear(image.resize(x, [...one.size, 2], one.method, { antialias: one.antialias }), float64(one.out), 1e-7),
  )

  it.each(golden.pillow)("is Pillow's: $method to $size", (one) =>
    expectNear(image.resize(x.slice({}, {}, 0), one.size, one.method), float64(one.out), 2e-6),
  )

  it('holds constants, and the size that it has', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...methods),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        (method, [a, b, c, d], antialias) => {
          const shape = [a, b] as [number, number]
          const larger = image.resize(np.full(shape, 0.75), [c as number, d as number], method, { antialias })
          expect(np.allclose(larger, 0.75).item()).toBe(true)
          const same = np
            .arange((a as number) * (b as number))
            .reshape(shape)
            .astype('float32')
          expect(image.resize(same, shape, method, { antialias }).toArray()).toEqual(same.toArray())
        },
      ),
      { numRuns: 40 },
    )
  })

  it('is linear and mirrors with the image, axis by axis', () => {
    for (const method of ['linear', 'cubic', 'lanczos3', 'lanczos5'] as const) {
      const to = (y: Tensor): Tensor => image.resize(y, [4, 9, 2], method)
      expectNear(to(np.flip(x, { axis: 1 })), np.flip(to(x), { axis: 1 }), 1e-13)
      expectNear(to(x.mul(2).add(1)), to(x).mul(2).add(1), 1e-13)
      const apart = image.resize(image.resize(x, [7, 9, 2], method), [4, 9, 2], method)
      expectNear(to(x), apart, 1e-13)
    }
  })

  it('gives the same jitted, in a batch and in a pipe, with weights that programs hold as numbers', () => {
    for (const method of methods) {
      const to = (y: Tensor): Tensor => image.resize(y, [3, 8, 2], method)
      expectNear(jit(to)(x), to(x), 1e-13)
      expectNear(vmap(to)(np.stack([x, x.mul(3)])), np.stack([to(x), to(x.mul(3))]), 1e-13)
      expect(pipe(x, image.resize([3, 8, 2], method)).toArray()).toEqual(to(x).toArray())
    }
    expect(String(makeProgram((y: Tensor) => image.resize(y, [3, 8, 2], 'lanczos3'))(x))).not.toMatch(/ (sin|iota) /)
  })

  it('has derivatives', () => {
    for (const method of methods) checkGrads((y: Tensor) => image.resize(y, [3, 8, 2], method), [x])
  })

  it('keeps the dtype of copies, and makes floats of bytes', () => {
    const bytes = np.array([0, 255], { dtype: 'uint8' })
    expect(image.resize(bytes, [4], 'nearest').dtype).toBe('uint8')
    expect(image.resize(bytes, [4], 'nearest').toArray()).toEqual([0, 0, 255, 255])
    expect(image.resize(bytes, [1], 'linear').toArray()).toEqual([127.5])
    expect(image.resize(bytes, [0], 'linear').shape).toEqual([0])
    for (const method of ['bilinear', 'trilinear', 'triangle'] as const)
      expect(image.resize(x, [3, 8, 2], method).toArray()).toEqual(image.resize(x, [3, 8, 2], 'linear').toArray())
    for (const method of ['bicubic', 'tricubic'] as const)
      expect(image.resize(x, [3, 8, 2], method).toArray()).toEqual(image.resize(x, [3, 8, 2], 'cubic').toArray())
  })

  it('says what is wrong', () => {
    expect(() => image.resize(x, [3, 8], 'linear')).toThrow(
      /image\.resize: \[3,8\] has to have a size for each of the 3 axes/,
    )
    expect(() => image.resize(x, [3, 8, 2], 'bucibic' as never)).toThrow(/'bucibic', and has to be one of nearest/)
    expect(() => image.resize(np.zeros([0, 2]), [3, 2], 'linear')).toThrow(/axis 0 .* is empty/)
    expect(() => image.resize(x, [3, 8, 2], 'linear', { antialas: true } as never)).toThrow(/Did you mean 'antialias'/)
  })
})

describe('scaleAndTranslate', () => {
  const tensor = (numbers: readonly number[]): Tensor => np.array([...numbers], { dtype: 'float64' })

  it.each(golden.moved)("is JAX's definition: $method by $scale and $translation, antialias $antialias", (one) => {
    const f = (s: Tensor, t: Tensor): Tensor =>
      image.scaleAndTranslate(x, [6, 8, 2], [0, 1], s, t, one.method, { antialias: one.antialias })
    const found = f(tensor(one.scale), tensor(one.translation))
    expectNear(found, float64(one.out), 1e-7)
    expectNear(jit(f)(tensor(one.scale), tensor(one.translation)), found, 1e-12)
  })

  it('is resize where nothing moves', () => {
    const moved = image.scaleAndTranslate(x, [3, 8, 2], [-3, 1], tensor([3 / 7, 8 / 5]), tensor([0, 0]), 'cubic')
    expectNear(moved, image.resize(x, [3, 8, 2], 'cubic'), 1e-12)
  })

  it('has derivatives in the image, the scales and the translations', () => {
    for (const method of ['cubic', 'lanczos3'] as const)
      checkGrads(
        (y: Tensor, s: Tensor, t: Tensor) => image.scaleAndTranslate(y, [6, 8, 2], [0, 1], s, t, method),
        [x, tensor([1.3, 0.6]), tensor([0.4, -0.7])],
      )
    const slope = grad((t: Tensor) => image.scaleAndTranslate(x, [7, 5, 2], [0], tensor([1]), t, 'lanczos5').sum())
    expect(np.all(np.isfinite(slope(tensor([0])))).item()).toBe(true)
  })

  it('says what is wrong', () => {
    const one = tensor([1])
    expect(() => image.scaleAndTranslate(x, [7, 5, 2], [0], one, one, 'nearest')).toThrow(/Did you mean 'linear'/)
    expect(() => image.scaleAndTranslate(x, [7, 5, 2], [0, 1], one, one, 'linear')).toThrow(/have to be \[2\]/)
    expect(() => image.scaleAndTranslate(x, [7, 6, 2], [0], one, one, 'linear')).toThrow(/except along the axes \[0\]/)
  })
})
