/** The compiler knows what composed layers hold and take. */
import type { Tensor } from '@puregrad/core'
import { expectTypeOf, it } from 'vitest'
import { dense, dropout, flatten, lambda, relu, serial } from '../src/index.js'

it('serial infers parameters, states, input and output', () => {
  const model = serial(flatten(), dense(512), relu, dropout(0.2), dense(10))
  type Dense = { readonly kernel: Tensor; readonly bias: Tensor }
  type Params = Parameters<typeof model.apply>[0]
  expectTypeOf<Params[1]['kernel']>().toEqualTypeOf<Tensor>()
  expectTypeOf<Params[4]>().toEqualTypeOf<Params[1]>()
  expectTypeOf<Params>().toEqualTypeOf<readonly [null, Params[1], null, null, Params[1]]>()
  expectTypeOf<Dense>().toExtend<Params[1]>()
  expectTypeOf<Parameters<typeof model.apply>[1]>().toEqualTypeOf<readonly [null, null, null, null, null]>()
  expectTypeOf<Parameters<typeof model.apply>[2]>().toEqualTypeOf<Tensor>()
  expectTypeOf<ReturnType<typeof model.apply>[0]>().toEqualTypeOf<Tensor>()
})

it('serial takes functions of a tensor, typed by the context', () => {
  serial(dense(3), (x) => x.mul(2), dense(4))
})

it('serial rejects a layer that does not take what the one before it gives', () => {
  const pair = lambda((x: Tensor): readonly [Tensor, Tensor] => [x, x])
  // @ts-expect-error dense takes a tensor and pair gives two
  serial(dense(3), pair, dense(4))
  // @ts-expect-error the context of evaluation has no key
  dense(3).apply(null as never, null, null as never, { mode: 'eval', key: null as never })
})
