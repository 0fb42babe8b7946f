/** What checks throw: tagged errors that say which law broke, where, and by which numbers. */
import { PuregradError } from '../errors.js'

/** A law that does not hold for a function at some arguments. */
export class LawError extends PuregradError {
  readonly _tag = 'LawError'
  constructor(
    /** The law's title, such as 'vjp is the transpose of jvp'. */
    readonly law: string,
    detail: string,
  ) {
    super(`${law}: ${detail}`)
  }
}

/** Which derivative was compared with differences: forward mode (jvp) or reverse mode (vjp). */
export type Mode = 'fwd' | 'rev'

/** A derivative that differs from numerical differences. */
export class GradientError extends PuregradError {
  readonly _tag = 'GradientError'
  readonly mode: Mode
  /** The order of the derivative that is wrong: 1 for the first. */
  readonly order: number
  /** The argument by which was differentiated, such as `argument 0.layers[1].kernel`. */
  readonly argument: string
  /** The element of that argument; null if the mismatch shows only along a direction through many elements. */
  readonly index: readonly number[] | null
  /** What numerical differences give. */
  readonly expected: number
  /** What the transform gave. */
  readonly found: number

  constructor(facts: {
    readonly mode: Mode
    readonly order: number
    readonly argument: string
    readonly index: readonly number[] | null
    readonly expected: number
    readonly found: number
  }) {
    const place =
      facts.index === null ? `${facts.argument} (along a direction)` : `${facts.argument} at [${facts.index.join(',')}]`
    super(
      `checkGrads: ${facts.mode === 'fwd' ? 'jvp' : 'vjp'} of order ${facts.order} by ${place} is ${facts.found} and numerical ` +
        `differences give ${facts.expected}. Check the derivative rule; near a kink or a pole move the argument or lower eps.`,
    )
    this.mode = facts.mode
    this.order = facts.order
    this.argument = facts.argument
    this.index = facts.index
    this.expected = facts.expected
    this.found = facts.found
  }
}
