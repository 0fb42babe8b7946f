/** Values and gradients of functions, losses, pooling and layers agree with PyTorch's, eager and jitted. */
import { jit, type Tensor, vjp } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import * as nn from '../src/index.js'
import { casesOf, decode, expectClose, type GoldenCase, memberAt } from './golden.js'

const check = ({ args, out, ct, grads = [], tol }: GoldenCase, f: (...args: readonly unknown[]) => Tensor): void => {
  const values = args.map(decode)
  expectClose(f(...values), out, tol)
  const at = grads.flatMap((grad, i) => (JSON.stringify(grad).includes('$t') ? [i] : []))
  const selected = (...chosen: readonly unknown[]): Tensor =>
    f(...values.map((v, i) => (at.includes(i) ? chosen[at.indexOf(i)] : v)))
  const primals = at.map((i) => values[i])
  expectClose(jit(selected)(...primals), out, tol)
  if (ct === undefined) return
  expect(at.length, 'arguments with a gradient').toBeGreaterThan(0)
  const gradients = (...chosen: readonly unknown[]): unknown => vjp(selected, ...chosen)[1](decode(ct) as Tensor)
  for (const transform of [gradients, jit(gradients)]) {
    const found = transform(...primals) as readonly unknown[]
    for (const [k, i] of at.entries()) expectClose(found[k], grads[i], tol, `gradient of argument ${i}`)
  }
}

describe.each(['nn', 'pooling'])('%s', (file) => {
  it.each(casesOf(file).map((c) => [c.name, c] as const))('%s', (_, golden) => {
    check(golden, memberAt(nn, golden.fn) as (...args: readonly unknown[]) => Tensor)
  })
})

type Constructor = (...args: readonly unknown[]) => nn.Layer<unknown, null>

describe('layers', () => {
  it.each(casesOf('layers').map((c) => [c.name, c] as const))('%s', (_, golden) => {
    const make = memberAt(nn, golden.fn) as Constructor
    const apply = (args: unknown, params: unknown, x: unknown): Tensor =>
      make(...(args as readonly unknown[])).apply(params, null, x as Tensor, { mode: 'eval' })[0]
    check(golden, apply as (...args: readonly unknown[]) => Tensor)
  })

  it.each(casesOf('layers').map((c) => [c.name, c] as const))(
    '%s: the plan describes these parameters',
    (_, golden) => {
      const [args, params, x] = golden.args.map(decode) as [
        readonly unknown[],
        Readonly<Record<string, unknown>>,
        Tensor,
      ]
      const planned = (memberAt(nn, golden.fn) as Constructor)(...args).plan(x.shape.slice(1))
      if (planned._tag === 'Left') throw planned.left
      const shapes = (tree: unknown): unknown => {
        if (typeof tree !== 'object' || tree === null) return tree
        if ('shape' in tree) return tree.shape
        return Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, shapes(v)]))
      }
      expect(shapes(planned.right.params)).toEqual(shapes(params))
      expect(planned.right.out).toEqual((golden.out as { readonly $t: readonly [readonly number[]] }).$t[0].slice(1))
    },
  )
})
