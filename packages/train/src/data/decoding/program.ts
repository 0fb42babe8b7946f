/**
 * What a worker that decodes runs; `scripts/decoder.mjs` writes it, with all that it imports, into decoder.generated.ts as
 * text, so that it starts wherever there are workers: after any bundler, in Node and in a page.
 */
import { imageFrom } from '@puregrad/formats'
import { isRight } from 'fp-ts/lib/Either.js'
import type { Answer, Job } from './pool.js'

/** The answer to a job, and what of it is handed over and not copied. Without an image in it, whoever asked has to see what is wrong. */
export const answerTo = (
  { id, input, options }: Job,
  readFile: (file: string) => Uint8Array,
): readonly [Answer, ArrayBufferLike[]] => {
  try {
    const decoded = imageFrom(typeof input === 'string' ? readFile(input) : input, options)
    if (!isRight(decoded)) return [{ id }, []]
    const { shape, data } = decoded.right
    // What is handed over goes whole: a part of something larger is copied.
    const whole = data.byteLength === data.buffer.byteLength ? data : new Uint8Array(data)
    return [{ id, image: { shape, data: whole } }, [whole.buffer]]
  } catch {
    return [{ id }, []]
  }
}

/** What a worker does with a job. */
export const answersTo = (job: Job, readFile: (file: string) => Uint8Array): Iterable<ReturnType<typeof answerTo>> => [
  answerTo(job, readFile),
]
