/**
 * Programs one equation after another, those that loops and branches hold too: nothing is compiled but single operations. It is
 * what the compiler is compared with; the library's own evaluation of a loop compiles its body.
 */
import { type Atom, type Equation, evaluateProgram, np, type Program, type Tensor, type Var } from '@puregrad/core'
import { passes } from '@puregrad/core/testing'

type List = readonly Tensor[]

const isVar = (atom: Atom): atom is Var => !('value' in atom)

interface Loop {
  readonly body: Program
  readonly condition: Program
  readonly branches: readonly Program[]
  readonly constants: number
  readonly conditionConstants: number
  readonly bodyConstants: number
  readonly carries: number
  readonly length: number
  readonly reverse: boolean
}

type Rule = (inputs: List, params: Loop, equation: Equation) => List

const control: Readonly<Record<string, Rule>> = {
  scan: (inputs, { body, constants, carries, length, reverse }, equation) => {
    const shared = inputs.slice(0, constants)
    const xs = inputs.slice(constants + carries)
    let carry: List = inputs.slice(constants, constants + carries)
    const steps: List[] = []
    for (let k = 0; k < length; k++) {
      const at = reverse ? length - 1 - k : k
      const results = interpret(body, [...shared, ...carry, ...xs.map((x) => x.slice(at))])
      carry = results.slice(0, carries)
      steps.push(results.slice(carries))
    }
    if (reverse) steps.reverse()
    const stacked = equation.outputs
      .slice(carries)
      .map(({ abstract: { shape, dtype } }, i) =>
        length === 0 ? np.zeros(shape, { dtype }) : np.stack(steps.map((ys) => ys[i] as Tensor)),
      )
    return [...carry, ...stacked]
  },
  while: (inputs, { condition, body, conditionConstants: c, bodyConstants: b }) => {
    let carry: List = inputs.slice(c + b)
    while (Number(interpret(condition, [...inputs.slice(0, c), ...carry])[0]?.item()) === 1)
      carry = interpret(body, [...inputs.slice(c, c + b), ...carry])
    return carry
  },
  cond: ([index, ...operands], { branches }) => interpret(branches[(index as Tensor).item()] as Program, operands),
}

const apply = (equation: Equation, inputs: List): List => {
  const { primitive, params, outputs } = equation
  const own = control[primitive.name]
  if (own !== undefined) return own(inputs, params as unknown as Loop, equation)
  const called = primitive.inline?.(params, inputs)
  if (called) return interpret(called, inputs)
  const variables = [...new Set(equation.inputs.filter(isVar))]
  const values = variables.map((v) => inputs[equation.inputs.indexOf(v)] as Tensor)
  return evaluateProgram({ inputs: variables, equations: [equation], outputs }, values)
}

export const interpret = (source: Program, inputs: List): List => {
  // What nobody reads may have no values: the pushforward of a function with a pullback of its own.
  const program = passes.eliminateDeadCode?.(source) ?? source
  const values = new Map(program.inputs.map((v, i) => [v, inputs[i] as Tensor]))
  const read = (atom: Atom): Tensor => (isVar(atom) ? (values.get(atom) as Tensor) : (atom.value as Tensor))
  for (const equation of program.equations) {
    const results = apply(equation, equation.inputs.map(read))
    equation.outputs.forEach((v, i) => values.set(v, results[i] as Tensor))
  }
  return program.outputs.map(read)
}
