/** Programs: what passes do to them and keep, and their JSON form. */
import {
  checkpoint,
  evaluateProgram,
  grad,
  jit,
  lax,
  makeProgram,
  np,
  type Program,
  programFromJson,
  programToJson,
  scan,
  type Tensor,
} from '@puregrad/core'
import { passes } from '@puregrad/core/testing'
import fc from 'fast-check'
import * as Either from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { plain, recipes, type Scalar, transformed } from './random-programs.js'

const x = np.array([0.3, -0.7, 1.1], { dtype: 'float64' })
const y = np.array([-0.4, 0.9, 0.25], { dtype: 'float64' })

const names = (program: Program): readonly string[] => program.equations.map((e) => e.primitive.name)
const pass = (name: string): ((program: Program) => Program) => passes[name] as (program: Program) => Program
const programOf = (f: (...args: Tensor[]) => unknown, ...args: Tensor[]): Program => makeProgram(f)(...args)
const bits = (program: Program): readonly (readonly number[])[] =>
  evaluateProgram(program, [x, y]).map((t) => Array.from(t.data()))

/** Random programs and their gradients, under transforms. */
const sources: readonly (readonly [string, (f: Scalar) => (a: Tensor, b: Tensor) => unknown])[] = [
  ['programs', (f) => f],
  ['gradients', (f) => grad(f, { argnums: [0, 1] })],
]

describe.each(Object.entries(passes))('%s', (_, run) => {
  it.each(sources)('keeps the results of random %s, bit for bit', (_, derive) => {
    fc.assert(
      fc.property(recipes('both', 5, 2), (recipe) => {
        const program = programOf(derive(transformed(recipe)) as never, x, y)
        const changed = run(program)
        expect(changed.inputs).toEqual(program.inputs)
        expect(bits(changed)).toEqual(bits(program))
      }),
      { numRuns: 40, seed: 7 },
    )
  })
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(recipes('both', 5, 2), (recipe) => {
        const once = run(programOf(transformed(recipe), x, y))
        expect(names(run(once))).toEqual(names(once))
      }),
      { numRuns: 20, seed: 8 },
    )
  })
})

describe('passes', () => {
  it('dead code goes, inputs stay', () => {
    const program = programOf(
      (a, b) => {
        lax.sin(a as Tensor)
        lax.cos(lax.exp(b as Tensor))
        return lax.neg(a as Tensor)
      },
      x,
      y,
    )
    const pruned = pass('eliminateDeadCode')(program)
    expect(names(program).length).toBe(4)
    expect(names(pruned)).toEqual(['neg'])
    expect(pruned.inputs.length).toBe(2)
  })
  it('equal equations are computed once, unless they differ in a parameter, a bit of a constant, or the sign of zero', () => {
    const cse = (f: (a: Tensor) => unknown): readonly string[] =>
      names(pass('eliminateCommonSubexpressions')(programOf(f as never, x)))
    expect(cse((a) => [lax.sin(a), lax.sin(a), lax.mul(lax.sin(a), 2), lax.mul(lax.sin(a), 2)])).toEqual(['sin', 'mul'])
    expect(cse((a) => [a.reshape([1, 3]), a.reshape([3, 1])])).toEqual(['reshape', 'reshape'])
    expect(cse((a) => [lax.mul(a, 0), lax.mul(a, -0)])).toEqual(['mul', 'mul'])
  })
  it('constants are folded, and only small ones', () => {
    const fold = (f: (a: Tensor) => unknown): readonly string[] =>
      names(pass('eliminateDeadCode')(pass('foldConstants')(programOf(f as never, x))))
    expect(fold((a) => lax.add(a, lax.sin(lax.broadcastInDim(lax.iota('float64', 3), [3], [0]))))).toEqual(['add'])
    expect(fold((a) => [a, lax.sin(lax.iota('float32', 100_000))])).toEqual(['iota', 'sin'])
  })
  it('calls are written out, nested ones too, and a checkpoint is still not shared', () => {
    const f = jit((a: Tensor) => jit((b: Tensor) => lax.sin(b))(lax.sin(a)))
    expect(names(pass('inlineCalls')(programOf(f as never, x)))).toEqual(['sin', 'sin'])
    const twice = (a: Tensor): readonly Tensor[] => [lax.sin(a), checkpoint((b: Tensor) => lax.sin(b))(a)]
    expect(names(pass('eliminateCommonSubexpressions')(pass('inlineCalls')(programOf(twice as never, x))))).toEqual([
      'sin',
      'sin',
    ])
  })
})

