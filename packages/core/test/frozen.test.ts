/** What is handed out cannot be written to, or is a copy. */
import {
  dtypes,
  evalShape,
  exportWasm,
  grad,
  jit,
  lax,
  makeProgram,
  np,
  random,
  scan,
  type Tensor,
  vmap,
} from '@puregrad/core'
import { expect, it } from 'vitest'

const x = np.array([
  [1, 2],
  [3, 4],
])
const f = jit((a: Tensor) => np.tanh(a).sum())
f(x)

/** Everything in a value that is an array or a plain record. */
const parts = (value: unknown): readonly object[] => {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return []
  const prototype = Object.getPrototypeOf(value)
  const plain = Array.isArray(value) || prototype === Object.prototype || prototype === null
  return plain ? [value, ...Object.values(value).flatMap(parts)] : []
}

const tensors: Readonly<Record<string, () => Tensor>> = {
  array: () => x,
  reshaped: () => x.reshape([4, 1]),
  transposed: () => x.T,
  broadcast: () => np.broadcastTo(np.array(1), [3, 2]),
  sum: () => x.sum({ axis: 0 }),
  slice: () => x.slice(0),
  jitted: () => jit((a: Tensor) => a.mul(2))(x),
  gradient: () => grad((a: Tensor) => a.mul(a).sum())(x),
  batched: () => vmap((a: Tensor) => a.sum())(x),
  scanned: () => scan((c: Tensor, a: Tensor) => [c.add(a.sum()), c] as const, np.array(0), x)[1],
  random: () => random.normal(random.key(0), [3]),
  key: () => random.key(0),
  zeros: () => np.zeros([2, 3]),
  converted: () => lax.convertElementType(x, 'int32'),
}

it.each(Object.entries(tensors))('the shape of a tensor: %s', (_, make) => {
  expect(Object.isFrozen(make().shape)).toBe(true)
})

it('the shape of a tracer', () => {
  const frozen: boolean[] = []
  const look = (a: Tensor): Tensor => {
    frozen.push(Object.isFrozen(a.shape))
    return a.mul(a).sum()
  }
  jit(look)(x)
  grad(look)(x)
  vmap(look)(x)
  makeProgram(look)(x)
  expect(frozen).toEqual([true, true, true, true])
})

it('shapes that a user gave stay the user’s', () => {
  const shape = [2, 3]
  const y = np.zeros(shape)
  shape[0] = 5000
  expect(y.shape).toEqual([2, 3])
  const type = { shape, dtype: 'float32' } as const
  const result = evalShape((a: Tensor) => a, type)
  shape[0] = 7
  expect(result.shape).toEqual([5000, 3])
})

it.each([
  ['evalShape', evalShape((a: Tensor) => a.sum({ axis: 0 }), x)],
  ['stats', f.stats()],
  ['cost', f.cost(x)],
  ['finfo', np.finfo('float32')],
  ['iinfo', np.iinfo('int32')],
  ['dtypes', dtypes],
  ['the description of an export', exportWasm((a: Tensor) => a.sum(), x).description],
])('%s', (_, value) => {
  const found = parts(value)
  expect(found.length).toBeGreaterThan(0)
  expect(found.every((part) => Object.isFrozen(part))).toBe(true)
})

it('elements are copies', () => {
  x.data().fill(9)
  ;(x.toArray() as number[][])[0]?.fill(9)
  expect(x.toArray()).toEqual([
    [1, 2],
    [3, 4],
  ])
})
