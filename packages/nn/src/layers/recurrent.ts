/** Recurrent layers over [batch, time, features]. What the input adds is computed for all times at once; the rest scans. */
import { lax, np, scan, ShapeError, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { zeros } from '../initializers/constant.js'
import type { Initializer } from '../initializers/initializer.js'
import { orthogonal } from '../initializers/orthogonal.js'
import { lecunNormal } from '../initializers/varianceScaling.js'
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

/** One kernel per gate, side by side. */
const perGate =
  (init: Initializer, gates: number): Initializer =>
  (key, shape, options) => {
    const [rows, width] = shape as readonly [number, number]
    const stacked = init(key, [rows, gates, width / gates], options)
    return stacked.reshape([rows, width])
  }

const recurrent = <P extends RecurrentParams, C>(
  cell: Cell<P, C>,
  features: number,
  { returnSequences = true, reverse = false, inputInit = lecunNormal(), recurrentInit }: RecurrentOptions,
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
        recurrentKernel: leaf('recurrentKernel', [features, width], recurrentInit ?? gateInit(cell.gates)),
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

/** Each gate starts with an orthogonal matrix of its own. */
const gateInit = (gates: number): Initializer => perGateOrthogonal(gates)

const perGateOrthogonal =
  (gates: number): Initializer =>
  (key, shape, options) => {
    const [rows, width] = shape as readonly [number, number]
    const keys = Array.from({ length: gates }, (_, i) => i)
    return np.concatenate(
      keys.map((i) => orthogonal()(keyOf(key, i), [rows, width / gates], options)),
      { axis: 1 },
    )
  }
