// biome-ignore-all assist/source/organizeImports: an index is read in this order, not in that of the alphabet
/**
 * `decode`: sequences out of a model that says what may come next. First its step, then what is done to logits, then what chooses by
 * them.
 */
export { type DecodeStep, stepOf } from './step.js'

export { chain, Monoid, type Past, type Processor } from './processor.js'
export { type Amount, minP, temperature, topK, topP, typical } from './warping.js'
export { frequencyPenalty, noRepeat, presencePenalty, repetitionPenalty } from './penalties.js'
export { ban, bias, type Bias, minLength } from './constraints.js'

export type { LengthOptions, ProcessOptions, WarpOptions } from './options.js'
export type { Decoded } from './loop.js'
export { greedy, type GreedyOptions } from './greedy.js'
export { sample, type SampleOptions } from './sample.js'
export { beam, type BeamOptions, type Beams } from './beam.js'
export type { LengthPenalty } from './length-penalty.js'
export { stream, streamSync, type Streamed, type StreamOptions } from './stream.js'
export { rewind } from './rewind.js'
export { type Draft, speculative, type Speculated, type SpeculativeOptions } from './speculative.js'
