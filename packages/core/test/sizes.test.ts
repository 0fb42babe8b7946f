/** Axes, shapes, sizes and counts that are none: an error of its own kind names the function and what was given. */
import { describe, expect, it } from 'vitest'
import {
  evaluateProgram,
  foriLoop,
  lax,
  makeProgram,
  np,
  PuregradError,
  RangeError,
  random,
  ShapeError,
  scan,
  type Tensor,
} from '../src/index.js'

const x = np.ones([2, 3])
const none: readonly unknown[] = [{}, true, 1.5, Number.NaN, '0', 3n, Symbol('s'), [1.5], ['a'], [null], () => 0]

describe('an axis', () => {
  const reductions = ['sum', 'mean', 'max', 'argmax', 'cumsum', 'sort', 'flip', 'squeeze'] as const
  it.each(reductions)('of %s that is none is refused as one', (name) => {
    for (const axis of none) {
      const call = (): unknown => {
        if (name === 'squeeze') return np[name](x, axis as never)
        return (np[name] as (x: Tensor, options: object) => unknown)(x, { axis })
      }
      expect(call, String(axis)).toThrow(PuregradError)
    }
  })
  it('is a whole number', () => {
    expect(() => np.sum(x, { axis: {} as never })).toThrow('sum: an axis is a whole number, not {}.')
    expect(() => np.sum(x, { axis: '0' as never })).toThrow("sum: an axis is a whole number, not '0'.")
    expect(() => np.sum(x, { axis: [0, Number.NaN] })).toThrow('sum: an axis is a whole number, not NaN.')
  })
})

describe('a shape', () => {
  it.each(['zeros', 'ones', 'empty'] as const)('of %s that is none is refused as one', (name) => {
    for (const shape of [null, undefined, -1, [2, -3], 'ab', ...none])
      expect(() => np[name](shape as never), String(shape)).toThrow(ShapeError)
  })
  it('of random numbers that is none is refused as one', () => {
    for (const shape of [-1, [2, -3], ...none])
      expect(() => random.normal(random.key(0), shape as never), String(shape)).toThrow(PuregradError)
  })
  it('of more elements than memory holds is refused before anything is made', () => {
    expect(() => np.linspace(0, 1, 1e10)).toThrow(
      'linspace: num is 10000000000; a tensor holds at most 2147483647 numbers',
    )
    expect(() => np.arange(0, 1e12)).toThrow(
      /arange: the number of steps from 0 to 1000000000000 by 1 is 1000000000000/,
    )
    expect(() => np.ones([2 ** 32 + 5]).sum()).toThrow(/has 4294967301 elements/)
    expect(() => np.pad(x, 1e10)).toThrow(ShapeError)
    expect(() =>
      lax.pad(x, 0, [
        [0, 0, Number.NaN],
        [0, 0, 0],
      ]),
    ).toThrow(/whole numbers/)
  })
})

describe('a loop', () => {
  const count = (c: Tensor): Tensor => c.add(1)
  it('takes as many steps as it is told, or says how many there may be', () => {
    expect(foriLoop(-3, 4, (_, c: Tensor) => count(c), np.array(0)).item()).toBe(7)
    for (const bound of [2 ** 33 + 3, 2 ** 31, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null]) {
      expect(() => foriLoop(0, bound as never, (_, c: Tensor) => count(c), np.array(0))).toThrow(RangeError)
      expect(() => foriLoop(np.array(0, { dtype: 'int32' }), bound as never, (_, c: Tensor) => c, np.array(0))).toThrow(
        RangeError,
      )
    }
    for (const length of [2 ** 32, 2 ** 33 + 3, -1, 0.5, Number.NaN, '3'])
      expect(() => scan((c: Tensor) => [count(c), null], np.array(0), null, { length: length as never })).toThrow(
        ShapeError,
      )
  })
})

describe('evaluateProgram', () => {
  const program = makeProgram((a: Tensor, b: Tensor) => a.mul(b))(np.ones([3]), np.ones([3]))
  it('names the inputs that are not there, or of another type', () => {
    expect(evaluateProgram(program, [np.ones([3]), np.ones([3])])[0]?.toArray()).toEqual([1, 1, 1])
    const run = (inputs: unknown) => () => evaluateProgram(program, inputs as never)
    expect(run([])).toThrow(PuregradError)
    expect(run([np.ones([3])])).toThrow(PuregradError)
    expect(run(undefined)).toThrow('evaluateProgram: the list of inputs is undefined; it has to be an array.')
    expect(run([np.ones([3]), null])).toThrow(PuregradError)
    expect(run([np.ones([3]), np.ones([4])])).toThrow(PuregradError)
    expect(run([np.ones([3], { dtype: 'int32' }), np.ones([3])])).toThrow(PuregradError)
  })
})
