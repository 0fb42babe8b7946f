/** What each elementwise float kernel computes, how well it must, and where to look for its worst case. */
import { type Big, mul, one, sqrt } from './big.js'
import * as precise from './precise.js'
import * as special from './special.js'

export interface Unary {
  readonly name: string
  /** A float64 oracle, where JavaScript has one; otherwise the float64 kernel serves, itself held to `precise`. */
  readonly math?: (x: number) => number
  readonly precise: (x: Big) => Big
  /** Where the function is finite and not trivial. */
  readonly core: readonly [number, number]
  /** Finite inputs outside give no finite result. */
  readonly domain?: (x: number) => boolean
  /** Points whose neighbourhoods are searched float by float. */
  readonly near?: readonly number[]
  /** Largest error allowed in float32, in units in the last place. */
  readonly bar32: number
  /** float64 errors below this size of result count relative to it: only for functions with roots that reflection yields. */
  readonly floor64?: (x: number) => number
}

/** Largest relative error allowed in float64. */
export const bar64 = 1e-14

const range = (n: number, f: (i: number) => number): readonly number[] => Array.from({ length: n }, (_, i) => f(i))
const powersOfTwo = range(250, (i) => 2 ** (i - 125))
const integers = range(61, (i) => i - 30)
const quarterTurns = [
  ...range(400, (i) => (i * Math.PI) / 4),
  ...range(300, (i) => (Math.round(1.08 ** i) * Math.PI) / 2),
  // The float32 nearest to a multiple of π/2 (Muller et al., Handbook of Floating-Point Arithmetic, table 10.1)
  16367173 * 2 ** 72,
]
const inUnit = (x: number): boolean => Math.abs(x) < 1
const positive = (x: number): boolean => x > 0
const noPole = (x: number): boolean => x > 0 || !Number.isInteger(x)

