/** What all models from one sequence to another share: read once, then write position by position. */
import { ArgumentError, type Tensor } from '@puregrad/core'
import type { Cache, CacheOptions, Ctx, Layer } from '@puregrad/nn'

/** A sequence to read: tokens [batch, time], and which of them count. */
export interface Source {
  readonly source: Tensor
  /** [batch, time], all unless given. */
  readonly sourceMask?: Tensor
}

/**
 * What is read, and what is written so far: tokens [batch, target time] of which each is followed by what the logits of its place are
 * about. In training they are the truth (teacher forcing).
 */
export interface Translation extends Source {
  readonly target: Tensor
  /** Which tokens of the target are seen, [batch, target time]. Those behind the end need none: nothing sees what comes later. */
  readonly targetMask?: Tensor
}

/** What was read, [batch, time, features], and which positions of it count. */
export interface Encoded {
  readonly memory: Tensor
  readonly memoryMask?: Tensor
}

/**
 * A model from one sequence to another. As a layer it is what training needs, from both sequences to logits
 * [batch, target time, vocabulary]; `encode` and `step` write where only the source is known.
 */
export interface EncoderDecoder<P, S> extends Layer<P, S, Translation, Tensor> {
  /** What the encoder gives, once for all that is written of it. */
  readonly encode: (params: P, state: S, source: Source, ctx?: Ctx) => Encoded
  /** The cache before the first token of up to `length`; what was read comes as options. @throws ArgumentError without it */
  readonly startCache: (params: P, batch: number, length: number, options?: CacheOptions) => Cache
  /** Logits [batch, positions, vocabulary] behind further tokens [batch, positions], and the next cache. */
  readonly step: (params: P, state: S, cache: Cache, tokens: Tensor, ctx?: Ctx) => readonly [Tensor, Cache]
}

/** @throws ArgumentError if nothing was read */
export const checkMemory = (name: string, memory: Tensor | undefined): Tensor => {
  if (memory !== undefined) return memory
  throw new ArgumentError(
    `${name}: startCache needs what was read. Give it: startCache(params, batch, length, model.encode(params, state, { source })).`,
  )
}
