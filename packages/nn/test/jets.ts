/** Functions of one number to third order: what the derivatives of activations and losses are compared with. */
import { grad, jvp, np, type Tensor } from '@puregrad/core'

/** f, f′, f″, f‴ of a number. */
export type Values = readonly [number, number, number, number]
export type Jet = (x: number) => Values

export interface Case {
  /** Of every element by itself. */
  readonly f: (x: Tensor) => Tensor
  readonly jet: Jet
  /** Where both are compared: `everywhere` unless said. */
  readonly points?: readonly number[]
  /** What is allowed beside the relative error: 0 unless said, for functions whose derivatives are differences of rounded numbers. */
  readonly rounding?: number
}

const sizes = [
  1e-300, 1e-30, 1e-8, 0.25, 0.5, 1, 2, 3, 6, 9, 17.5, 37.43, 40, 100, 350, 700, 800, 1e10, 1e20, 1e30, 1e100, 1e200,
  1e300,
]

/** Zero, ties, tiny, huge, and where exponentials leave the range. */
export const everywhere: readonly number[] = [0, ...sizes, ...sizes.map((x) => -x)]

/** 1 / (1 + e⁻ˣ), to the last digits also where it is tiny. */
export const sigma = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))

/** log(1 + eˣ). */
export const soft = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** σ and its derivatives. */
export const bell: Jet = (x) => {
  const [s, q] = [sigma(x), sigma(-x)]
  return [s, s * q, s * q * (q - s), s * q * (1 - 6 * s * q)]
}

/** log(1 + eˣ) and its derivatives. */
export const ramp: Jet = (x) => {
  const [s, s1, s2] = bell(x)
  return [soft(x), s, s1, s2]
}

export const sech = (x: number): number => (2 * Math.exp(-Math.abs(x))) / (1 + Math.exp(-2 * Math.abs(x)))

/** tanh and its derivatives. */
export const curve: Jet = (x) => {
  const [t, u] = [Math.tanh(x), sech(x) ** 2]
  return [t, u, -2 * t * u, u * (4 * t * t - 2 * u)]
}

/** slope · x + offset. */
export const line =
  (slope: number, offset = 0): Jet =>
  (x) => [slope * x + offset, slope, 0, 0]

/** f(−x). */
export const mirrored =
  (f: Jet): Jet =>
  (x) => {
    const [y, y1, y2, y3] = f(-x)
    return [y, -y1, y2, -y3]
  }

/** a · f + b · g. */
export const sum =
  (a: number, f: Jet, b: number, g: Jet): Jet =>
  (x) => {
    const [y, z] = [f(x), g(x)]
    return y.map((v, i) => (a === 0 ? 0 : a * v) + (b === 0 ? 0 : b * (z[i] as number))) as unknown as Values
  }

/** f · g; what vanishes wins against what grows. */
export const product =
  (f: Jet, g: Jet): Jet =>
  (x) => {
    const [a, b] = [f(x), g(x)]
    const times = (i: number, j: number): number => {
      const [u, v] = [a[i] as number, b[j] as number]
      return u === 0 || v === 0 ? 0 : u * v
    }
    return [
      times(0, 0),
      times(0, 1) + times(1, 0),
      times(0, 2) + 2 * times(1, 1) + times(2, 0),
      times(0, 3) + 3 * times(1, 2) + 3 * times(2, 1) + times(3, 0),
    ]
  }

const slope =
  (f: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor =>
    grad((t: Tensor) => np.sum(f(t)))(x)

const tangent =
  (f: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor =>
    jvp(f, [x], [np.onesLike(x)])[1]

const formats = {
  float64: { tolerance: 1e-11, largest: 1e300, least: 1e-300 },
  float32: { tolerance: 2e-5, largest: 1e30, least: 1e-36 },
} as const

/** All places and orders, in both dtypes and both directions, where a function is not what its jet says. */
export const differences = ({ f, jet, points = everywhere, rounding = 0 }: Case): readonly string[] =>
  (['float64', 'float32'] as const).flatMap((dtype) => {
    const { tolerance, largest, least } = formats[dtype]
    const round = dtype === 'float32' ? Math.fround : (x: number) => x
    const xs = points.filter((x) => Math.abs(x) <= largest).map(round)
    const x = np.array(xs, { dtype })
    const orders = [
      [0, 'value', f],
      [1, 'backwards', slope(f)],
      [2, 'backwards', slope(slope(f))],
      [3, 'backwards', slope(slope(slope(f)))],
      [1, 'forwards', tangent(f)],
      [2, 'forwards', tangent(tangent(f))],
      [3, 'forwards', tangent(tangent(tangent(f)))],
    ] as const
    return orders.flatMap(([order, way, g]) => {
      const found = g(x).data()
      return xs.flatMap((at, i) => {
        const wanted = jet(at)[order] as number
        // Near 0 sums cancel; in the tails every digit counts.
        const near = Math.abs(at) <= 9 ? 0.1 + rounding : rounding
        const allowed = tolerance * (Math.abs(wanted) * (1 + Math.min(Math.abs(at), 1e3) / 10) + near) + least
        const actual = found[i] as number
        if (Math.abs(wanted) > largest * 1e8 || Math.abs(actual - wanted) <= allowed) return []
        return [`${dtype}, order ${order} ${way} at ${at}: ${actual} instead of ${wanted}`]
      })
    })
  })
