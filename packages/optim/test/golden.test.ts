import { readFileSync } from 'node:fs'
import { type DType, grad, jit, np, scan, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { adam, adamax, adamw, applyUpdates, type GradientTransformation, sgd } from '../src/index.js'
import { numbers } from './values.js'

type Written = { readonly $t: readonly [shape: readonly number[], dtype: DType, data: readonly number[]] }

const optimizers = { sgd, adam, adamw, adamax }

interface Case {
  readonly name: string
  readonly optimizer: keyof typeof optimizers
  readonly args: readonly unknown[]
  readonly params: Readonly<Record<'w' | 'b', Written>>
  readonly x: Written
  readonly y: Written
  readonly steps: number
  readonly tol: readonly [relative: number, absolute: number]
  readonly final: Readonly<Record<'w' | 'b', Written>>
  readonly losses: Written
}

interface Params {
  readonly w: Tensor
  readonly b: Tensor
}

const fixture = new URL('./fixtures/optim.json', import.meta.url)
const cases: readonly Case[] = JSON.parse(readFileSync(fixture, 'utf8'))

const read = ({ $t: [shape, dtype, data] }: Written): Tensor => np.array(data, { dtype }).reshape(shape)

const expectNear = (actual: Tensor, written: Written, [relative, absolute]: Case['tol']): void => {
  const expected = written.$t[2]
  expect(actual.shape).toEqual(written.$t[0])
  actual.data().forEach((a, i) => {
    const e = expected[i] as number
    expect(Math.abs(a - e), `element ${i}: ${a} instead of ${e}`).toBeLessThanOrEqual(absolute + relative * Math.abs(e))
  })
}

const train = ({ optimizer: name, args, ...written }: Case) => {
  const make = optimizers[name] as unknown as (...args: readonly unknown[]) => GradientTransformation<unknown>
  const optimizer = make(...args)
  const [x, y] = [read(written.x), read(written.y)]
  const loss = ({ w, b }: Params): Tensor =>
    np.mean(np.square(x.matmul(w).add(b).sub(y))).add(np.sum(w.pow(4)).mul(0.1))
  type Carry = readonly [Params, unknown]
  const step = ([params, state]: Carry): readonly [Carry, Tensor] => {
    const [updates, next] = optimizer.update(grad(loss)(params), state, params)
    return [[applyUpdates(params, updates), next], loss(params)]
  }
  const params = { w: read(written.params.w), b: read(written.params.b) }
  return { step, start: [params, optimizer.init(params)] as Carry }
}

describe.each(cases)('$name', (golden) => {
  const { step, start } = train(golden)

  it('goes the way PyTorch goes', () => {
    let carry = start
    const losses = Array.from({ length: golden.steps }, () => {
      const [next, loss] = step(carry)
      carry = next
      return loss.item()
    })
    expectNear(np.array(losses), golden.losses, golden.tol)
    expectNear(carry[0].w, golden.final.w, golden.tol)
    expectNear(carry[0].b, golden.final.b, golden.tol)
  })

  it('is the same bits step by step under jit and as one jitted scan', () => {
    const once = jit(step)
    let eager = start
    let jitted = start
    const losses: number[] = []
    for (let i = 0; i < golden.steps; i++) {
      const [next, loss] = step(eager)
      eager = next
      jitted = once(jitted)[0] as typeof start
      losses.push(loss.item())
    }
    const [scanned, ys] = jit((carry: typeof start) => scan(step as never, carry, null, { length: golden.steps }))(
      start,
    ) as unknown as readonly [typeof start, Tensor]
    expect(once.stats().traces).toBe(1)
    expect(numbers(jitted)).toEqual(numbers(eager))
    expect(numbers(scanned)).toEqual(numbers(eager))
    expect(Array.from(ys.data())).toEqual(losses)
  })
})
