/** What a recording is. */

export const sampleRate = 8000

/** One digit, spoken once. */
export interface Recording {
  readonly digit: number
  readonly speaker: string
  /** From −1 to 1; the loudest is 1. */
  readonly samples: Float32Array
}

/** Sound whose loudest sample is 1. */
export const loudest = (samples: Float32Array): Float32Array => {
  const peak = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  return peak === 0 ? samples : samples.map((x) => x / peak)
}
