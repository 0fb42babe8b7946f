/** How fused primitives compute vectors, with the bits of their kernels. They are the ones without a polynomial. */
import type { DType } from '../../dtype.js'
import { type Atom, type Equation, Literal } from '../../program/program.js'
import { signed, unsigned } from '../../wasm/encode.js'

/** Elements that one block of code handles: four in the body of a loop, one in its tail. */
export type Lanes = 4 | 1

/**
 * The locals that hold a value: one vector for four elements, two of float64 (one in the tail). A truth is a lane of 32 ones or
 * zeros.
 */
export type Vectors = readonly number[]

export interface Operation {
  /** Operations of one name have one code. */
  readonly name: string
  readonly operands: readonly DType[]
  readonly result: DType
  /** Instructions that leave each vector of the result on the stack. */
  readonly code: (x: readonly Vectors[], lanes: Lanes) => readonly (readonly number[])[]
}

/** Vectors that hold so many elements. */
export const vectorsOf = (dtype: DType, lanes: Lanes): number => (dtype === 'float64' && lanes === 4 ? 2 : 1)

export const localGet = (index: number): number[] => [0x20, ...unsigned(index)]
export const localSet = (index: number): number[] => [0x21, ...unsigned(index)]
/** An instruction of the vector extension. */
export const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)]

/** Four lanes of one int32, or of the bits of a float32. */
const int32s = (value: number): number[] => [0x41, ...signed(value), ...simd(0x11)]
const float32One = [0x43, 0x00, 0x00, 0x80, 0x3f, ...simd(0x13)]
const float64One = [0x44, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf0, 0x3f, ...simd(0x14)]
const zeros = int32s(0)

type Code = Operation['code']
/** The same instructions on each vector, after its operands. */
const each =
  (...instructions: readonly number[]): Code =>
  (x) =>
    (x[0] as Vectors).map((_, part) => [...x.flatMap((v) => localGet(v[part] as number)), ...instructions])
/** Code that names its operands, on each vector. */
const with1 =
  (f: (a: readonly number[]) => readonly number[]): Code =>
  ([a]) =>
    (a as Vectors).map((x) => f(localGet(x)))
const with2 =
  (f: (a: readonly number[], b: readonly number[]) => readonly number[]): Code =>
  ([a, b]) =>
    (a as Vectors).map((x, part) => f(localGet(x), localGet((b as Vectors)[part] as number)))

const [not, and, or, xor, bitselect] = [0x4d, 0x4e, 0x50, 0x51, 0x52]
const [floatNe, doubleNe, intNe] = [0x42, 0x48, 0x38]

/** Even lanes of two vectors: what 64-bit comparisons and conversions leave. */
const evenLanes = [...simd(0x0d), ...[0, 8, 16, 24].flatMap((b) => [b, b + 1, b + 2, b + 3])]
/** Lanes 0 and 1 of two vectors. */
const lowHalves = [...simd(0x0d), ...[0, 1, 2, 3, 4, 5, 6, 7], ...[16, 17, 18, 19, 20, 21, 22, 23]]
/** The upper half of a vector (given twice) in the place of the lower one. */
export const upperHalf = [...simd(0x0d), ...Array.from({ length: 16 }, (_, i) => 8 + i)]

/** Two vectors of 64-bit lanes become one of 32-bit lanes. */
const joined =
  (parts: Code, shuffle: readonly number[]): Code =>
  (x, lanes) => {
    const [low, high] = parts(x, lanes) as readonly [readonly number[], readonly number[] | undefined]
    return [high === undefined ? low : [...low, ...high, ...shuffle]]
  }
/** One vector becomes two of 64-bit lanes. */
const split =
  (low: readonly number[]): Code =>
  ([a], lanes) => {
    const x = localGet((a as Vectors)[0] as number)
    return lanes === 1
      ? [[...x, ...low]]
      : [
          [...x, ...low],
          [...x, ...x, ...upperHalf, ...low],
        ]
  }

/** A truth for each vector of `dtype`. */
const masks = (dtype: DType, mask: Vectors, lanes: Lanes): readonly (readonly number[])[] => {
  const x = localGet(mask[0] as number)
  if (dtype !== 'float64') return [x]
  return [0xc7, 0xc8].slice(0, vectorsOf(dtype, lanes)).map((extend) => [...x, ...simd(extend)])
}

type Class = 'float32' | 'float64' | 'signed' | 'unsigned' | 'bool'
const classOf: Readonly<Record<DType, Class | null>> = {
  float32: 'float32',
  float64: 'float64',
  int32: 'signed',
  uint32: 'unsigned',
  uint8: null,
  bool: 'bool',
}
type ByClass = Partial<Readonly<Record<Class, Code>>>

