/**
 * What a worker that trains a tokenizer runs; `scripts/programs.mjs` writes it, with all that it imports, into trainer.generated.ts
 * as text, so that it starts wherever there are workers: after any bundler, in Node and in a page.
 */
import { type BpeInput, bpeSteps, type TrainedBpe } from './bpe.js'
import type { TokenizerProgress } from './pieces.js'
import { type TrainedUnigram, type UnigramInput, unigramSteps } from './unigram.js'

export type TokenizerInput = BpeInput | UnigramInput
export type Trained = TrainedBpe | TrainedUnigram

/** Learns what it is told to, and says now and then how far it is. */
export const steps = (input: TokenizerInput): Generator<TokenizerProgress, Trained, undefined> =>
  input.kind === 'bpe' ? bpeSteps(input) : unigramSteps(input)

/** What a worker tells while it works, and at its end. */
export type TrainerAnswer = { readonly progress: TokenizerProgress } | { readonly output: Trained }

/** What a worker does with what it is given. */
export function* answersTo(
  input: TokenizerInput,
): Generator<readonly [TrainerAnswer, readonly ArrayBufferLike[]], void, undefined> {
  const running = steps(input)
  for (let step = running.next(); ; step = running.next()) {
    if (step.done) return yield [{ output: step.value }, []]
    yield [{ progress: step.value }, []]
  }
}