export const unary: readonly Unary[] = [
  { name: 'exp', math: Math.exp, precise: precise.exp, core: [-110, 90], near: [0, -87.336, -103.97, 88.72], bar32: 2 },
  { name: 'exp2', math: (x) => 2 ** x, precise: precise.exp2, core: [-151, 129], near: integers, bar32: 2 },
  { name: 'expm1', math: Math.expm1, precise: precise.expm1, core: [-20, 90], near: [0, 0.35, -0.35, 88.72], bar32: 2 },
  {
    name: 'logistic',
    math: (x) => 1 / (1 + Math.exp(-x)),
    precise: precise.logistic,
    core: [-110, 40],
    near: [0, -87.33, -103.97],
    bar32: 2,
  },
  {
    name: 'log',
    math: Math.log,
    precise: precise.log,
    core: [0, 8],
    domain: positive,
    near: [...powersOfTwo, Math.SQRT2, Math.SQRT1_2],
    bar32: 2,
  },
  {
    name: 'log2',
    math: Math.log2,
    precise: precise.log2,
    core: [0, 8],
    domain: positive,
    near: [...powersOfTwo, Math.SQRT2, Math.SQRT1_2],
    bar32: 2,
  },
  {
    name: 'log10',
    math: Math.log10,
    precise: precise.log10,
    core: [0, 8],
    domain: positive,
    near: [...powersOfTwo, Math.SQRT2, Math.SQRT1_2],
    bar32: 2,
  },
  {
    name: 'log1p',
    math: Math.log1p,
    precise: precise.log1p,
    core: [-1, 8],
    domain: (x) => x > -1,
    near: [0, -1, -0.5, 1, Math.SQRT2 - 1, Math.SQRT1_2 - 1],
    bar32: 2,
  },
  { name: 'sqrt', math: Math.sqrt, precise: sqrt, core: [0, 8], domain: positive, bar32: 2 },
  { name: 'rsqrt', math: (x) => 1 / Math.sqrt(x), precise: precise.rsqrt, core: [0, 8], domain: positive, bar32: 2 },
  { name: 'cbrt', math: Math.cbrt, precise: precise.cbrt, core: [-8, 8], bar32: 2 },
  { name: 'sin', math: Math.sin, precise: precise.sin, core: [-100, 100], near: quarterTurns, bar32: 2 },
  { name: 'cos', math: Math.cos, precise: precise.cos, core: [-100, 100], near: quarterTurns, bar32: 2 },
  { name: 'tan', math: Math.tan, precise: precise.tan, core: [-100, 100], near: quarterTurns, bar32: 4 },
  {
    name: 'asin',
    math: Math.asin,
    precise: precise.asin,
    core: [-1, 1],
    domain: inUnit,
    near: [0, 0.5, 1, -1],
    bar32: 2,
  },
  {
    name: 'acos',
    math: Math.acos,
    precise: precise.acos,
    core: [-1, 1],
    domain: inUnit,
    near: [0, 0.5, 1, -1],
    bar32: 2,
  },
  { name: 'atan', math: Math.atan, precise: precise.atan, core: [-10, 10], near: [0, 1, -1, 2.4142135], bar32: 2 },
  { name: 'sinh', math: Math.sinh, precise: precise.sinh, core: [-90, 90], near: [0, 1, 89.41, 88.72], bar32: 2 },
  { name: 'cosh', math: Math.cosh, precise: precise.cosh, core: [-90, 90], near: [0, 89.41, 88.72], bar32: 2 },
  { name: 'tanh', math: Math.tanh, precise: precise.tanh, core: [-10, 10], near: [0, 0.625, 9.01, -0.625], bar32: 2 },
  { name: 'asinh', math: Math.asinh, precise: precise.asinh, core: [-10, 10], near: [0, 1], bar32: 2 },
  {
    name: 'acosh',
    math: Math.acosh,
    precise: precise.acosh,
    core: [1, 20],
    domain: (x) => x >= 1,
    near: [1, 2],
    bar32: 2,
  },
  {
    name: 'atanh',
    math: Math.atanh,
    precise: precise.atanh,
    core: [-1, 1],
    domain: inUnit,
    near: [0, 0.5, 1, -1],
    bar32: 2,
  },
  { name: 'erf', precise: special.erf, core: [-5, 5], near: [0, 1, 0.84375, 3.9], bar32: 2 },
  { name: 'erfc', precise: special.erfc, core: [-5, 11], near: [0, 0.25, 0.84375, 1.25, 9.19, 10.05], bar32: 2 },
  { name: 'erfInv', precise: special.erfInv, core: [-1, 1], domain: inUnit, near: [0, 0.85, 1, -1], bar32: 2 },
  {
    name: 'lgamma',
    precise: special.lgamma,
    core: [-40, 40],
    domain: noPole,
    near: [...integers, -2.4570247382208006, -2.7476826467274127, -3.1435808883499798],
    bar32: 4,
    floor64: (x) => (x < 0 ? 1 : 0),
  },
  {
    name: 'digamma',
    precise: special.digamma,
    core: [-40, 40],
    domain: noPole,
    near: [...integers, 1.4616321449683622, -0.504083008264455, -1.573498473162391],
    bar32: 4,
    floor64: (x) => (x < 0 ? 1 : 0),
  },
  { name: 'besselI0e', precise: special.besselI0e, core: [-40, 40], near: [0, 8, -8], bar32: 2 },
  { name: 'besselI1e', precise: special.besselI1e, core: [-40, 40], near: [0, 8, -8], bar32: 2 },
  { name: 'square', math: (x) => x * x, precise: (x) => mul(x, x), core: [-8, 8], bar32: 2 },
  {
    name: 'reciprocal',
    math: (x) => 1 / x,
    precise: (x) => precise.pow(x, { m: -one.m, e: one.e }),
    core: [-8, 8],
    domain: (x) => x !== 0,
    bar32: 2,
  },
]

export interface Binary {
  readonly name: string
  readonly math: (a: number, b: number) => number
  readonly precise: (a: Big, b: Big) => Big
  /** The i-th sample pair from two uniform numbers in [0, 1). */
  readonly domain: string
  readonly pair: (u: number, v: number, i: number) => readonly [number, number]
  readonly bar32: number
}

const anyMagnitude = (u: number, width: number): number => (u < 0.5 ? -1 : 1) * 2 ** ((((u * 2) % 1) - 0.5) * width)

export const binary: readonly Binary[] = [
  {
    name: 'pow',
    math: (a, b) => a ** b,
    precise: precise.pow,
    domain: 'four families of pairs',
    pair: (u, v, i) =>
      i % 4 === 0
        ? [1 + (u - 0.5) / 4, (v - 0.5) * 1200]
        : i % 4 === 1
          ? [anyMagnitude(u, 200), Math.round((v - 0.5) * 12)]
          : i % 4 === 2
            ? [Math.abs(anyMagnitude(u, 290)), (v - 0.5) * 2.5]
            : [u * 10, (v - 0.5) * 60],
    bar32: 4,
  },
  {
    name: 'atan2',
    math: Math.atan2,
    precise: precise.atan2,
    domain: 'two families of pairs',
    pair: (u, v, i) => (i % 2 === 0 ? [u * 4 - 2, v * 4 - 2] : [anyMagnitude(u, 80), anyMagnitude(v, 80)]),
    bar32: 2,
  },
]
