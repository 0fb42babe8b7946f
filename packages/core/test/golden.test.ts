/**
 * Values and gradients of public functions against PyTorch's in float64. Each case has `fn` (a path such as `np.exp`), `args`, `out`,
 * and where there are derivatives the cotangent `ct` of the result and `grads`, one per argument. `{ $t: [shape, dtype, data] }`
 * is a tensor. Functions of other packages are tested there.
 */
import { readFileSync } from 'node:fs'
import { type DType, jit, lax, np, type Tensor, Tensor as TensorClass, vjp } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

interface EncodedTensor {
  readonly $t: readonly [shape: readonly number[], dtype: DType, data: readonly (number | string | boolean)[]]
}
interface Case {
  readonly name: string
  readonly fn: string
  readonly args: readonly unknown[]
  readonly out: unknown
  readonly ct?: unknown
  readonly grads?: readonly unknown[]
  readonly tol: readonly [rtol: number, atol: number]
}

const isEncoded = (x: unknown): x is EncodedTensor => typeof x === 'object' && x !== null && '$t' in x

/** A tensor for every encoded one, in arguments of any structure. */
const decode = (x: unknown): unknown => {
  if (isEncoded(x)) {
    const [shape, dtype, data] = x.$t
    return np.reshape(np.array(data.map(Number), { dtype }), shape)
  }
  if (Array.isArray(x)) return x.map(decode)
  if (typeof x !== 'object' || x === null) return x
  return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, decode(v)]))
}

/** The encoded tensors of a value, in order. */
const encoded = (x: unknown): readonly (EncodedTensor | number | boolean)[] => {
  if (isEncoded(x) || typeof x === 'number' || typeof x === 'boolean') return [x]
  if (typeof x !== 'object' || x === null) return []
  return Object.values(x).flatMap(encoded)
}

const tensorsIn = (x: unknown): readonly Tensor[] =>
  x instanceof TensorClass ? [x] : typeof x === 'object' && x !== null ? Object.values(x).flatMap(tensorsIn) : []

const rooms: Readonly<Record<string, unknown>> = { np, lax }
const find = (path: string): ((...args: unknown[]) => unknown) =>
  path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], rooms) as never

const expectClose = (
  found: Tensor,
  expected: EncodedTensor | number | boolean,
  [rtol, atol]: Case['tol'],
  what: string,
): void => {
  const [shape, , data] = isEncoded(expected) ? expected.$t : [[], null, [expected]]
  expect(found.shape, what).toEqual(shape)
  found.data().forEach((e, i) => {
    const want = Number(data[i])
    if (Object.is(e, want) || e === want) return
    expect(Math.abs(e - want), `${what} at ${i}: ${e} instead of ${want}`).toBeLessThanOrEqual(
      atol + rtol * Math.abs(want),
    )
  })
}

const files = ['elementwise', 'reduce', 'shape', 'linalg', 'conv']
describe.each(files)('%s', (file) => {
  const cases = JSON.parse(readFileSync(new URL(`./fixtures/${file}.json`, import.meta.url), 'utf8')) as readonly Case[]
  const ours = cases.filter(({ fn }) => /^(np|lax)\./.test(fn))

  it.each(ours.map((c) => [`${c.fn} ${c.name}`, c] as const))('%s', (_, { fn, args, out, ct, grads, tol }) => {
    const given = args.map(decode)
    const call = find(fn)
    const found = tensorsIn(call(...given))
    const expected = encoded(out)
    expect(found.length).toBe(expected.length)
    found.forEach((y, i) => expectClose(y, expected[i] as EncodedTensor, tol, `result ${i}`))
    if (grads === undefined || grads === null) return

    const chosen = args.flatMap((_, i) => (encoded(grads[i]).length > 0 ? [i] : []))
    const f = (...moving: unknown[]): readonly Tensor[] =>
      tensorsIn(call(...given.map((a, i) => (chosen.includes(i) ? moving[chosen.indexOf(i)] : a))))
    const cotangents = tensorsIn(decode(ct))
    const pull = (...moving: unknown[]): readonly unknown[] => vjp(f, ...moving)[1](cotangents)
    const primals = chosen.map((i) => given[i])
    const pulled = pull(...primals)
    const jitted = jit(pull)(...primals) as readonly unknown[]
    chosen.forEach((i, k) => {
      const wanted = encoded(grads[i])
      const mine = tensorsIn(pulled[k])
      expect(mine.length).toBe(wanted.length)
      mine.forEach((g, j) => {
        expectClose(g, wanted[j] as EncodedTensor, tol, `gradient of argument ${i}`)
        expect(tensorsIn(jitted[k])[j]?.toArray()).toEqual(g.toArray())
      })
    })
  })
})
