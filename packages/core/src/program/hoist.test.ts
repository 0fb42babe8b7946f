import { describe, expect, it } from 'vitest'
import { evaluateProgram, foriLoop, makeProgram, np, type Program, scan, type Tensor } from '../index.js'
import { hoistInvariants } from './hoist.js'

const names = (program: Program): readonly string[] => program.equations.map((e) => e.primitive.name)
const bodyOf = (program: Program): Program =>
  program.equations.find((e) => e.primitive.name === 'scan')?.params.body as Program
const w = np.array([
  [1, 2],
  [3, 4],
])
const x = np.array([0.5, -1])

const program = (length: number): Program =>
  makeProgram(
    (m: Tensor, v: Tensor) =>
      scan((c: Tensor): readonly [Tensor, Tensor] => [np.exp(m).matmul(m.T).matmul(c), c], v, null, { length })[0],
  )(w, x)

describe('hoistInvariants', () => {
  it('moves what does not depend on the step before the loop, with the same bits', () => {
    const before = program(3)
    const after = hoistInvariants(before)
    expect(names(before)).toEqual(['scan'])
    expect(names(after)).toContain('exp')
    expect(names(after)).toContain('dotGeneral')
    expect(names(bodyOf(after)).filter((n) => n === 'dotGeneral')).toHaveLength(1)
    expect(names(bodyOf(after))).not.toContain('exp')
    expect(evaluateProgram(after, [w, x]).map(String)).toEqual(evaluateProgram(before, [w, x]).map(String))
  })
  it('leaves loops of one step, and steps that share nothing', () => {
    expect(names(hoistInvariants(program(1)))).toEqual(['scan'])
    const counter = makeProgram((v: Tensor) => foriLoop(0, 5, (_: Tensor, c: Tensor) => np.sin(c), v))(x)
    expect(hoistInvariants(counter)).toBe(counter)
  })
  it('leaves views inside, where they cost nothing', () => {
    const views = makeProgram(
      (m: Tensor, v: Tensor) =>
        scan((c: Tensor): readonly [Tensor, null] => [m.T.matmul(c), null], v, null, { length: 4 })[0],
    )(w, x)
    expect(hoistInvariants(views)).toBe(views)
  })
})
