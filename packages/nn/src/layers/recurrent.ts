/** Recurrent layers over [batch, time, features]. What the input adds is computed for all times at once; the rest scans. */
import { lax, np, random, ShapeError, scan, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { zeros } from '../initializers/constant.js'
import type { Initializer } from '../initializers/initializer.js'
import { orthogonal } from '../initializers/orthogonal.js'
import { lecunNormal } from '../initializers/variance-scaling.js'
import { type Layer, stateless } from '../layer.js'
import { leaf } from '../plan.js'

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

export interface RecurrentOptions {
  /** All hidden states, [batch, time, features], or only the last, [batch, features]. True unless said. */
  readonly returnSequences?: boolean
  /** From the last time to the first; outputs stay in the order of the input. */
  readonly reverse?: boolean
  /** `lecunNormal()` unless said. */
  readonly inputInit?: Initializer
  /** `orthogonal()` for each gate unless said. */
  readonly recurrentInit?: Initializer
}

interface Cell<P extends RecurrentParams, C> {
  readonly name: string
  readonly gates: number
  readonly extra: (width: number) => Record<string, ReturnType<typeof leaf>>
  readonly start: (zero: Tensor) => C
  /** One step, given what the input and the bias add to the gates. */
  readonly step: (params: P, carry: C, input: Tensor) => C
  readonly hidden: (carry: C) => Tensor
}

/** A square kernel for each gate, side by side, each from a key of its own. */
const perGate =
  (gates: number, init: Initializer): Initializer =>
  (key, [rows = 0, width = 0], options) =>
    np.concatenate(
      [...random.split(key, gates)].map((own) => init(own, [rows, width / gates], options)),
      { axis: 1 },
    )

const recurrent = <P extends RecurrentParams, C>(
  cell: Cell<P, C>,
  features: number,
  {
    returnSequences = true,
    reverse = false,
    inputInit = lecunNormal(),
    recurrentInit = orthogonal(),
  }: RecurrentOptions,
): Layer<P, null> => {
  const name = `${cell.name}(${features})`
  const width = cell.gates * features
  return stateless<P>(
    name,
    (input) => {
      const [time, inputs] = input
      if (input.length !== 2 || time === undefined || inputs === undefined) {
        return left(
          new ShapeError(
            `${name}: takes [time, features] after the batch axis and the input is [${input}]. For a single feature, nn.reshape([-1, 1]).`,
          ),
        )
      }
      const params = {
        inputKernel: leaf('inputKernel', [inputs, width], inputInit),
        recurrentKernel: leaf('recurrentKernel', [features, width], perGate(cell.gates, recurrentInit)),
        bias: leaf('bias', [width], zeros),
        ...cell.extra(width),
      }
      return right({ params: params as never, out: returnSequences ? [time, features] : [features] })
    },
    (params, x) => {
      if (x.ndim !== 3 || x.shape[2] !== params.inputKernel.shape[0]) {
        throw new ShapeError(
          `${name}: x is ${x.dtype}[${x.shape}] and has to be [batch, time, ${params.inputKernel.shape[0]}]. Call init with the shape of this input.`,
        )
      }
      const inputs = np.matmul(x, params.inputKernel).add(params.bias).transpose([1, 0, 2])
      const zero = np.zeros([x.shape[0] as number, features], { dtype: inputs.dtype })
      const [end, all] = scan(
        (carry: C, input: Tensor): readonly [C, Tensor | null] => {
          const next = cell.step(params, carry, input)
          return [next, returnSequences ? cell.hidden(next) : null]
        },
        cell.start(zero),
        inputs,
        { reverse },
      )
      return returnSequences ? (all as Tensor).transpose([1, 0, 2]) : cell.hidden(end as C)
    },
  )
}

const noMore = (): Readonly<Record<string, never>> => ({})

/**
 * The plain recurrent layer: h ← tanh(x · inputKernel + h · recurrentKernel + bias).
 * @param features the length of the hidden state
 * @returns a layer from [batch, time, inputs] to [batch, time, features]
 * @example
 * const { params } = init(simpleRnn(8), [5, 3], random.key(0))
 * simpleRnn(8).apply(params, null, np.ones([2, 5, 3]), { mode: 'eval' })[0].shape // [2, 5, 8]
 */
export const simpleRnn = (features: number, options: RecurrentOptions = {}): Layer<RecurrentParams, null> =>
  recurrent<RecurrentParams, Tensor>(
    {
      name: 'simpleRnn',
      gates: 1,
      extra: noMore,
      start: (zero) => zero,
      step: ({ recurrentKernel }, h, input) => np.tanh(input.add(np.matmul(h, recurrentKernel))),
      hidden: (h) => h,
    },
    features,
    options,
  )

/** Equal parts of the last axis. */
const parts = (x: Tensor, count: number): readonly Tensor[] => np.split(x, count, { axis: -1 })

/**
 * The long short-term memory (Hochreiter & Schmidhuber 1997) with gates i, f, g, o side by side in its kernels:
 * c ← σ(f) c + σ(i) tanh(g), h ← σ(o) tanh(c).
 * @param features the length of the hidden state and of the cell
 * @returns a layer from [batch, time, inputs] to [batch, time, features]
 * @example
 * const { params } = init(lstm(8), [5, 3], random.key(0))
 * lstm(8).apply(params, null, np.ones([2, 5, 3]), { mode: 'eval' })[0].shape // [2, 5, 8]
 */
export const lstm = (features: number, options: RecurrentOptions = {}): Layer<RecurrentParams, null> =>
  recurrent<RecurrentParams, { readonly c: Tensor; readonly h: Tensor }>(
    {
      name: 'lstm',
      gates: 4,
      extra: noMore,
      start: (zero) => ({ c: zero, h: zero }),
      step: ({ recurrentKernel }, { c, h }, input) => {
        const [i, f, g, o] = parts(input.add(np.matmul(h, recurrentKernel)), 4) as [Tensor, Tensor, Tensor, Tensor]
        const cell = lax
          .logistic(f)
          .mul(c)
          .add(lax.logistic(i).mul(np.tanh(g)))
        return { c: cell, h: lax.logistic(o).mul(np.tanh(cell)) }
      },
      hidden: ({ h }) => h,
    },
    features,
    options,
  )

/**
 * The gated recurrent unit (Cho et al. 2014) with gates r, z, n side by side in its kernels, reset after the product:
 * n = tanh(xₙ + σ(r) · (h · recurrentKernelₙ + recurrentBiasₙ)), h ← (1 − σ(z)) n + σ(z) h.
 * @param features the length of the hidden state
 * @returns a layer from [batch, time, inputs] to [batch, time, features]
 * @example
 * const { params } = init(gru(8), [5, 3], random.key(0))
 * gru(8).apply(params, null, np.ones([2, 5, 3]), { mode: 'eval' })[0].shape // [2, 5, 8]
 */
export const gru = (features: number, options: RecurrentOptions = {}): Layer<GruParams, null> =>
  recurrent<GruParams, Tensor>(
    {
      name: 'gru',
      gates: 3,
      extra: (width) => ({ recurrentBias: leaf('recurrentBias', [width], zeros) }),
      start: (zero) => zero,
      step: ({ recurrentKernel, recurrentBias }, h, input) => {
        const [xr, xz, xn] = parts(input, 3) as [Tensor, Tensor, Tensor]
        const [hr, hz, hn] = parts(np.matmul(h, recurrentKernel).add(recurrentBias), 3) as [Tensor, Tensor, Tensor]
        const z = lax.logistic(xz.add(hz))
        const n = np.tanh(xn.add(lax.logistic(xr.add(hr)).mul(hn)))
        return n.add(z.mul(h.sub(n)))
      },
      hidden: (h) => h,
    },
    features,
    options,
  )
