/** What a model is made of, as text. */
import { describe, type Layer, planSize, type ShapeOf } from '@puregrad/nn'
import { isLeft } from 'fp-ts/lib/Either.js'
import { textTable } from './table.js'

const writtenShape = (shape: unknown): string =>
  JSON.stringify(shape).replaceAll(',', ', ').replaceAll('"', '').replaceAll(':', ': ')

/**
 * A table of a model's layers: what comes out of each, without the batch axis, and how many parameters it has; below it
 * the total.
 * @param inputShape without the batch axis
 * @throws ShapeError if the layers do not fit the input
 * @example
 * console.log(summary(serial(dense(512), relu, dense(10)), [784]))
 * // ────────────────────────────────────
 * //  layer        output   parameters
 * // ────────────────────────────────────
 * //  dense(512)   [512]       401,920
 * //  relu         [512]             0
 * //  dense(10)    [10]          5,130
 * // ────────────────────────────────────
 * // Parameters: 407,050
 */
export const summary = <P, S, I, O>(layer: Layer<P, S, I, O>, inputShape: NoInfer<ShapeOf<I>>): string => {
  const parts = describe(layer, inputShape)
  if (isLeft(parts)) throw parts.left
  const planned = layer.plan(inputShape)
  if (isLeft(planned)) throw planned.left
  const rows = parts.right.map(({ path, name, out, parameters }) => [
    path.join(' › ') || name,
    writtenShape(out),
    parameters,
  ])
  const count = (plan: unknown): string => planSize(plan).toLocaleString('en-US')
  const state = planSize(planned.right.state) === 0 ? '' : `\nNumbers of state: ${count(planned.right.state)}`
  return `${textTable(['layer', 'output', 'parameters'], rows)}\nParameters: ${count(planned.right.params)}${state}`
}