describe('the JSON form', () => {
  const roundTrip = (program: Program): Program => {
    const written = programToJson(program)
    if (Either.isLeft(written)) throw new Error(`${written.left.path}: ${written.left.message}`)
    const back = programFromJson(JSON.parse(JSON.stringify(written.right)))
    if (Either.isLeft(back)) throw new Error(`${back.left.path}: ${back.left.message}`)
    return back.right
  }
  it('reads back as the same program', () => {
    const serialisable = recipes('both', 5, 2).filter(({ steps }) => steps.every(({ step }) => step !== 'ownRule'))
    fc.assert(
      fc.property(serialisable, (recipe) => {
        for (const f of [transformed(recipe), grad(plain(recipe))]) {
          const program = programOf(f, x, y)
          const back = roundTrip(program)
          expect(names(back)).toEqual(names(program))
          expect(bits(back)).toEqual(bits(program))
        }
      }),
      { numRuns: 40, seed: 9 },
    )
  })
  it('keeps every bit of constants', () => {
    const specials = np.array([Number.NaN, Number.POSITIVE_INFINITY, -0, 5e-324, 0.1], { dtype: 'float64' })
    const [back] = evaluateProgram(
      roundTrip(programOf(() => [specials, np.array(true), np.array([1, 2]).astype('int32')] as const)),
      [],
    )
    expect(Array.from((back as Tensor).data())).toEqual([Number.NaN, Number.POSITIVE_INFINITY, -0, 5e-324, 0.1])
  })
  it('of a rule of the user does not exist', () => {
    const program = programOf((a) => scan((c: Tensor) => [c, null] as const, a as Tensor, null, { length: 1 })[0], x)
    expect(Either.isRight(programToJson(program))).toBe(true)
    const custom: Program = {
      ...program,
      equations: program.equations.map((e) => ({ ...e, params: { ...e.params, rule: () => x } })),
    }
    expect(programToJson(custom)).toMatchObject({
      left: { _tag: 'ProgramJsonError', path: expect.stringMatching(/scan\.rule$/) },
    })
  })

  const good = {
    version: 1,
    inputs: [[0, 'float64', [3]]],
    equations: [{ primitive: 'sin', inputs: [0], params: {}, outputs: [[1, 'float64', [3]]] }],
    outputs: [1],
  }
  it('is accepted if it is right', () => {
    expect(Either.isRight(programFromJson(good))).toBe(true)
  })
  it.each([
    ['no object', 3, 'program'],
    ['another version', { ...good, version: 2 }, 'program.version'],
    ['no inputs', { ...good, inputs: undefined }, 'program.inputs'],
    ['an unknown dtype', { ...good, inputs: [[0, 'float8', [3]]] }, 'program.inputs[0]'],
    ['a negative size', { ...good, inputs: [[0, 'float64', [-3]]] }, 'program.inputs[0]'],
    [
      'a variable defined twice',
      {
        ...good,
        inputs: [
          [0, 'float64', [3]],
          [0, 'float64', [3]],
        ],
      },
      'program.inputs[1]',
    ],
    [
      'an unknown primitive',
      { ...good, equations: [{ ...good.equations[0], primitive: 'evil' }] },
      'program.equations[0]',
    ],
    [
      'a variable before its definition',
      { ...good, equations: [{ ...good.equations[0], inputs: [7] }] },
      'program.equations[0].inputs[0]',
    ],
    [
      'a result of another type',
      { ...good, equations: [{ ...good.equations[0], outputs: [[1, 'float64', [4]]] }] },
      'program.equations[0]',
    ],
    [
      'operands that do not fit',
      { ...good, equations: [{ ...good.equations[0], primitive: 'dotGeneral' }] },
      'program.equations[0]',
    ],
    ['a constant of the wrong size', { ...good, outputs: [{ value: ['float64', [3], [1, 2]] }] }, 'program.outputs[0]'],
    ['an output that does not exist', { ...good, outputs: [9] }, 'program.outputs[0]'],
  ])('tells where it is wrong: %s', (_, json, path) => {
    expect(programFromJson(json)).toMatchObject({ _tag: 'Left', left: { _tag: 'ProgramJsonError', path } })
  })
  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('inputs', 'equations', 'outputs', 'version'), (value, key) => {
        expect(['Left', 'Right']).toContain(programFromJson({ ...good, [key]: value })._tag)
        expect(['Left', 'Right']).toContain(
          programFromJson({ ...good, equations: [{ ...good.equations[0], params: value, inputs: value }] })._tag,
        )
      }),
      { numRuns: 300 },
    )
  })
})
