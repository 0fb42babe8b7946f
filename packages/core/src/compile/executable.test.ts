import { describe, expect, it } from 'vitest'
import { lax, makeProgram, np, type Tensor } from '../index.js'
import { Assembly } from './emit.js'
import { compile } from './executable.js'
import { fuse } from './fusion/group.js'
import { optimise } from './optimise.js'

const program = (f: (...args: Tensor[]) => Tensor | readonly Tensor[], ...args: Tensor[]) =>
  makeProgram(f as (...args: Tensor[]) => unknown)(...args)
const values = (outputs: readonly Tensor[]): unknown => outputs.map((y) => y.toArray())
const run = (f: (...args: Tensor[]) => readonly Tensor[], ...args: Tensor[]): unknown =>
  values(compile(program(f, ...args)).run(args as never))

describe('compile', () => {
  const x = np.array([1, 2, 3])

  it('fuses the outermost program too', () => {
    const chain = program((a) => np.maximum(a.mul(2).add(1).mul(a).sub(3), 0), x)
    expect(compile(chain).kernelCalls).toBe(1)
  })

  it('returns inputs, constants and results named twice', () => {
    const constant = np.array([7, 8])
    expect(
      run((a) => {
        const b = a.mul(2)
        return [a, b, b, constant, a, b.reshape([3, 1])]
      }, x),
    ).toEqual([
      [1, 2, 3],
      [2, 4, 6],
      [2, 4, 6],
      [7, 8],
      [1, 2, 3],
      [[2], [4], [6]],
    ])
  })

  it('writes over an operand only if no view of it is read again', () => {
    const square = np.array([
      [1, 2],
      [3, 4],
    ])
    const f = (a: Tensor): readonly Tensor[] => {
      const b = np.exp(a)
      const c = b.add(b.T)
      const d = b.mul(b)
      return [c, d, np.sin(b.reshape([4])).sum(), d.sub(b.T)]
    }
    expect(run(f, square)).toEqual(values(f(square)))
    // Here the last reader of b reads it both as it is and transposed.
    const last = (a: Tensor): readonly Tensor[] => {
      const b = np.exp(a)
      return [np.power(b, b.T)]
    }
    expect(run(last, square)).toEqual(values(last(square)))
  })

  it('takes empty tensors and many axes', () => {
    const f = (a: Tensor): readonly Tensor[] => [np.sin(a).mul(2), a.sum(), a.T.add(1), np.matmul(a, a.T)]
    expect(run(f, np.zeros([0, 3]))).toEqual(values(f(np.zeros([0, 3]))))
    expect(run(f, np.zeros([3, 0]))).toEqual(values(f(np.zeros([3, 0]))))
    const deep = np.arange(512).astype('float32').reshape(new Array<number>(9).fill(2))
    const g = (a: Tensor): readonly Tensor[] => [a.T.add(a).sum({ axis: [0, 3, 8] }), np.exp(a.mul(-1)).T]
    expect(run(g, deep)).toEqual(values(g(deep)))
  })

  it('keeps its constants right when another program is compiled and never run', () => {
    const constant = np.array([10, 20, 30])
    const executable = compile(program((a) => np.sin(a).add(constant), x))
    const expected = executable.run([x] as never)[0]?.toArray()
    const assembly = new Assembly()
    const ints = Array.from({ length: 4096 }, (_, i) => i + 1)
    // The meta of some convolution: what matters is that it is put into memory where the first program works.
    expect(assembly.query('convScratch_f32', 1, assembly.table(ints))).toBeGreaterThanOrEqual(0)
    expect(ints.length * 4).toBeGreaterThan(executable.arenaBytes)
    expect(executable.run([x] as never)[0]?.toArray()).toEqual(expected)
  })

  it('gives equal loops one function, and different ones one each', () => {
    const layer = (h: Tensor, by: number): Tensor => np.maximum(h.mul(by).add(1), 0)
    const functionsOf = (f: (a: Tensor) => Tensor): number => {
      const source = fuse(optimise(program(f, np.eye(4))))
      const assembly = new Assembly()
      const operand = (shape: readonly number[]) =>
        ({ pointer: assembly.cursor().pointer, shape, dtype: 'float32', strides: null }) as const
      assembly.program(source, [operand([4, 4])], [operand([4, 4])])
      return assembly.finish().functions.length
    }
    const one = functionsOf((a) => layer(a.matmul(a), 2).matmul(a))
    expect(functionsOf((a) => layer(layer(a.matmul(a), 2).matmul(a), 3).matmul(a))).toBe(one)
    expect(functionsOf((a) => np.minimum(layer(a.matmul(a), 2).matmul(a).mul(3).add(1), 0).matmul(a))).toBe(one + 1)
  })

  it('runs again after eager operations wrote to its memory', () => {
    const executable = compile(program((a) => lax.rev(a, [0]).add(np.array([1, 1, 1])), x))
    for (let i = 0; i < 3; i++) {
      expect(executable.run([x] as never)[0]?.toArray()).toEqual([4, 3, 2])
      np.sort(np.ones([100]))
    }
  })
})
