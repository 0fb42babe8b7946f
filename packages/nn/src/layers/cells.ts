/** Recurrent cells: one step of a recurrence as a value. `rnn` runs them over time. */
import { lax, np, operation, random, type Shape, type Tensor } from '@puregrad/core'
import { zeros } from '../initializers/constant.js'
import type { Initializer } from '../initializers/initializer.js'
import { orthogonal } from '../initializers/orthogonal.js'
import { lecunNormal } from '../initializers/variance-scaling.js'
import { leaf, type Plan } from '../plan.js'
import type { WithBias } from './dense.js'

export interface RecurrentParams {
  /** [inputs, gates · features] */
  readonly inputKernel: Tensor
  /** [features, gates · features] */
  readonly recurrentKernel: Tensor
  /** [gates · features] */
  readonly bias: Tensor
}

export interface GruParams extends RecurrentParams {
  /** [gates · features], added to the product with the hidden state */
  readonly recurrentBias: Tensor
}

/** The parameters of a gated recurrent unit without its biases, if there are none. */
export type GruParamsOf<B extends boolean> = B extends false ? Omit<GruParams, 'bias' | 'recurrentBias'> : GruParams

/** What an LSTM carries from one time to the next, [batch, features] each. */
export interface LstmCarry {
  readonly c: Tensor
  readonly h: Tensor
}

/** One step of a recurrence with parameters P and a carry C. What the input adds is computed apart, for all times at once. */
export interface RecurrentCell<P, C> {
  readonly name: string
  readonly features: number
  readonly plan: (inputs: number) => Plan<P>
  /** What inputs [batch, time, inputs] add to each step, [batch, time, …]. */
  readonly prepare: (params: P, x: Tensor) => Tensor
  /** The carry before the first step, from zeros [batch, features]. */
  readonly start: (zero: Tensor) => C
  readonly step: (params: P, carry: C, prepared: Tensor) => C
  /** The output of a step: the hidden state, [batch, features]. */
  readonly hidden: (carry: C) => Tensor
  /** The number of inputs that parameters were made for. */
  readonly inputs: (params: P) => number
}

type Activation = (x: Tensor) => Tensor

export interface CellOptions<B extends boolean = boolean> {
  /** `tanh` unless said. */
  readonly activation?: Activation
  /** Whether there are biases: true unless said. */
  readonly useBias?: B
  /** `lecunNormal()` unless said. */
  readonly inputInit?: Initializer
  /** `orthogonal()` for each gate unless said. */
  readonly recurrentInit?: Initializer
  /** Of the biases of all gates, side by side: `zeros` unless said. */
  readonly biasInit?: Initializer
}

export interface GatedCellOptions<B extends boolean = boolean> extends CellOptions<B> {
  /** Of the gates: `sigmoid` unless said. */
  readonly recurrentActivation?: Activation
}

export interface GruCellOptions<B extends boolean = boolean> extends GatedCellOptions<B> {
  /** Whether the reset gate acts after the product with the recurrent kernel (as in cuDNN) or before it (Cho et al. 2014): 'after' unless said. */
  readonly reset?: 'after' | 'before'
}

/** A square kernel for each gate, side by side, each from a key of its own. */
const perGate =
  (gates: number, init: Initializer): Initializer =>
  (key, [rows = 0, width = 0]: Shape, options) =>
    np.concatenate(
      [...random.split(key, gates)].map((own) => init(own, [rows, width / gates], options)),
      { axis: 1 },
    )

/** Parameters as computations see them, with the biases that there are. */
type SomeParams = Omit<GruParams, 'bias' | 'recurrentBias'> & Partial<Pick<GruParams, 'bias' | 'recurrentBias'>>

const planGates = <B extends boolean>(
  gates: number,
  features: number,
  options: CellOptions<B>,
  inputs: number,
  biases: readonly ('bias' | 'recurrentBias')[] = ['bias'],
): unknown => {
  const { inputInit = lecunNormal(), recurrentInit = orthogonal(), biasInit = zeros, useBias = true } = options
  const width = gates * features
  return {
    inputKernel: leaf('inputKernel', [inputs, width], inputInit),
    recurrentKernel: leaf('recurrentKernel', [features, width], perGate(gates, recurrentInit)),
    ...(useBias ? Object.fromEntries(biases.map((name) => [name, leaf(name, [width], biasInit)])) : {}),
  }
}

const plus = (x: Tensor, bias: Tensor | undefined): Tensor => (bias === undefined ? x : x.add(bias))

const prepare = ({ inputKernel, bias }: SomeParams, x: Tensor): Tensor => plus(np.matmul(x, inputKernel), bias)
const inputs = ({ inputKernel }: SomeParams): number => inputKernel.shape[0] as number

/** Equal parts of the last axis. */
const parts = (x: Tensor, count: number): readonly Tensor[] => np.split(x, count, { axis: -1 })

/**
 * h ← tanh(x · inputKernel + h · recurrentKernel + bias).
 * @param features the length of the hidden state
 * @example init(rnn(simpleRnnCell(8), { bidirectional: true }), [5, 3], random.key(0)).params.forward.bias.shape // [8]
 */
