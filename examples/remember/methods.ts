/** How to learn a task after others: what a method changes in a step, and what it keeps of a task when it ends. */
import { np, type Tensor, valueAndGrad } from '@puregrad/core'
import {
  type Anchor,
  agem,
  empiricalFisher,
  ewc,
  exactFisher,
  lwf,
  onlineEwc,
  type Reservoir,
  replay,
  reservoir,
  type SynapticIntelligence,
  type SynapticState,
  synapticIntelligence,
} from '@puregrad/models'
import type { Key } from '@puregrad/nn'
import type { GradientTransformation, Scalar } from '@puregrad/optim'
import type { Batch, Network, Params } from './network.js'

/** Value and gradient of a step. */
export type Slope = (params: Params, batch: Batch, key: Key) => readonly [Tensor, Params]

/** What has been learnt when a task ends. */
export interface Learnt {
  readonly params: Params
  readonly optimizer: GradientTransformation<unknown>
  readonly optimizerState: unknown
  /** The examples that it was learnt from. */
  readonly batch: Batch
}

/** A way to learn one task after another. `M` is what it keeps of those that ended. */
export interface Method<M = unknown> {
  readonly name: string
  /** What can be chosen, greater for holding faster to what was learnt; null if nothing can. */
  readonly strengths: readonly number[] | null
  /** Changes the optimiser of a step. */
  readonly optimizer: (plain: GradientTransformation<unknown>, strength: Scalar) => GradientTransformation<unknown>
  /** What is kept when a task ended, with what was kept before; null before the first. */
  readonly keep: (network: Network, before: M | null, learnt: Learnt, key: Key) => M
  /** The state of the optimiser in which a task after the first begins. */
  readonly begin: (optimizer: GradientTransformation<unknown>, kept: M, params: Params) => unknown
  readonly slope: (network: Network, kept: M, strength: Scalar) => Slope
}

/** How many examples the Fisher information is estimated with, and how many are remembered. */
const [measured, remembered] = [500, 500]

const some = (batch: Batch, count: number): Batch => batch.map((x) => x.slice({ stop: count })) as unknown as Batch

const plain = {
  strengths: null,
  optimizer: (optimizer: GradientTransformation<unknown>) => optimizer,
  begin: (optimizer: GradientTransformation<unknown>, _: unknown, params: Params) => optimizer.init(params),
}

const slopeOf = (loss: (params: Params, ...batch: Batch) => Tensor): Slope => {
  const derivative = valueAndGrad(loss as (params: readonly Tensor[], ...batch: Batch) => Tensor)
  return (params, batch) => derivative(params as readonly Tensor[], ...batch)
}

const method = <M>(name: string, parts: Omit<Method<M>, 'name' | keyof typeof plain> & Partial<Method<M>>): Method =>
  ({ ...plain, ...parts, name }) as Method<unknown>

type Anchors = readonly Anchor<Params>[]

const exact = (network: Network, { params, batch }: Learnt): Anchor<Params> => {
  const [x, , head] = some(batch, measured)
  const logits = (p: Params, [images, asked]: readonly [Tensor, Tensor]) => network.logits(p, images, asked)
  return { params, importance: exactFisher(logits, params, [x, head] as const) }
}

const empirical = (network: Network, { params, batch }: Learnt): Anchor<Params> => ({
  params,
  importance: empiricalFisher(network.loss, params, some(batch, 4 * measured)),
})

const held = (network: Network, kept: Anchors, strength: Scalar): Slope => slopeOf(ewc(network.loss, kept, strength))

const grid = [100, 300, 1000, 3000]

const keepSome = (_: Network, before: Reservoir<Batch> | null, { batch }: Learnt, key: Key): Reservoir<Batch> =>
  reservoir.add(before ?? reservoir.empty(batch, remembered), batch, key)

const recalled = (kept: Reservoir<Batch>, [x]: Batch, key: Key): Batch =>
  reservoir.sample(kept, x.shape[0] as number, key)

/** Answers of heads that have learnt something: one that all tasks share, or those before the one that is asked. */
const learntAnswers =
  (network: Network) =>
  (params: Params, x: Tensor, _y: Tensor, head: Tensor): Tensor => {
    const answers = network.answers(params, x)
    const heads = answers.shape[1] as number
    if (heads === 1) return answers
    const isLearnt = np.arange(heads, { dtype: 'int32' }).lt(np.expandDims(head, 1))
    return np.where(np.expandDims(isLearnt, 2), answers, 0)
  }

/** An optimiser that notes what mattered; without strength it does nothing else. The first task, which all methods share, is learnt by it. */
export const attentive = (plain: GradientTransformation<unknown>, strength: Scalar) =>
  synapticIntelligence(plain, strength) as GradientTransformation<unknown>

export const methods: readonly Method[] = [
  method<null>('plain fine-tuning', { keep: () => null, slope: (network) => slopeOf(network.loss) }),
  method<Anchors>('EWC, exact Fisher', {
    strengths: grid,
    keep: (network, before, learnt) => [...(before ?? []), exact(network, learnt)],
    slope: held,
  }),
  method<Anchors>('EWC, empirical Fisher', {
    strengths: grid,
    keep: (network, before, learnt) => [...(before ?? []), empirical(network, learnt)],
    slope: held,
  }),
  method<Anchors>('online EWC', {
    strengths: grid,
    keep: (network, before, learnt) => [onlineEwc(before?.[0] ?? null, exact(network, learnt))],
    slope: held,
  }),
  method<SynapticState<unknown>>('synaptic intelligence', {
    strengths: [10, 30, 100, 300],
    optimizer: attentive,
    keep: (_network, _before, { params, optimizer, optimizerState }) =>
      (optimizer as SynapticIntelligence<unknown>).consolidate(optimizerState as SynapticState<unknown>, params),
    begin: (_optimizer, kept) => kept,
    slope: (network) => slopeOf(network.loss),
  }),
  method<Params>('learning without forgetting', {
    strengths: [0.3, 1, 3],
    keep: (_network, _before, { params }) => params,
    slope: (network, old, weight) => slopeOf(lwf(network.loss, learntAnswers(network), old, { weight })),
  }),
  method<Reservoir<Batch>>('replay', {
    keep: keepSome,
    slope: (network, kept) => {
      const both = valueAndGrad(replay(network.loss))
      return (params, batch, key) => both(params as never, batch, recalled(kept, batch, key))
    },
  }),
  method<Reservoir<Batch>>('A-GEM', {
    keep: keepSome,
    slope: (network, kept) => {
      const both = agem(valueAndGrad(network.loss))
      return (params, batch, key) => both(params as never, batch, recalled(kept, batch, key))
    },
  }),
]
