/** Common subexpressions: an equation that was computed before is not computed again. */
import type { Params } from '../primitives/primitive.js'
import { type Atom, type Equation, Literal, type Program } from './program.js'
import { rewrite } from './rewrite.js'

/** The program with each distinct equation once. Operations are pure, so equal inputs and parameters give equal bits. */
export const eliminateCommonSubexpressions = (program: Program): Program => {
  const seen = new Map<string, Equation>()
  return rewrite(program, (equation, replace) => {
    const key = `${equation.scope ?? ''}${equation.primitive.name}(${equation.inputs.map(atomKey).join()})${paramsKey(equation.params)}`
    const earlier = seen.get(key)
    if (earlier !== undefined) return replace(earlier.outputs)
    seen.set(key, equation)
    return equation
  })
}

const identities = new WeakMap<object, number>()
let identified = 0
const identity = (x: object): number => {
  let id = identities.get(x)
  if (id === undefined) {
    id = identified++
    identities.set(x, id)
  }
  return id
}

const atomKey = (atom: Atom): string => {
  if (!(atom instanceof Literal)) return String(atom.id)
  const { shape, dtype, weakType } = atom.abstract
  const value = atom.value.isUniform() || shape.length === 0 ? uniformKey(atom) : `@${identity(atom.value)}`
  return `${dtype}${weakType ? '*' : ''}[${shape.join()}]${value}`
}

/** The bits of a repeated number: −0 is not 0, and every NaN is itself. */
const uniformKey = (atom: Literal): string => {
  const value = atom.value.view().array[0] as number
  return Number.isNaN(value) ? `@${identity(atom.value)}` : Object.is(value, -0) ? '-0' : String(value)
}

const paramsKey = (params: Params): string =>
  JSON.stringify(params, (_, value: unknown) => {
    if (typeof value === 'function') return `@${identity(value)}`
    if (typeof value === 'object' && value !== null && 'equations' in value) return `@${identity(value)}`
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  })