/** The opcodes of float32, float64, int32 and uint32; null where a kernel has to compute it. */
const byOpcode = (float32: number, float64: number, signed: number | null, unsigned: number | null): ByClass => ({
  float32: each(...simd(float32)),
  float64: each(...simd(float64)),
  ...(signed === null ? {} : { signed: each(...simd(signed)) }),
  ...(unsigned === null ? {} : { unsigned: each(...simd(unsigned)) }),
})

/** As the kernels: both orders differ only at NaN and in the sign of zero. */
const floatExtremum = (pseudo: number, join: number, ne: number): Code =>
  with2((a, b) => {
    const [ab, ba] = [
      [...a, ...b, ...simd(pseudo)],
      [...b, ...a, ...simd(pseudo)],
    ]
    return [...ab, ...ba, ...simd(join), ...ab, ...ba, ...simd(ne), ...simd(or)]
  })

/** ±1 with the sign of x where x ≠ 0; ±0 and NaN stay. */
const floatSign = (one: readonly number[], minusZero: readonly number[], lt: number, gt: number): Code =>
  with1((a) => [
    ...[...a, ...minusZero, ...simd(and), ...one, ...simd(or)],
    ...a,
    ...[...a, ...zeros, ...simd(lt), ...a, ...zeros, ...simd(gt), ...simd(or)],
    ...simd(bitselect),
  ])
const minusZero32 = int32s(-(2 ** 31))
const minusZero64 = [0x44, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, ...simd(0x14)]

/** Operations whose operands and result have one dtype. */
const arithmetic: Readonly<Record<string, ByClass>> = {
  add: byOpcode(0xe4, 0xf0, 0xae, 0xae),
  sub: byOpcode(0xe5, 0xf1, 0xb1, 0xb1),
  mul: byOpcode(0xe6, 0xf2, 0xb5, 0xb5),
  div: byOpcode(0xe7, 0xf3, null, null),
  max: {
    float32: floatExtremum(0xeb, and, floatNe),
    float64: floatExtremum(0xf7, and, doubleNe),
    signed: each(...simd(0xb8)),
    unsigned: each(...simd(0xb9)),
    bool: each(...simd(or)),
  },
  min: {
    float32: floatExtremum(0xea, or, floatNe),
    float64: floatExtremum(0xf6, or, doubleNe),
    signed: each(...simd(0xb6)),
    unsigned: each(...simd(0xb7)),
    bool: each(...simd(and)),
  },
  neg: byOpcode(0xe1, 0xed, 0xa1, 0xa1),
  abs: { ...byOpcode(0xe0, 0xec, 0xa0, null), unsigned: each() },
  sign: {
    float32: floatSign(float32One, minusZero32, 0x43, 0x44),
    float64: floatSign(float64One, minusZero64, 0x49, 0x4a),
    // Comparisons are 0 or −1.
    signed: with1((a) => [...a, ...zeros, ...simd(0x39), ...a, ...zeros, ...simd(0x3b), ...simd(0xb1)]),
    unsigned: with1((a) => [...a, ...zeros, ...simd(intNe), ...simd(0xa1)]),
  },
  square: {
    float32: with1((a) => [...a, ...a, ...simd(0xe6)]),
    float64: with1((a) => [...a, ...a, ...simd(0xf2)]),
    signed: with1((a) => [...a, ...a, ...simd(0xb5)]),
    unsigned: with1((a) => [...a, ...a, ...simd(0xb5)]),
  },
  sqrt: byOpcode(0xe3, 0xef, null, null),
  floor: byOpcode(0x68, 0x75, null, null),
  ceil: byOpcode(0x67, 0x74, null, null),
  trunc: byOpcode(0x69, 0x7a, null, null),
  round: byOpcode(0x6a, 0x94, null, null),
  rsqrt: {
    float32: with1((a) => [...float32One, ...a, ...simd(0xe3), ...simd(0xe7)]),
    float64: with1((a) => [...float64One, ...a, ...simd(0xef), ...simd(0xf3)]),
  },
  reciprocal: {
    float32: with1((a) => [...float32One, ...a, ...simd(0xe7)]),
    float64: with1((a) => [...float64One, ...a, ...simd(0xf3)]),
  },
  and: onBits(each(...simd(and))),
  or: onBits(each(...simd(or))),
  xor: onBits(each(...simd(xor))),
  not: onBits(each(...simd(not))),
}

function onBits(code: Code): ByClass {
  return { signed: code, unsigned: code, bool: code }
}

/** Opcodes for float32, float64, int32 and uint32; truths compare as unsigned ones and zeros. */
const comparisons: Readonly<Record<string, readonly [number, number, number, number]>> = {
  eq: [0x41, 0x47, 0x37, 0x37],
  ne: [0x42, 0x48, 0x38, 0x38],
  lt: [0x43, 0x49, 0x39, 0x3a],
  gt: [0x44, 0x4a, 0x3b, 0x3c],
  le: [0x45, 0x4b, 0x3d, 0x3e],
  ge: [0x46, 0x4c, 0x3f, 0x40],
}

