/** Cells run over time: [batch, time, inputs] to [batch, time, features]. Preparation is one product; the rest scans. */

import { type DType, np, operation, type Shape, scan, type Tensor, tree } from '@puregrad/core'
import { checkApply } from '../arguments.js'
import { stated } from '../combinators/erased.js'
import type { Layer } from '../layer.js'
import { under } from '../plan.js'
import { refuse, unlessRefused } from '../refusal.js'
import { type Stepping, type SteppingIf, stepless } from '../steps.js'
import type { RecurrentCell } from './cells.js'

export interface RnnOptions<B extends boolean = boolean, M extends boolean = boolean, C extends boolean = boolean> {
  /** All hidden states, [batch, time, features], or only the last, [batch, features]. True unless said. */
  readonly returnSequences?: boolean
  /** From the last time to the first; outputs stay in the order of the input. */
  readonly reverse?: boolean
  /** Both directions, each with parameters of its own. */
  readonly bidirectional?: B
  /** How the outputs of both directions become one: 'concat' unless said. */
  readonly merge?: 'concat' | 'sum' | 'mul' | 'mean'
  /** The input is a record with a `mask` of shape `[batch, time]`: where it is false, the carry stays and the output is the one before. */
  readonly mask?: M
  /** The input is a record with the `carry` to begin with, the output one with the `carry` at the end: state between calls. */
  readonly carry?: C
}

/** What a recurrent layer takes: a tensor, or a record if there is a mask or a carry. */
export type RnnInput<C, M extends boolean, K extends boolean> = true extends M | K
  ? { readonly x: Tensor } & (M extends true ? { readonly mask: Tensor } : unknown) &
      (K extends true ? { readonly carry: C } : unknown)
  : Tensor

/** What a recurrent layer gives. */
export type RnnOutput<C, K extends boolean> = K extends true ? { readonly y: Tensor; readonly carry: C } : Tensor

/** Something for each direction, if there are two. */
export type PerDirection<T, B extends boolean> = B extends true ? { readonly forward: T; readonly backward: T } : T

interface Both<T> {
  readonly forward: T
  readonly backward: T
}

interface Taken {
  readonly x: Tensor
  readonly mask?: Tensor
  readonly carry?: unknown
}

interface Run<C> {
  readonly y: Tensor
  readonly carry: C
}

/** The new carry where the mask is true, the old one elsewhere. */
const held = <C>(mask: Tensor | null, next: C, old: C): C =>
  mask === null
    ? next
    : (tree.map((a, b) => np.where(np.expandDims(mask.astype('bool'), 1), a as Tensor, b as Tensor), next, old) as C)

const run = <P, C>(
  cell: RecurrentCell<P, C>,
  params: P,
  { x, mask, carry }: Taken,
  reverse: boolean,
  returnSequences: boolean,
): Run<C> => {
  // Where the mask is false x may be anything, NaN too: gradients of kernels would multiply it by 0.
  const heard = mask === undefined ? x : np.where(np.expandDims(mask.astype('bool'), 2), x, 0)
  const prepared = cell.prepare(params, heard).transpose([1, 0, 2])
  const zero = np.zeros([x.shape[0] as number, cell.features], { dtype: prepared.dtype })
  const begin = (carry as C | undefined) ?? cell.start(zero)
  const output = (c: C): Tensor | null => (returnSequences ? cell.hidden(c) : null)
  const [end, all] =
    mask === undefined
      ? scan(
          (old: C, input: Tensor): readonly [C, Tensor | null] => {
            const next = cell.step(params, old, input)
            return [next, output(next)]
          },
          begin,
          prepared,
          { reverse },
        )
      : scan(
          (old: C, [input, seen]: readonly [Tensor, Tensor]): readonly [C, Tensor | null] => {
            const next = held(seen, cell.step(params, old, input), old)
            return [next, output(next)]
          },
          begin,
          [prepared, mask.T] as const,
          { reverse },
        )
  return { y: returnSequences ? (all as Tensor).transpose([1, 0, 2]) : cell.hidden(end as C), carry: end as C }
}

const merged = (how: 'concat' | 'sum' | 'mul' | 'mean', a: Tensor, b: Tensor): Tensor => {
  if (how === 'concat') return np.concatenate([a, b], { axis: -1 })
  if (how === 'mul') return a.mul(b)
  return how === 'sum' ? a.add(b) : a.add(b).mul(0.5)
}

/** The dtype of the first of the parameters. */
const dtypeOf = (params: unknown): DType => (tree.leaves(params)[0] as unknown as Tensor).dtype

const isBoth = (params: unknown): params is Both<unknown> =>
  typeof params === 'object' && params !== null && 'forward' in params && 'backward' in params

/** Shapes of the carry, without the batch axis. */
const carryShapes = <P, C>({ start, features }: RecurrentCell<P, C>): unknown =>
  tree.map((x) => (x as unknown as Tensor).shape.slice(1), start(np.zeros([1, features])))

