/** What every decoder asks for the next tokens: a pure function of a cache and of the tokens that it does not hold yet. */
import { ArgumentError, DTypeError, isRecord, lax, operation, ShapeError, show, Tensor } from '@puregrad/core'
import { type Cache, type Layer, step as stepLayer, type Variables } from '@puregrad/nn'

/**
 * One step of a model: (cache, tokens) ↦ [logits, cache]. Tokens are int32 [rows, positions], mostly one position and at first a
 * prompt; logits are [rows, positions, vocabulary], or [rows, vocabulary] for the last position alone.
 */
export type DecodeStep<C = Cache> = (cache: C, tokens: Tensor) => readonly [logits: Tensor, cache: C]

/**
 * The step of a layer with its parameters and state: what decoders take, with `startCache` of nn for the cache.
 * @param layer a model from tokens to logits that runs position by position
 * @throws ArgumentError, when it is called, for a layer that does not
 * @example
 * const model = serial(embedding(5, 8), gru(8), dense(5))
 * const variables = init(model, [4], random.key(0))
 * const next = decode.stepOf(model, variables)
 * next(startCache(model, variables.params, 2, 4), np.zeros([2, 1], { dtype: 'int32' }))[0].shape // [2, 1, 5]
 */
export const stepOf = operation(
  'decode.stepOf',
  {},
  <P, S>(layer: Layer<P, S>, variables: Variables<P, S>): DecodeStep => {
    const { params, state } = variables
    return (cache, tokens) => stepLayer(layer, params, state, cache, tokens)
  },
)

/** @throws ArgumentError unless it is a function */
export const checkStep = (name: string, step: unknown): void => {
  if (typeof step === 'function') return
  const model = isRecord(step) && 'apply' in step
  throw new ArgumentError(
    `${name}: the step is ${model ? 'a layer' : show(step)}; it has to be a function (cache, tokens) => [logits, cache]. ` +
      'Make one with decode.stepOf(layer, { params, state }).',
  )
}

/** The logits of all positions, [rows, positions, vocabulary], and the cache behind them. @throws ShapeError, ArgumentError */
export const callStep = <C>(
  name: string,
  step: DecodeStep<C>,
  cache: C,
  tokens: Tensor,
): readonly [logits: Tensor, cache: C] => {
  const answer = step(cache, tokens)
  const logits = Array.isArray(answer) ? (answer[0] as unknown) : undefined
  if (!(logits instanceof Tensor))
    throw new ArgumentError(`${name}: the step gave ${show(answer)}; it has to give [logits, cache].`)
  const [rows, positions] = tokens.shape as readonly [number, number]
  const ofLast = logits.ndim === 2
  if (logits.shape[0] !== rows || !(ofLast || (logits.ndim === 3 && logits.shape[1] === positions)))
    throw new ShapeError(
      `${name}: the step gave logits of [${logits.shape}] for tokens of [${tokens.shape}]; they have to be [${rows}, ${positions}, vocabulary].`,
    )
  return [ofLast ? logits.reshape([rows, 1, -1]) : logits, answer[1]]
}

/** The logits of the last position, [rows, vocabulary]. */
export const ofLastPosition = (logits: Tensor): Tensor => {
  const [rows, positions] = logits.shape as readonly [number, number]
  return lax.sliceInDim(logits, positions - 1, positions, { axis: 1 }).reshape([rows, -1])
}

/** Tokens to start from as int32 [rows, positions]. @throws DTypeError unless they are integers; ShapeError for other ranks, or none */
export const checkStart = (name: string, start: Tensor): Tensor => {
  if (!(start instanceof Tensor) || start.dtype.startsWith('float') || start.dtype === 'bool')
    throw new DTypeError(
      `${name}: start is ${start instanceof Tensor ? `${start.dtype}[${start.shape}]` : show(start)} and has to hold tokens. Convert with start.astype('int32').`,
    )
  if (start.ndim === 0 || start.ndim > 2 || start.size === 0)
    throw new ShapeError(
      `${name}: start is ${start.dtype}[${start.shape}]; it has to be [batch], the first token of each sequence, or [batch, positions], a prompt.`,
    )
  return start.astype('int32').reshape([start.shape[0] as number, -1])
}