const comparison = (name: string, dtype: DType): Code | null => {
  const opcodes = own(comparisons, name)
  const of = classOf[dtype]
  if (opcodes === undefined || of === null) return null
  const [float32, float64, signed, unsigned] = opcodes
  if (of === 'float32') return each(...simd(float32))
  if (of === 'float64') return joined(each(...simd(float64)), evenLanes)
  return each(...simd(of === 'signed' ? signed : unsigned))
}

const select = (dtype: DType): Code | null =>
  dtype === 'uint8'
    ? null
    : ([m, a, b], lanes) =>
        masks(dtype, m as Vectors, lanes).map((mask, part) => [
          ...localGet((a as Vectors)[part] as number),
          ...localGet((b as Vectors)[part] as number),
          ...mask,
          ...simd(bitselect),
        ])

/** Whether x ≠ 0; NaN is. */
const truth: ByClass = {
  float32: with1((a) => [...a, ...zeros, ...simd(floatNe)]),
  float64: joined(
    with1((a) => [...a, ...zeros, ...simd(doubleNe)]),
    evenLanes,
  ),
  signed: with1((a) => [...a, ...zeros, ...simd(intNe)]),
  unsigned: with1((a) => [...a, ...zeros, ...simd(intNe)]),
}

const toFloat32: ByClass = {
  float64: joined(each(...simd(0x5e)), lowHalves),
  signed: each(...simd(0xfa)),
  unsigned: each(...simd(0xfb)),
  bool: with1((a) => [...float32One, ...a, ...simd(and)]),
}
const toFloat64: ByClass = {
  float32: split(simd(0x5f)),
  signed: split(simd(0xfe)),
  unsigned: split(simd(0xff)),
  bool: ([a], lanes) => masks('float64', a as Vectors, lanes).map((mask) => [...float64One, ...mask, ...simd(and)]),
}
const toInteger = (float32: number, float64: number): ByClass => ({
  float32: each(...simd(float32)),
  float64: joined(each(...simd(float64)), lowHalves),
  signed: each(),
  unsigned: each(),
  bool: each(...simd(0xa1)),
})
const conversions: Partial<Readonly<Record<DType, ByClass>>> = {
  float32: toFloat32,
  float64: toFloat64,
  int32: toInteger(0xf8, 0xfc),
  uint32: toInteger(0xf9, 0xfd),
  bool: truth,
}

/** Bytes are loaded as the int32s that they are. */
const conversion = (from: DType, to: DType): Code | null =>
  from === to ? each() : (conversions[to]?.[from === 'uint8' ? 'unsigned' : (classOf[from] as Class)] ?? null)

const shifts: Readonly<Record<string, number>> = { shl: 0xab, shrLogical: 0xad, shrArithmetic: 0xac }

/** Shifts of one word by a count that is known. */
const shift = (name: string, dtype: DType, by: Atom): Operation | null => {
  const opcode = own(shifts, name)
  if (opcode === undefined || (dtype !== 'int32' && dtype !== 'uint32') || !(by instanceof Literal)) return null
  if (!by.value.isUniform()) return null
  const count = by.value.view().array[0] as number
  const beyond = count < 0 || count > 31
  const instructions: Code =
    beyond && name !== 'shrArithmetic'
      ? with1(() => zeros)
      : each(0x41, ...signed(beyond ? 31 : count), ...simd(opcode))
  return { name: `${name} ${dtype} ${count}`, operands: [dtype], result: dtype, code: instructions }
}

const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

const wordSized = (dtype: DType): boolean => dtype === 'float32' || dtype === 'int32' || dtype === 'uint32'

/** How to fuse an equation, or null if a kernel has to compute it. It reads the first inputs, as many as it has operands. */
export const fusible = (equation: Equation): Operation | null => {
  const { name } = equation.primitive
  const [output] = equation.outputs
  const operands = equation.inputs.map((a) => a.abstract.dtype)
  const [first, second] = operands
  if (output === undefined || first === undefined) return null
  const result = output.abstract.dtype
  const operation = (code: Code | null | undefined): Operation | null =>
    code ? { name: `${name} ${operands.join(' ')} ${result}`, operands, result, code } : null
  if (name === 'select') return operation(select(second as DType))
  if (name === 'convertElementType') return operation(conversion(first, result))
  if (name === 'bitcastConvertType') return wordSized(first) && wordSized(result) ? operation(each()) : null
  if (Object.hasOwn(shifts, name)) return shift(name, first, equation.inputs[1] as Atom)
  if (Object.hasOwn(comparisons, name)) return operation(comparison(name, first))
  const of = classOf[first]
  return of === null ? null : operation(own(arithmetic, name)?.[of])
}

/** Equations that count: their result is known from the position alone, so that loops need not read it. */
export const isCounted = ({ primitive, outputs }: Equation): boolean =>
  primitive.name === 'iota' && (outputs[0] as Equation['outputs'][number]).abstract.dtype !== 'uint8'
