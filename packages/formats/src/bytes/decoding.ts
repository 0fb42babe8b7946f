/** How decoders say no: they throw a refusal inside `decoding`, which alone catches it and makes it the left of an Either. */
import * as E from 'fp-ts/lib/Either.js'
import { type DataError, type DataErrorKind, dataError } from './data-error.js'

export class Refusal {
  constructor(readonly error: DataError) {}
}

/** Makes the refusals of one file. */
export type Refuse = (kind: DataErrorKind, expected: string, found: string, cure: string) => Refusal

/** What every decoder is told: the name that its errors carry. */
export interface Named {
  readonly file: string
}

/** The refusals of a file, for `throw refuse('truncated', …)`. */
export const refusing =
  (file: string): Refuse =>
  (kind, expected, found, cure) =>
    new Refusal(dataError(kind, { file, expected, found, cure }))

/** Runs a decoder: its value on the right, its refusal on the left. Any other exception is a bug and goes on. */
export const decoding = <T>(body: () => T): E.Either<DataError, T> => {
  try {
    return E.right(body())
  } catch (thrown) {
    if (thrown instanceof Refusal) return E.left(thrown.error)
    throw thrown
  }
}

/** The value of an Either inside `decoding`. */
export const orRefuse = <T>(either: E.Either<DataError, T>): T => {
  if (E.isRight(either)) return either.right
  throw new Refusal(either.left)
}

/**
 * What went wrong, in words.
 * @internal
 */
export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** The start of a value from a file, for messages; one nested too deeply to be written is only named. */
export const brief = (value: unknown): string => {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 80)
  } catch {
    return `a deeply nested ${typeof value}`
  }
}

export const damaged = 'The file is damaged or was cut off. Download it again.'

/** The text of UTF-8 bytes, none of them wrong; `what` names them. A byte order mark stays. */
export const strictUtf8 = (bytes: Uint8Array, what: string, refuse: Refuse): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw refuse('syntax', `${what} in UTF-8`, 'bytes that are no UTF-8', 'Convert it to UTF-8, or download it again.')
  }
}
