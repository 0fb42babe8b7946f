/** How fused primitives compute one vector, and one scalar with the same bits. They are the ones without a polynomial. */
import type { Equation } from '../../program/program.js'

/** A float32, or a truth value: a lane of all ones in vectors, 0 or 1 as a scalar. */
export type Kind = 'number' | 'truth'

/** Instructions over operands that are read from locals. */
export interface Operation {
  readonly operands: readonly Kind[]
  readonly result: Kind
  readonly vector: (x: readonly number[]) => readonly number[]
  readonly scalar: (x: readonly number[]) => readonly number[]
}

export const localGet = (index: number): number[] => [0x20, ...leb(index)]
export const localSet = (index: number): number[] => [0x21, ...leb(index)]
const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 0x7f) | 0x80, n >> 7])
/** An instruction of the vector extension. */
export const simd = (opcode: number): number[] => [0xfd, ...leb(opcode)]

const reads = (x: readonly number[]): number[] => x.flatMap(localGet)
const plain = (operands: readonly Kind[], result: Kind, vector: number, scalar: readonly number[]): Operation => ({
  operands,
  result,
  vector: (x) => [...reads(x), ...simd(vector)],
  scalar: (x) => [...reads(x), ...scalar],
})
const numbers = (count: number): readonly Kind[] => Array.from({ length: count }, () => 'number')
const arithmetic = (vector: number, scalar: number): Operation => plain(numbers(2), 'number', vector, [scalar])
const comparison = (vector: number, scalar: number): Operation => plain(numbers(2), 'truth', vector, [scalar])
const logic = (vector: number, scalar: number): Operation => plain(['truth', 'truth'], 'truth', vector, [scalar])

const [and, or, not, bitselect] = [0x4e, 0x50, 0x4d, 0x52]
const [ne, pmin, pmax, multiply, divide, squareRoot] = [0x42, 0xea, 0xeb, 0xe6, 0xe7, 0xe3]
const one = [0x43, 0x00, 0x00, 0x80, 0x3f] // f32.const 1
const ones = [...one, ...simd(0x13)] // splat

/** As the kernels: both orders differ only at NaN and in the sign of zero. */
const extremum = (pseudo: number, join: number, scalar: number): Operation => ({
  operands: numbers(2),
  result: 'number',
  vector: ([a, b]) => [
    ...reads([a as number, b as number]),
    ...simd(pseudo),
    ...reads([b as number, a as number]),
    ...simd(pseudo),
    ...simd(join),
    ...reads([a as number, b as number]),
    ...simd(pseudo),
    ...reads([b as number, a as number]),
    ...simd(pseudo),
    ...simd(ne),
    ...simd(or),
  ],
  scalar: (x) => [...reads(x), scalar],
})

const operations: Readonly<Record<string, Operation>> = {
  add: arithmetic(0xe4, 0x92),
  sub: arithmetic(0xe5, 0x93),
  mul: arithmetic(0xe6, 0x94),
  div: arithmetic(0xe7, 0x95),
  max: extremum(pmax, and, 0x97),
  min: extremum(pmin, or, 0x96),
  neg: plain(numbers(1), 'number', 0xe1, [0x8c]),
  abs: plain(numbers(1), 'number', 0xe0, [0x8b]),
  sqrt: plain(numbers(1), 'number', 0xe3, [0x91]),
  square: {
    operands: numbers(1),
    result: 'number',
    vector: ([a]) => [...reads([a as number, a as number]), ...simd(multiply)],
    scalar: ([a]) => [...reads([a as number, a as number]), 0x94],
  },
  floor: plain(numbers(1), 'number', 0x68, [0x8e]),
  ceil: plain(numbers(1), 'number', 0x67, [0x8d]),
  trunc: plain(numbers(1), 'number', 0x69, [0x8f]),
  round: plain(numbers(1), 'number', 0x6a, [0x90]),
  rsqrt: {
    operands: numbers(1),
    result: 'number',
    vector: (x) => [...ones, ...reads(x), ...simd(squareRoot), ...simd(divide)],
    scalar: (x) => [...one, ...reads(x), 0x91, 0x95],
  },
  reciprocal: {
    operands: numbers(1),
    result: 'number',
    vector: (x) => [...ones, ...reads(x), ...simd(divide)],
    scalar: (x) => [...one, ...reads(x), 0x95],
  },
  eq: comparison(0x41, 0x5b),
  ne: comparison(0x42, 0x5c),
  lt: comparison(0x43, 0x5d),
  gt: comparison(0x44, 0x5e),
  le: comparison(0x45, 0x5f),
  ge: comparison(0x46, 0x60),
  and: logic(and, 0x71),
  or: logic(or, 0x72),
  xor: logic(0x51, 0x73),
  not: plain(['truth'], 'truth', not, [0x45]),
  select: {
    operands: ['truth', 'number', 'number'],
    result: 'number',
    vector: ([m, a, b]) => [...reads([a as number, b as number, m as number]), ...simd(bitselect)],
    scalar: ([m, a, b]) => [...reads([a as number, b as number, m as number]), 0x1b],
  },
  convertElementType: {
    operands: ['truth'],
    result: 'number',
    vector: (x) => [...ones, ...reads(x), ...simd(and)],
    scalar: (x) => [...reads(x), 0xb2],
  },
}

export const kindOf = (dtype: string): Kind | null =>
  dtype === 'float32' ? 'number' : dtype === 'bool' ? 'truth' : null

/** How to fuse an equation, or null if a kernel has to compute it. */
export const fusible = (equation: Equation): Operation | null => {
  const { name } = equation.primitive
  const operation = Object.hasOwn(operations, name) ? (operations[name] as Operation) : undefined
  if (operation === undefined || equation.outputs.length !== 1) return null
  const fits =
    equation.inputs.length === operation.operands.length &&
    equation.inputs.every((a, i) => kindOf(a.abstract.dtype) === operation.operands[i]) &&
    kindOf((equation.outputs[0] as Equation['outputs'][number]).abstract.dtype) === operation.result
  return fits ? operation : null
}
