/** Programs as text, like a jaxpr: `{ lambda a:float32[3] . let b:float32[3] = sin a in (b) }`. */
import { showType } from '../print.js'
import type { Abstract } from '../tensor.js'
import { type Atom, type Equation, Literal, type Program, type Var } from './program.js'

const inlineWidth = 100 // characters up to which a program stays on one line

/**
 * The program with variables named a, b, …, z, aa, ab, … in order of appearance.
 * @example showProgram(makeProgram((x: Tensor) => x.mul(2))(np.array(1))) // '{ lambda a:float32[] . let b:float32[] = mul a 2.0 in (b) }'
 */
export const showProgram = (program: Program): string => render(program, '')

const render = (program: Program, indent: string): string => {
  const name = namer()
  const atom = (a: Atom): string => (a instanceof Literal ? showLiteral(a) : name(a))
  const binder = (v: Var): string => `${name(v)}:${showAbstract(v.abstract)}`
  const inputs = program.inputs.map(binder).join(' ')
  const inner = `${indent}    `
  const lines = program.equations.map((e) => showEquation(e, atom, binder, inner))
  const outputs = `(${program.outputs.map(atom).join(', ')})`
  const head = `{ lambda${inputs ? ` ${inputs}` : ''} .`
  const short = `${head} let ${lines.join('; ')} in ${outputs} }`
  if (lines.length === 0) return `${head} ${outputs} }`
  if (lines.length === 1 && short.length <= inlineWidth && !short.includes('\n')) return short
  return `${head}\n${indent}  let\n${lines.map((l) => `${inner}${l}`).join('\n')}\n${indent}  in ${outputs} }`
}

const showAbstract = (type: Abstract): string => `${showType(type)}${type.weakType ? '*' : ''}`

const showLiteral = ({ value, abstract: { dtype, shape } }: Literal): string => {
  if (shape.length > 0 && !value.isUniform()) return `<${showType({ dtype, shape })}>`
  const x = value.view().array[0] as number
  const text =
    dtype === 'bool' ? String(x !== 0) : dtype.startsWith('float') && Number.isInteger(x) ? `${x}.0` : String(x)
  return shape.length === 0 ? text : `${text}:${showType({ dtype, shape })}`
}

const showEquation = (e: Equation, atom: (a: Atom) => string, binder: (v: Var) => string, indent: string): string => {
  const params = Object.entries(e.params)
    .filter(([, value]) => typeof value !== 'function' && value !== undefined)
    .map(([key, value]) => `${key}=${showParam(value, `${indent}  `)}`)
  const inputs = e.inputs.map((a) => ` ${atom(a)}`).join('')
  return `${e.outputs.map(binder).join(' ')} = ${e.primitive.name}${params.length > 0 ? `[${params.join(' ')}]` : ''}${inputs}`
}

const isProgram = (x: unknown): x is Program =>
  typeof x === 'object' && x !== null && 'equations' in x && 'outputs' in x

const showParam = (value: unknown, indent: string): string => {
  if (isProgram(value)) return render(value, indent)
  if (Array.isArray(value) && value.some(isProgram)) return `(${value.map((v) => showParam(v, indent)).join(', ')})`
  if (typeof value === 'string') return value
  return JSON.stringify(value, (_, v: unknown) => (typeof v === 'function' ? undefined : v))
}

const namer = (): ((v: Var) => string) => {
  const names = new Map<Var, string>()
  return (v) => {
    let name = names.get(v)
    if (name === undefined) {
      name = letters(names.size)
      names.set(v, name)
    }
    return name
  }
}

const letters = (n: number): string =>
  (n < 26 ? '' : letters(Math.floor(n / 26) - 1)) + String.fromCharCode(97 + (n % 26))
