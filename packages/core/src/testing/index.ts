/**
 * `@puregrad/core/testing`: what to test functions of tensors with. First derivatives against differences, then the laws that
 * any function obeys, then arbitrary arguments for fast-check (a peer dependency of laws and arbitraries alone), last the table of
 * primitives and the passes over programs.
 *
 * @example
 * import fc from 'fast-check'
 * import { checkGrads, laws, tensors } from '@puregrad/core/testing'
 *
 * const f = (x: Tensor) => np.log(x).sum()
 * it('has the right derivatives', () => checkGrads(f, [np.array([0.5, 2])]))
 * it(laws.batching.title, () => fc.assert(laws.batching.property(f, fc.tuple(tensors({ shape: [3], min: 0.1 })))))
 */
export { checkGrads, type CheckGradsOptions } from './check-grads.js'
export { GradientError, LawError, type Mode } from './failures.js'
export { type Matched, matchers } from './matchers.js'

export * as laws from './laws/index.js'
export type { Law } from './laws/law.js'
export type { Tolerance } from './measure.js'

export { type BroadcastablePair, broadcastablePairs } from './arbitraries/broadcastable.js'
export { keys } from './arbitraries/keys.js'
export { type ShapeConstraints, shapes } from './arbitraries/shapes.js'
export { type TensorConstraints, tensors } from './arbitraries/tensors.js'
export { type TreeConstraints, trees } from './arbitraries/trees.js'

export { showProgram } from '../program/print.js'
export { passes } from './passes.js'
export { primitiveTable } from './primitive-table.js'
