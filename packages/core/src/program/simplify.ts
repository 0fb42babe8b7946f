/** Algebraic simplification: equations whose result is an operand, or another operand's view, bit for bit. */
import { isFloat } from '../dtype.js'
import { uniform } from '../tensor.js'
import { type Atom, type Equation, Literal, type Program, type Var } from './program.js'
import { rewrite } from './rewrite.js'

/** The number that a literal repeats, if it does. */
const numberOf = (atom: Atom | undefined): number | null =>
  atom instanceof Literal && (atom.abstract.shape.length === 0 || atom.value.isUniform())
    ? (atom.value.view().array[0] as number)
    : null

const is = (atom: Atom | undefined, value: number): boolean => {
  const number = numberOf(atom)
  return number !== null && Object.is(number, value)
}

/** One literal may be another object with the same number. */
const same = (a: Atom | undefined, b: Atom | undefined): boolean =>
  a === b || (numberOf(a) !== null && Object.is(numberOf(a), numberOf(b)))

interface Context {
  readonly operands: readonly Atom[]
  readonly equation: Equation
  /** The equation that computes an operand, if it is of that primitive. */
  readonly madeBy: (atom: Atom | undefined, primitive: string) => Equation | null
}

/** What an equation's result is, if it need not be computed; an equation that is simpler; or null. */
type Rule = (context: Context) => Atom | Equation | null

/** The operand beside one that is `value` on the right. */
const neutralRight =
  (value: number): Rule =>
  ({ operands: [x, y] }) =>
    is(y, value) ? (x as Atom) : null

/** The operand beside one that is `value` on either side. */
const neutral =
  (value: number): Rule =>
  ({ operands: [x, y] }) =>
    is(y, value) ? (x as Atom) : is(x, value) ? (y as Atom) : null

/** Of a program that runs; nobody differentiates it any more. */
const identity: Rule = ({ operands: [x] }) => x as Atom

const idempotent: Rule = ({ operands: [x, y] }) => (same(x, y) ? (x as Atom) : null)

/** The larger of two NaNs is a NaN, but not always with the same payload. */
const extremum: Rule = (context) => (isFloat((context.operands[0] as Atom).abstract.dtype) ? null : idempotent(context))

/** f(f(x)) is x. */
const involution =
  (name: string): Rule =>
  ({ operands: [x], madeBy }) =>
    madeBy(x, name)?.inputs[0] ?? null

const first =
  (...rules: readonly Rule[]): Rule =>
  (context) => {
    for (const rule of rules) {
      const found = rule(context)
      if (found !== null) return found
    }
    return null
  }

/** x + 0 is not x where x is −0, so that floats have −0 here and integers 0. */
const additionOfNothing: Rule = (context) =>
  (isFloat((context.operands[0] as Atom).abstract.dtype) ? neutral(-0) : neutral(0))(context)

/** A shape operation of a repeated number is that number, repeated. */
const ofUniform: Rule = ({ operands: [x], equation }) => {
  const number = numberOf(x)
  return number === null ? null : new Literal(uniform(number, (equation.outputs[0] as Var).abstract))
}

const unchangedShape: Rule = ({ operands: [x], equation }) => {
  const shape = (equation.outputs[0] as Var).abstract.shape
  return (x as Atom).abstract.shape.join() === shape.join() ? (x as Atom) : null
}

const composed = (permutation: readonly number[], before: readonly number[]): readonly number[] =>
  permutation.map((axis) => before[axis] as number)

const permutationOf = (e: Equation): readonly number[] => e.params.permutation as readonly number[]

const transposition: Rule = ({ operands: [x], equation, madeBy }) => {
  const permutation = permutationOf(equation)
  if (permutation.every((axis, i) => axis === i)) return x as Atom
  const before = madeBy(x, 'transpose')
  if (before === null) return null
  const inputs = [before.inputs[0] as Atom]
  return { ...equation, inputs, params: { permutation: composed(permutation, permutationOf(before)) } }
}

const reshaping: Rule = ({ operands: [x], equation, madeBy }) => {
  const before = madeBy(x, 'reshape')
  return before === null ? null : { ...equation, inputs: [before.inputs[0] as Atom] }
}

const selection: Rule = ({ operands: [mask, x, y] }) => {
  if (same(x, y)) return x as Atom
  const chosen = numberOf(mask)
  return chosen === null ? null : ((chosen === 0 ? y : x) as Atom)
}

const magnitude: Rule = ({ operands: [x], equation, madeBy }) => {
  if (madeBy(x, 'abs') !== null) return x as Atom
  const before = isFloat((x as Atom).abstract.dtype) ? madeBy(x, 'neg') : null
  return before === null ? null : { ...equation, inputs: [before.inputs[0] as Atom] }
}

/** By primitive. Nothing is reassociated, and nothing is said of NaN, ∞ or −0 that the operation does not do itself. */
const rules: Readonly<Record<string, Rule>> = {
  add: additionOfNothing,
  sub: neutralRight(0),
  mul: neutral(1),
  div: neutralRight(1),
  max: extremum,
  min: extremum,
  and: idempotent,
  or: idempotent,
  neg: involution('neg'),
  not: involution('not'),
  abs: magnitude,
  select: selection,
  stopGradient: identity,
  transpose: first(ofUniform, transposition),
  reshape: first(ofUniform, unchangedShape, reshaping),
  broadcastInDim: first(ofUniform, unchangedShape),
}

const fits = (atom: Atom, { abstract }: Var): boolean =>
  atom.abstract.dtype === abstract.dtype &&
  atom.abstract.weakType === abstract.weakType &&
  atom.abstract.shape.join() === abstract.shape.join()

/** The program without equations whose result something already has: x · 1, −(−x), transposes of transposes. */
export const simplify = (program: Program): Program => {
  const makers = new Map<Atom, Equation>()
  const simpler = (source: Equation): Atom | Equation => {
    let equation = source
    for (;;) {
      const rule = Object.hasOwn(rules, equation.primitive.name) ? rules[equation.primitive.name] : undefined
      const found = rule?.({
        operands: equation.inputs,
        equation,
        madeBy: (atom, name) => {
          const maker = atom === undefined ? undefined : makers.get(atom)
          return maker?.primitive.name === name ? maker : null
        },
      })
      if (found === undefined || found === null) return equation
      if (!('primitive' in found)) return fits(found, equation.outputs[0] as Var) ? found : equation
      equation = found
    }
  }
  return rewrite(program, (source, replace) => {
    const found = simpler(source)
    if (!('primitive' in found)) return replace([found])
    for (const v of found.outputs) makers.set(v, found)
    return found
  })
}
