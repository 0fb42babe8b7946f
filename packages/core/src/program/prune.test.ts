import { describe, expect, it } from 'vitest'
import { cond, evaluateProgram, makeProgram, np, type Program, scan, type Tensor } from '../index.js'
import { pruneNested } from './prune.js'

const x = np.array([0.5, -1, 2])

const loop = (program: Program): Program => program.equations.find((e) => e.params.body)?.params.body as Program

describe('pruneNested', () => {
  it('drops results of a loop that nobody reads, the carries that only they needed, and their operands', () => {
    const f = (a: Tensor): Tensor => {
      const [[kept], _ys] = scan(
        ([c, d]: readonly [Tensor, Tensor], e: Tensor): readonly [readonly [Tensor, Tensor], Tensor] => [
          [c.add(e), np.sin(d)],
          np.cos(d).mul(e),
        ],
        [np.array(0), a] as readonly [Tensor, Tensor],
        a,
      )
      return kept
    }
    const before = makeProgram(f)(x)
    const after = pruneNested(before)
    expect(loop(before).outputs.length).toBe(3)
    expect(loop(after).outputs.length).toBe(1)
    expect(loop(after).equations.map((e) => e.primitive.name)).toEqual(['add'])
    expect(evaluateProgram(after, [x])[0]?.item()).toBe(f(x).item())
  })
  it('keeps a carry that a needed step reads', () => {
    const f = (a: Tensor): Tensor =>
      scan(
        ([c, d]: readonly [Tensor, Tensor]): readonly [readonly [Tensor, Tensor], null] => [
          [c.add(d), np.sin(d)],
          null,
        ],
        [a, a] as readonly [Tensor, Tensor],
        null,
        { length: 3 },
      )[0][0]
    const after = pruneNested(makeProgram(f)(x))
    expect(loop(after).outputs.length).toBe(2)
    expect(evaluateProgram(after, [x])[0]?.toArray()).toEqual(f(x).toArray())
  })
  it('drops results of branches that nobody reads', () => {
    const f = (a: Tensor): Tensor =>
      cond(
        a.sum().gt(0),
        (b: Tensor): readonly [Tensor, Tensor] => [b.mul(2), np.exp(b)],
        (b: Tensor): readonly [Tensor, Tensor] => [b.neg(), np.log(b)],
        a,
      )[0]
    const after = pruneNested(makeProgram(f)(x))
    const branches = after.equations.find((e) => e.params.branches)?.params.branches as readonly Program[]
    expect(branches.map((b) => b.equations.map((e) => e.primitive.name))).toEqual([['neg'], ['mul']])
    expect(evaluateProgram(after, [x])[0]?.toArray()).toEqual(f(x).toArray())
  })
})
