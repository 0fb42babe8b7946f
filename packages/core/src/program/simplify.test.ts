import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateProgram, lax, makeProgram, np, type Tensor } from '../index.js'
import { simplify } from './simplify.js'

const special = np.array([0, -0, 1, -2.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-40])
const whole = np.array([0, -3, 7, 2 ** 31 - 1], { dtype: 'int32' })
const matrix = np.arange(6).astype('float32').reshape([2, 3])

const names = (f: (x: Tensor) => unknown, x: Tensor): readonly string[] =>
  simplify(makeProgram(f)(x)).equations.map((e) => e.primitive.name)

/** The rule holds: nothing is left to do, and the bits are those of the original. */
const becomes = (f: (x: Tensor) => Tensor, x: Tensor, left: readonly string[]): void => {
  expect(names(f, x).filter((n) => left.length > 0 || n !== 'neg')).toEqual(left)
  const program = makeProgram(f)(x)
  const [before, after] = [program, simplify(program)].map((p) => evaluateProgram(p, [x])[0] as Tensor)
  expect(after?.shape).toEqual(before?.shape)
  const bytes = (t: Tensor | undefined) => Array.from(new Uint8Array((t as Tensor).data().buffer))
  expect(bytes(after)).toEqual(bytes(before))
}

describe('simplify', () => {
  it.each<readonly [string, (x: Tensor) => Tensor]>([
    ['x · 1', (x) => lax.mul(x, 1)],
    ['1 · x', (x) => lax.mul(1, x)],
    ['x / 1', (x) => lax.div(x, 1)],
    ['x − 0', (x) => lax.sub(x, 0)],
    ['x + −0', (x) => lax.add(x, -0)],
    ['select(m, x, x)', (x) => lax.select(x.gt(0), x, x).mul(1)],
  ])('%s is x', (_, f) => {
    expect(names(f, special).filter((n) => n !== 'gt')).toEqual([])
    const program = makeProgram(f)(special)
    const [before, after] = [program, simplify(program)].map((p) => evaluateProgram(p, [special])[0] as Tensor)
    expect(Array.from(new Uint8Array((after as Tensor).data().buffer))).toEqual(
      Array.from(new Uint8Array((before as Tensor).data().buffer)),
    )
  })
  it('two negations and two complements are none', () => {
    becomes((x) => lax.abs(lax.neg(lax.neg(x))), special, ['neg', 'abs'])
    expect(
      evaluateProgram(simplify(makeProgram((x: Tensor) => lax.bitwiseNot(lax.bitwiseNot(x)))(whole)), [
        whole,
      ])[0]?.toArray(),
    ).toEqual(whole.toArray())
  })
  it('x + 0 stays for floats, whose −0 it changes, and goes for integers', () => {
    expect(names((x) => lax.add(x, 0), special)).toEqual(['add'])
    expect(names((x) => lax.add(x, 0), whole)).toEqual([])
  })
  it('max(x, x) is x for integers; for floats it may change what a NaN carries', () => {
    expect(names((x) => lax.max(x, x), whole)).toEqual([])
    expect(names((x) => lax.max(x, x), special)).toEqual(['max'])
  })
  it('x · 0, x / x and x − x stay: they are NaN for some x', () => {
    expect(names((x) => [lax.mul(x, 0), lax.div(x, x), lax.sub(x, x)], special)).toEqual(['mul', 'div', 'sub'])
  })
  it('transposes and reshapes of each other become one or none', () => {
    expect(names((x) => x.T.T, matrix).length).toBeLessThanOrEqual(1)
    becomes((x) => np.exp(x.T.T), matrix, ['transpose', 'exp'])
    becomes((x) => np.exp(x.reshape([3, 2]).reshape([6]).reshape([2, 3])), matrix, ['reshape', 'reshape', 'exp'])
    const moved = makeProgram((x: Tensor) => lax.transpose(lax.transpose(x, [1, 2, 0]), [1, 2, 0]))(np.ones([2, 3, 4]))
    expect(simplify(moved).equations.at(-1)?.params.permutation).toEqual([2, 0, 1])
  })
  it('shapes of a repeated number are that number', () => {
    expect(names(() => lax.transpose(lax.broadcastInDim(np.array(2), [2, 3], []), [1, 0]), matrix)).toEqual([])
  })
  it('a choice that is known is made', () => {
    expect(names((x) => lax.select(np.array(true), lax.exp(x), lax.sin(x)), special)).toEqual(['exp', 'sin'])
  })
  it('keeps every value whatever it is given', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noDefaultInfinity: false }), { minLength: 1, maxLength: 8 }), (values) => {
        const x = np.array(values)
        const f = (a: Tensor): Tensor => lax.sub(lax.mul(lax.neg(lax.neg(lax.div(a, 1))), 1), 0).add(lax.max(a, a))
        const program = makeProgram(f)(x)
        expect(evaluateProgram(simplify(program), [x])[0]?.toArray()).toEqual(f(x).toArray())
      }),
    )
  })
})
