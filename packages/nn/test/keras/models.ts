/**
 * Whole models that Keras computed. Nothing says what they are made of, so these are the ones that their shapes leave a single
 * way to rebuild with the layers that we have, and whose numbers then agree.
 */
import { np, type Tensor } from '@puregrad/core'
import * as nn from '../../src/index.js'

/** From examples (without a batch axis) and weights, in the order of the layers, to the output. */
export type Model = (inputs: readonly Tensor[], weights: readonly Tensor[]) => Tensor

const evaluate = { mode: 'eval' } as const

const run = <P, S, I>(layer: nn.Layer<P, S, I, Tensor>, params: unknown, state: unknown, x: unknown): Tensor =>
  layer.apply(params as P, state as S, x as I, evaluate)[0].slice(0)

const conv = (features = 4) => nn.conv2d(features, { kernelSize: 3, padding: 'VALID' })

/** Weights two by two. */
const pairs = (weights: readonly Tensor[]): readonly object[] =>
  Array.from({ length: weights.length / 2 }, (_, i) => ({ kernel: weights[2 * i], bias: weights[2 * i + 1] }))

const stack: Model = ([x], weights) => {
  const [a, b, c] = pairs(weights)
  const model = nn.serial(conv(), nn.relu, conv(), nn.relu, conv(), nn.relu)
  return run(model, [a, null, b, null, c, null], [null, null, null, null, null, null], np.expandDims(x as Tensor, 0))
}

const normalized: Model = ([x], [kernel, bias, scale, shift, mean, variance]) => {
  const model = nn.serial(conv(), nn.relu, nn.batchNorm({ epsilon: 1e-5 }))
  const params = [{ kernel, bias }, null, { scale, bias: shift }]
  return run(model, params, [null, null, { mean, var: variance }], np.expandDims(x as Tensor, 0))
}

const pooled =
  (pool: nn.Layer<null, null>): Model =>
  ([x], weights) =>
    run(
      nn.serial(conv(), nn.relu, pool),
      [pairs(weights)[0], null, null],
      [null, null, null],
      np.expandDims(x as Tensor, 0),
    )

const separable: Model = ([x], weights) => {
  const layer = () => nn.separableConv2d(2, { kernelSize: 3, padding: 'VALID' })
  const params = [0, 3].map((at) => {
    const [depthwise, kernel, bias] = weights.slice(at, at + 3) as [Tensor, Tensor, Tensor]
    return { depthwise: { kernel: depthwise.reshape([3, 3, 1, -1]) }, pointwise: { kernel, bias } }
  })
  return run(nn.serial(layer(), layer()), params, [null, null], np.expandDims(x as Tensor, 0))
}

const merged =
  (combine: (a: Tensor, b: Tensor) => Tensor): Model =>
  (inputs, weights) => {
    const branch = () => nn.serial(conv(), nn.relu)
    const join = nn.lambda(([a, b]: readonly [Tensor, Tensor]): Tensor => combine(a, b))
    const params = pairs(weights).map((pair) => [pair, null])
    const none = [null, null]
    const batched = inputs.map((x) => np.expandDims(x, 0))
    return run(nn.serial(nn.parallel(branch(), branch()), join), [params, null], [[none, none], null], batched)
  }

const models: Readonly<Record<string, Model>> = {
  pipeline_00: stack,
  pipeline_03: normalized,
  pipeline_05: pooled(nn.maxPool2d(2)),
  pipeline_07: pooled(nn.maxPool2d(2, { strides: 1 })),
  pipeline_09: pooled(nn.avgPool2d(2)),
  pipeline_11: pooled(nn.avgPool2d(2, { strides: 1 })),
  pipeline_14: separable,
  graph_01: merged((a, b) => a.add(b)),
  graph_02: merged((a, b) => a.add(b).mul(0.5)),
  graph_03: merged((a, b) => a.mul(b)),
  graph_04: merged((a, b) => np.maximum(a, b)),
  graph_05: merged((a, b) => np.concatenate([a, b], { axis: -1 })),
}

/** The model of a case; null if there is none. */
export const modelOf = (name: string): Model | null => models[name] ?? null
