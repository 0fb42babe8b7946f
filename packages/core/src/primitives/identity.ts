/** `stopGradient`: the identity whose derivative is zero. */

import { emitCopy } from '../runtime/layout.js'
import type { Abstract, Tensor } from '../tensor.js'
import { bind1, type Operand, type Params, primitive } from './primitive.js'

const stopGradientP = primitive<Params>({
  name: 'stopGradient',
  operands: 1,
  parameters: {},
  abstract: ([x]) => [x as Abstract],
  evaluate: (inputs) => inputs,
  view: (strides) => ({ strides }),
  accepts: 'any',
  lower: (emit, [x], [y]) => emitCopy(emit, x as Operand, (y as Operand).pointer),
  jvp: ([x]) => [[stopGradient(x as Tensor)], [null]],
  batch: ([x], [axis]) => [[stopGradient(x as Tensor)], [axis ?? null]],
})

/** `x`, counted as a constant by derivatives. */
export const stopGradient = (x: Tensor): Tensor => bind1(stopGradientP, [x], {})