/**
 * A cell over time. Without further options it is a layer of tensors. With `mask` or `carry` its input is a record `{ x, mask?, carry? }`,
 * and with `carry` its output is `{ y, carry }`, so that the state of one call is the beginning of the next: nothing is hidden.
 * @returns a layer from [batch, time, inputs] to [batch, time, features]; 2 · features if both directions are joined
 * @example
 * const layer = rnn(lstmCell(8), { bidirectional: true, returnSequences: false })
 * const { params } = init(layer, [5, 3], random.key(0))
 * layer.apply(params, null, np.ones([2, 5, 3]), { mode: 'eval' })[0].shape // [2, 16]
 * @example
 * const layer = rnn(gruCell(4), { carry: true })
 * const { params } = init(layer, { x: [5, 3], carry: [4] }, random.key(0))
 * const [{ carry }] = layer.apply(params, null, { x: np.ones([2, 5, 3]), carry: np.zeros([2, 4]) }, { mode: 'eval' })
 * layer.apply(params, null, { x: np.ones([2, 9, 3]), carry }, { mode: 'eval' })[0].y.shape // [2, 9, 4]
 */
export const rnn = operation(
  'rnn',
  { at: 1, names: ['returnSequences', 'reverse', 'bidirectional', 'merge', 'mask', 'carry'] },
  <P, C, const B extends boolean = false, const M extends boolean = false, const K extends boolean = false>(
    cell: RecurrentCell<P, C>,
    options: RnnOptions<B, M, K> = {},
  ): Layer<PerDirection<P, B>, null, RnnInput<PerDirection<C, B>, M, K>, RnnOutput<PerDirection<C, B>, K>> &
    SteppingIf<true extends B | M | K ? false : true, P, null, Tensor, Tensor> => {
    const { returnSequences = true, reverse = false, bidirectional = false, merge = 'concat' } = options
    const isRecord = options.mask === true || options.carry === true
    const name = `${bidirectional ? 'bidirectional ' : ''}${cell.name}(${cell.features})`
    const check = (input: unknown): readonly [time: number, inputs: number] => {
      const shape = (isRecord ? (input as { readonly x?: Shape }).x : input) as Shape | undefined
      if (Array.isArray(shape) && shape.length === 2) return [shape[0] as number, shape[1] as number]
      const taken = `{ x: [time, features]${options.mask ? ', mask: [time]' : ''}${options.carry ? ', carry' : ''} }`
      return isRecord
        ? refuse(
            name,
            `takes a record ${taken} and its shapes are ${JSON.stringify(input)}.`,
            'Give a shape for each, without the batch axis.',
          )
        : refuse(
            name,
            `takes [time, features] after the batch axis and the input is [${shape}].`,
            'For a single feature, nn.reshape([-1, 1]).',
          )
    }
    const layer: Layer<unknown, null, unknown, unknown> = {
      name,
      plan: unlessRefused((input) => {
        const [time, inputs] = check(input)
        const own = cell.plan(inputs)
        const params = bidirectional ? { forward: under('forward', own), backward: under('backward', own) } : own
        const features = bidirectional && merge === 'concat' ? 2 * cell.features : cell.features
        const y = returnSequences ? [time, features] : [features]
        const shapes = carryShapes(cell)
        const carry = bidirectional ? { forward: shapes, backward: shapes } : shapes
        return { params, state: null, out: options.carry === true ? { y, carry } : y }
      }),
      apply: (params, state, input, ctx) => {
        checkApply(name, params, state, input, ctx)
        const taken = (isRecord ? input : { x: input }) as Taken
        const first = (isBoth(params) ? params.forward : params) as P
        if (taken.x.ndim !== 3 || taken.x.shape[2] !== cell.inputs(first)) {
          refuse(
            name,
            `x is ${taken.x.dtype}[${taken.x.shape}] and has to be [batch, time, ${cell.inputs(first)}].`,
            'Call init with the shape of this input.',
          )
        }
        if (!bidirectional) {
          const result = run(cell, first, taken, reverse, returnSequences)
          return [options.carry === true ? result : result.y, state]
        }
        const carries = taken.carry as Both<C> | undefined
        const side = (p: unknown, carry: C | undefined, backwards: boolean): Run<C> =>
          run(cell, p as P, carry === undefined ? taken : { ...taken, carry }, backwards, returnSequences)
        const ahead = side(first, carries?.forward, reverse)
        const back = side((params as Both<unknown>).backward, carries?.backward, !reverse)
        const y = merged(merge, ahead.y, back.y)
        const both = { forward: ahead.carry, backward: back.carry }
        return [options.carry === true ? { y, carry: both } : y, state]
      },
    }
    const why = bidirectional
      ? 'it sees a sequence from its end as well.'
      : reverse
        ? 'it begins at the end.'
        : !returnSequences
          ? 'it gives the last hidden state alone. Take returnSequences: true.'
          : isRecord
            ? 'its input is a record. What it carries is the cache itself.'
            : undefined
    const steps: Stepping<P, null, Tensor, Tensor, C> = {
      startCache: (params, batch) => cell.start(np.zeros([batch, cell.features], { dtype: dtypeOf(params) })),
      step: (params, _, carry, x) => {
        const { y, carry: next } = run(cell, params, { x, carry }, false, true)
        return [y, next]
      },
    }
    return stated({ ...layer, ...(why === undefined ? steps : stepless(name, why)) })
  },
)