export const simpleRnnCell = operation(
  'simpleRnnCell',
  { at: 1, numbers: ['features'], names: ['activation', 'useBias', 'inputInit', 'recurrentInit', 'biasInit'] },
  <const B extends boolean = true>(
    features: number,
    options: CellOptions<B> = {},
  ): RecurrentCell<WithBias<RecurrentParams, B>, Tensor> => {
    const { activation = np.tanh } = options
    return {
      name: 'simpleRnn',
      features,
      plan: (n) => planGates(1, features, options, n) as Plan<WithBias<RecurrentParams, B>>,
      prepare,
      inputs,
      start: (zero) => zero,
      step: ({ recurrentKernel }, h, input) => activation(input.add(np.matmul(h, recurrentKernel))),
      hidden: (h) => h,
    }
  },
)

/**
 * The long short-term memory (Hochreiter & Schmidhuber 1997) with gates i, f, g, o side by side in its kernels:
 * c ← σ(f) c + σ(i) tanh(g), h ← σ(o) tanh(c).
 * @param features the length of the hidden state and of the cell
 * @example init(rnn(lstmCell(8)), [5, 3], random.key(0)).params.inputKernel.shape // [3, 32]
 */
export const lstmCell = operation(
  'lstmCell',
  {
    at: 1,
    numbers: ['features'],
    names: ['recurrentActivation', 'activation', 'useBias', 'inputInit', 'recurrentInit', 'biasInit'],
  },
  <const B extends boolean = true>(
    features: number,
    options: GatedCellOptions<B> = {},
  ): RecurrentCell<WithBias<RecurrentParams, B>, LstmCarry> => {
    const { activation = np.tanh, recurrentActivation = lax.logistic } = options
    return {
      name: 'lstm',
      features,
      plan: (n) => planGates(4, features, options, n) as Plan<WithBias<RecurrentParams, B>>,
      prepare,
      inputs,
      start: (zero) => ({ c: zero, h: zero }),
      step: ({ recurrentKernel }, { c, h }, input) => {
        const [i, f, g, o] = parts(input.add(np.matmul(h, recurrentKernel)), 4) as [Tensor, Tensor, Tensor, Tensor]
        const cell = recurrentActivation(f)
          .mul(c)
          .add(recurrentActivation(i).mul(activation(g)))
        return { c: cell, h: recurrentActivation(o).mul(activation(cell)) }
      },
      hidden: ({ h }) => h,
    }
  },
)

type Gates = readonly [Tensor, Tensor, Tensor]

/** (1 − z) n + z h. */
const mixed = (z: Tensor, n: Tensor, h: Tensor): Tensor => n.add(z.mul(h.sub(n)))

/**
 * The gated recurrent unit (Cho et al. 2014) with gates r, z, n side by side in its kernels: h ← (1 − σ(z)) n + σ(z) h, where
 * n = tanh(xₙ + σ(r) · (h · recurrentKernelₙ + recurrentBiasₙ)), or tanh(xₙ + (σ(r) · h) · recurrentKernelₙ + recurrentBiasₙ)
 * with `reset: 'before'`.
 * @param features the length of the hidden state
 * @example init(rnn(gruCell(8)), [5, 3], random.key(0)).params.inputKernel.shape // [3, 24]
 */
export const gruCell = operation(
  'gruCell',
  {
    at: 1,
    numbers: ['features'],
    names: ['reset', 'recurrentActivation', 'activation', 'useBias', 'inputInit', 'recurrentInit', 'biasInit'],
  },
  <const B extends boolean = true>(
    features: number,
    options: GruCellOptions<B> = {},
  ): RecurrentCell<GruParamsOf<B>, Tensor> => {
    const { activation = np.tanh, recurrentActivation = lax.logistic, reset = 'after' } = options
    const after = ({ recurrentKernel, recurrentBias }: SomeParams, h: Tensor, [xr, xz, xn]: Gates): Tensor => {
      const [hr, hz, hn] = parts(plus(np.matmul(h, recurrentKernel), recurrentBias), 3) as [Tensor, Tensor, Tensor]
      const n = activation(xn.add(recurrentActivation(xr.add(hr)).mul(hn)))
      return mixed(recurrentActivation(xz.add(hz)), n, h)
    }
    const before = ({ recurrentKernel, recurrentBias }: SomeParams, h: Tensor, [xr, xz, xn]: Gates): Tensor => {
      const [gates, last] = [{ stop: 2 * features }, { start: 2 * features }]
      const shared = plus(np.matmul(h, recurrentKernel.slice({}, gates)), recurrentBias?.slice(gates))
      const [hr, hz] = parts(shared, 2) as [Tensor, Tensor]
      const kept = recurrentActivation(xr.add(hr)).mul(h)
      const hn = plus(np.matmul(kept, recurrentKernel.slice({}, last)), recurrentBias?.slice(last))
      return mixed(recurrentActivation(xz.add(hz)), activation(xn.add(hn)), h)
    }
    return {
      name: 'gru',
      features,
      plan: (n) => planGates(3, features, options, n, ['bias', 'recurrentBias']) as Plan<GruParamsOf<B>>,
      prepare,
      inputs,
      start: (zero) => zero,
      step: (params, h, input) => (reset === 'after' ? after : before)(params, h, parts(input, 3) as unknown as Gates),
      hidden: (h) => h,
    }
  },
)
