/** Loop-invariant code: what a loop would compute anew in every step is computed once, before it. */
import { type Atom, type Equation, Literal, type Program, Var } from './program.js'

/**
 * The program with invariant equations moved out of its loops. A loop says what its steps share by the rule `invariant` of its
 * primitive. Views stay inside: they cost nothing there.
 */
export const hoistInvariants = (program: Program): Program => {
  const equations: Equation[] = []
  for (const equation of program.equations) equations.push(...hoisted(equation))
  return equations.length === program.equations.length ? program : { ...program, equations }
}

const hoisted = (equation: Equation): readonly Equation[] => {
  const loop = equation.primitive.invariant?.(equation.params)
  if (loop === undefined || loop === null) return [equation]
  const { body, shared } = loop
  // What every step sees alike: variables of the body, and what stands for them outside.
  const outside = new Map<Var, Atom>(body.inputs.slice(0, shared).map((v, i) => [v, equation.inputs[i] as Atom]))
  const moved = new Map<Equation, Equation>()
  const alike = (a: Atom): boolean => a instanceof Literal || outside.has(a)
  for (const inner of body.equations) {
    if (!inner.inputs.every(alike) || inner.inputs.every((a) => a instanceof Literal)) continue
    const outputs = inner.outputs.map((v) => new Var(v.abstract))
    const inputs = inner.inputs.map((a) => (a instanceof Literal ? a : (outside.get(a) as Atom)))
    inner.outputs.forEach((v, i) => outside.set(v, outputs[i] as Var))
    moved.set(inner, { ...inner, inputs, outputs })
  }
  const isView = (e: Equation): boolean => e.primitive.view !== undefined
  const worth = [...moved.keys()].filter((e) => !isView(e))
  if (worth.length === 0) return [equation]
  // The body keeps its views of shared values, and reads the rest as further shared inputs.
  const kept = body.equations.filter((e) => !moved.has(e) || isView(e))
  const needed = [
    ...new Set([...kept.flatMap((e) => e.inputs), ...body.outputs].filter((a): a is Var => a instanceof Var)),
  ].filter((v) => worth.some((e) => e.outputs.includes(v)))
  const inputs = [...body.inputs.slice(0, shared), ...needed, ...body.inputs.slice(shared)]
  return [
    ...moved.values(),
    {
      ...equation,
      inputs: [
        ...equation.inputs.slice(0, shared),
        ...needed.map((v) => outside.get(v) as Atom),
        ...equation.inputs.slice(shared),
      ],
      params: loop.withBody({ ...body, inputs, equations: kept }, shared + needed.length),
    },
  ]
}
