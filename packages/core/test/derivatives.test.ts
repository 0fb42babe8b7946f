/**
 * Derivatives to third order against values that `fixtures/derivatives.py` computed by mpmath to hundreds of digits: at zeros and ties,
 * near poles, far out, where the derivative of a rounded result is 0 and where squares over- or underflow. In float64 and, where
 * float32 can represent what comes out, in float32; by reverse mode, by forward mode, and by one around the other.
 */
import { readFileSync } from 'node:fs'
import { type DType, grad, jit, jvp, lax, np, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

type Row = readonly (number | null)[]
interface Table {
  readonly unary: Readonly<Record<string, readonly Row[]>>
  readonly binary: Readonly<Record<string, readonly Row[]>>
}
type Unary = (x: Tensor) => Tensor
type Binary = (x: Tensor, y: Tensor) => Tensor

const table: Table = JSON.parse(readFileSync(new URL('./fixtures/derivatives.json', import.meta.url), 'utf8'))
const rooms: Readonly<Record<string, unknown>> = { np, lax }
/** `lax.exp`, or `power −2` for np.power(x, −2); a note may follow the name. */
const functionOf = (name: string): unknown => {
  if (name.startsWith('power ')) return (x: Tensor) => np.power(x, Number(name.slice(6)))
  const [room, key] = (name.split(' ')[0] as string).split('.') as [string, string]
  return (rooms[room] as Record<string, unknown>)[key]
}

const { fround } = Math
const range = { float32: [2 ** -126, 2 ** 128 * (1 - 2 ** -24)], float64: [2 ** -1022, Number.MAX_VALUE] } as const
const tolerance = { float32: 3e-5, float64: 1e-11 } as const

/** A derivative that the dtype has: 0, or a normal number. */
const representable = (v: number | null, dtype: DType): v is number =>
  v !== null &&
  (v === 0 || (Math.abs(v) >= range[dtype as 'float32'][0] && Math.abs(v) <= range[dtype as 'float32'][1]))

type Direction = (f: Unary) => Unary
const reverse: Direction = (f) => grad((x: Tensor) => f(x))
const forward: Direction = (f) => (x) => jvp(f, [x], [np.onesLike(x)])[1]

/** The first three derivatives, each direction inside and outside. */
const towers: readonly (readonly [string, readonly Direction[]])[] = [
  ['reverse', [reverse, reverse, reverse]],
  ['forward', [forward, forward, forward]],
  ['forward of reverse', [reverse, forward, reverse]],
]

const check = (found: number, wanted: number, dtype: 'float32' | 'float64', what: string): void => {
  const error = wanted === 0 ? Math.abs(found) : Math.abs(found / wanted - 1)
  if (!(error <= tolerance[dtype])) expect.soft(found, what).toBe(wanted)
}

const dtypes = ['float64', 'float32'] as const

describe.each(Object.entries(table.unary))('derivatives of %s', (name, rows) => {
  const f = functionOf(name) as Unary
  it.each(dtypes)('in %s are right wherever there is a number for them', (dtype) => {
    const usable = rows.filter(([x]) => dtype === 'float64' || fround(x as number) === x)
    const points = np.array(
      usable.map(([x]) => x as number),
      { dtype },
    )
    for (const [label, directions] of towers) {
      let g = f
      directions.forEach((direction, order) => {
        g = direction(g)
        const found = vmap(g)(points).data()
        usable.forEach((row, i) => {
          const wanted = row[order + 1] ?? null
          if (representable(wanted, dtype))
            check(found[i] as number, wanted, dtype, `${label}, order ${order + 1} at ${row[0]}`)
        })
      })
    }
  })
})

/** Partial derivatives in the order of a row: which argument each of the steps is by. */
const partials: readonly (readonly (0 | 1)[])[] = [
  [0],
  [1],
  [0, 0],
  [0, 1],
  [1, 1],
  [0, 0, 0],
  [0, 0, 1],
  [0, 1, 1],
  [1, 1, 1],
]
const partial =
  (by: 0 | 1, mode: 'reverse' | 'forward') =>
  (f: Binary): Binary =>
    mode === 'reverse'
      ? grad((x: Tensor, y: Tensor) => f(x, y), { argnums: by })
      : (x, y) => {
          const one = np.onesLike(x)
          return jvp(f, [x, y], by === 0 ? [one, np.zerosLike(y)] : [np.zerosLike(x), one])[1]
        }

describe.each(Object.entries(table.binary))('derivatives of %s', (name, rows) => {
  const f = functionOf(name) as Binary
  it.each(dtypes)('in %s are right wherever there is a number for them', (dtype) => {
    const usable = rows.filter(
      ([x, y]) => dtype === 'float64' || (fround(x as number) === x && fround(y as number) === y),
    )
    const column = (i: number): Tensor =>
      np.array(
        usable.map((row) => row[i] as number),
        { dtype },
      )
    const [xs, ys] = [column(0), column(1)]
    if (usable.length === 0) return
    partials.forEach((steps, k) => {
      for (const mode of ['reverse', 'forward'] as const) {
        const g = steps.reduce<Binary>((h, by) => partial(by, mode)(h), f)
        const found = vmap(g)(xs, ys).data()
        usable.forEach((row, i) => {
          const wanted = row[k + 2] ?? null
          if (representable(wanted, dtype))
            check(
              found[i] as number,
              wanted,
              dtype,
              `${mode}, by ${steps.map((s) => 'xy'[s]).join('')} at (${row[0]}, ${row[1]})`,
            )
        })
      }
    })
  })
})

describe('derivatives of a compiled program', () => {
  it.each(Object.entries(table.unary))('%s: the same bits as eagerly', (name, rows) => {
    const f = functionOf(name) as Unary
    const points = np.array(
      rows.map(([x]) => x as number),
      { dtype: 'float64' },
    )
    const g = vmap(reverse(reverse(f)))
    expect(jit(g)(points).data()).toEqual(g(points).data())
  })
})
