/**
 * Layers that run position by position: what a layer gives for a whole sequence comes out of steps of one position or several, each
 * with what the layer has to remember of those before, its cache. Nothing is computed twice.
 */
import { ArgumentError, isRecord, lax, np, operation, type Tensor, tree } from '@puregrad/core'
import type { Ctx, Layer } from './layer.js'

/**
 * What a layer remembers of the positions so far: a tree of tensors of static shapes, fit to be carried by `scan`. The batch axis comes
 * first in all of them but scalars, which count positions for the whole batch.
 */
export type Cache = unknown

export interface CacheOptions {
  /** For decoders: what the encoder gave, [batch, time, features], whose keys and values are then computed once. */
  readonly memory?: Tensor
  /** Which positions of the memory count, [batch, time]: all unless given. */
  readonly memoryMask?: Tensor
  /** The state of the whole layer: what `spectralNorm` divides kernels by, for the memory. */
  readonly state?: unknown
}

/** A layer that runs position by position. Methods, so that whoever holds layers of all kinds need not know their caches. */
export interface Stepping<P, S, I = Tensor, O = Tensor, C = Cache> {
  /** The cache before the first position, for a batch of sequences of up to `length` positions. */
  startCache(params: P, batch: number, length: number, options?: CacheOptions): C
  /** What comes out for the next positions x, [batch, positions, …], and the cache behind them. Evaluation unless ctx says else. */
  step(params: P, state: S, cache: C, x: I, ctx?: Ctx): readonly [O, C]
}

/** Both methods, where they can be had of everything inside. */
export type SteppingIf<Can, P, S, I, O> = Can extends true ? Stepping<P, S, I, O> : unknown

type SomeFunction = (...args: never[]) => unknown

/** Whether a stage steps: functions do if they are elementwise, which shows when a cache is asked for. */
export type CanStep<L> = L extends SomeFunction
  ? true
  : L extends { readonly startCache: SomeFunction; readonly step: SomeFunction }
    ? true
    : false

/** Whether all of them step. */
export type CanAllStep<L> = L extends readonly unknown[]
  ? false extends { readonly [K in keyof L]: CanStep<L[K]> }[number]
    ? false
    : true
  : false extends { readonly [K in keyof L]: CanStep<L[K]> }[keyof L]
    ? false
    : true

export const evaluation: Ctx = { mode: 'eval' }

/** Both methods for a layer to which positions are nothing to each other, so that it remembers nothing. */
export const positionwise = <P, S, I, O>(layer: Layer<P, S, I, O>): Layer<P, S, I, O> & Stepping<P, S, I, O, null> => ({
  ...layer,
  startCache: () => null,
  step: (params, state, cache, x, ctx = evaluation) => [layer.apply(params, state, x, ctx)[0], cache],
})

/** Both methods for a layer that cannot step. */
export const stepless = (
  name: string,
  why: string,
): { readonly startCache: () => never; readonly step: () => never } => {
  const refuse = (): never => {
    throw new ArgumentError(`${name} cannot run position by position: ${why}`)
  }
  return { startCache: refuse, step: refuse }
}

/** The next elements along axis 0 of positions that a cache counts, int32 [count]. */
export const positionsFrom = (index: Tensor, count: number): Tensor => np.arange(count).astype('int32').add(index)

/** The last elements of a queue of inputs along axis 1, once further ones are behind it. */
export const queued = (queue: Tensor, x: Tensor): readonly [all: Tensor, next: Tensor] => {
  const all = np.concatenate([queue, x], { axis: 1 })
  const [kept, length] = [queue.shape[1] as number, all.shape[1] as number]
  return [all, lax.sliceInDim(all, length - kept, length, { axis: 1 })]
}

/** @throws ArgumentError unless the layer has both methods */
const methodsOf = (name: string, layer: unknown): Stepping<unknown, unknown, unknown, unknown> => {
  if (isRecord(layer) && typeof layer.step === 'function' && typeof layer.startCache === 'function')
    return layer as unknown as Stepping<unknown, unknown, unknown, unknown>
  const called = isRecord(layer) && typeof layer.name === 'string' ? layer.name : String(layer)
  throw new ArgumentError(
    `${name}: ${called} cannot run position by position. Layers that see their input at once have no step; causal attention, recurrent layers, causal convolutions and what works on each position alone do.`,
  )
}

/**
 * The cache of a model before the first position.
 * @param length how many positions there may be: later ones give NaN where the cache holds them all, as attention's does
 * @throws ArgumentError naming the layer that cannot run position by position
 * @example
 * const model = serial(embedding(10, 8), selfAttention({ heads: 2, causal: true }), dense(10))
 * const { params, state } = init(model, [6], random.key(0))
 * const ids = np.array([[3, 1, 4, 1, 5, 9]], { dtype: 'int32' })
 * const [first, cache] = step(model, params, state, startCache(model, params, 1, 6), ids.slice({}, { stop: 5 }))
 * const [last] = step(model, params, state, cache, ids.slice({}, { start: 5 }))
 * const [whole] = model.apply(params, state, ids, { mode: 'eval' })
 * np.allclose(np.concatenate([first, last], { axis: 1 }), whole, { atol: 1e-6 }) // true
 */
export const startCache = operation(
  'startCache',
  { at: 4, names: ['memory', 'memoryMask', 'state'] },
  <P, S, I, O>(layer: Layer<P, S, I, O>, params: P, batch: number, length: number, options: CacheOptions = {}): Cache =>
    methodsOf('startCache', layer).startCache(params, batch, length, options),
)

/**
 * What a model gives for the next positions, [batch, positions, …], and the cache behind them. A whole loop of steps jits, as a `scan`
 * that carries the cache.
 * @throws ArgumentError naming the layer that cannot run position by position
 * @example
 * const model = serial(dense(4), gru(4), relu)
 * const { params, state } = init(model, [3, 2], random.key(0))
 * const x = np.ones([1, 3, 2])
 * const [, ys] = scan(
 *   (cache: Cache, at: Tensor) => {
 *     const [y, next] = step(model, params, state, cache, np.expandDims(at, 1))
 *     return [next, np.squeeze(y, 1)]
 *   },
 *   startCache(model, params, 1, 3),
 *   x.transpose([1, 0, 2]),
 * )
 * np.allclose(ys.transpose([1, 0, 2]), model.apply(params, state, x, { mode: 'eval' })[0], { atol: 1e-6 }) // true
 */
export const step = operation(
  'step',
  { at: 5, names: ['mode', 'key'] },
  <P, S, I, O>(
    layer: Layer<P, S, I, O>,
    params: P,
    state: S,
    cache: Cache,
    x: I,
    ctx: Ctx = evaluation,
  ): readonly [O, Cache] => methodsOf('step', layer).step(params, state, cache, x, ctx) as readonly [O, Cache],
)

/**
 * The caches of some of a batch's sequences, in this order: what a beam search goes on with. It takes rows of every tensor of the tree,
 * whose batch axis comes first; scalars, which count positions for all, stay.
 * @param rows int32 [beams], each a row of the batch
 * @example
 * const layer = selfAttention({ heads: 2, causal: true })
 * const { params } = init(layer, [5, 4], random.key(0))
 * const cache = layer.startCache(params, 2, 5)
 * reorderCache(cache, np.array([1, 1, 0], { dtype: 'int32' })).key.shape // [3, 5, 2, 2]
 */
export const reorderCache = <C>(cache: C, rows: Tensor): C =>
  tree.map((leaf) => {
    const part = leaf as unknown as Tensor
    return part.ndim === 0 ? part : np.take(part, rows, { axis: 0 })
  }, cache) as C
