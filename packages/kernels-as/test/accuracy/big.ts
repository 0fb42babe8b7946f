/** Floating-point numbers of 256 bits on BigInt: m·2^e. Exact conversions from float64, everything else rounded down. */
export interface Big {
  readonly m: bigint
  readonly e: number
}

export const bits = 256

const lengthOf = (m: bigint): number => (m < 0n ? -m : m).toString(16).length * 4

/** The exponent of the leading bit, to within 4. */
export const magnitude = (a: Big): number => (a.m === 0n ? Number.NEGATIVE_INFINITY : a.e + lengthOf(a.m))

const trim = (m: bigint, e: number): Big => {
  const excess = lengthOf(m) - bits
  return excess > 32 ? { m: m >> BigInt(excess), e: e + excess } : { m, e }
}

const view = new DataView(new ArrayBuffer(8))

/** Exact. */
export const big = (x: number): Big => {
  view.setFloat64(0, x)
  const raw = view.getBigUint64(0)
  const exponent = Number((raw >> 52n) & 0x7ffn)
  const fraction = raw & 0xfffffffffffffn
  const m = exponent === 0 ? fraction : fraction | 0x10000000000000n
  return { m: x < 0 ? -m : m, e: Math.max(exponent, 1) - 1075 }
}

/** The nearest float64, ±Infinity beyond its range. */
export const toNumber = ({ m, e }: Big): number => {
  const excess = Math.max(0, lengthOf(m) - 900)
  const half = Math.trunc((e + excess) / 2)
  return Number(m >> BigInt(excess)) * 2 ** half * 2 ** (e + excess - half)
}

/** a as an integer multiple of 2^−places. */
export const toFixed = ({ m, e }: Big, places: number): bigint => {
  const shift = e + places
  return shift >= 0 ? m << BigInt(shift) : m >> BigInt(-shift)
}

export const fromFixed = (m: bigint, places: number): Big => trim(m, -places)

export const neg = (a: Big): Big => ({ m: -a.m, e: a.e })
export const abs = (a: Big): Big => (a.m < 0n ? neg(a) : a)
export const scale = (a: Big, power: number): Big => ({ m: a.m, e: a.e + power })

export const add = (a: Big, b: Big): Big => {
  if (a.m === 0n) return b
  if (b.m === 0n) return a
  const [hi, lo] = a.e >= b.e ? [a, b] : [b, a]
  const gap = hi.e - lo.e
  // Far below the other's last bit: it cannot matter, and shifting it up would be slow.
  if (magnitude(hi) - magnitude(lo) > 4 * bits) return hi
  return trim((hi.m << BigInt(gap)) + lo.m, lo.e)
}
export const sub = (a: Big, b: Big): Big => add(a, neg(b))
export const mul = (a: Big, b: Big): Big => trim(a.m * b.m, a.e + b.e)
export const div = (a: Big, b: Big): Big => {
  const shift = Math.max(0, bits + lengthOf(b.m) - lengthOf(a.m) + 8)
  return trim((a.m << BigInt(shift)) / b.m, a.e - shift - b.e)
}

const integerSqrt = (n: bigint): bigint => {
  if (n < 2n) return n
  let x = 1n << BigInt((lengthOf(n) >> 1) + 1)
  for (;;) {
    const next = (x + n / x) >> 1n
    if (next >= x) return x
    x = next
  }
}

export const sqrt = (a: Big): Big => {
  let shift = Math.max(0, 2 * bits - lengthOf(a.m))
  if ((a.e - shift) % 2 !== 0) shift++
  return trim(integerSqrt(a.m << BigInt(shift)), (a.e - shift) / 2)
}

export const less = (a: Big, b: Big): boolean => sub(a, b).m < 0n
export const zero = big(0)
export const one = big(1)
export const two = big(2)
export const integer = (n: number): Big => ({ m: BigInt(n), e: 0 })
/** n/d. */
export const ratio = (n: number, d: number): Big => div(integer(n), integer(d))
