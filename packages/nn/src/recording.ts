/** How `capture` sees what layers inside layers give: a context may carry a place to write it to. */
import type { Ctx } from './layer.js'

const recorder: unique symbol = Symbol('recorder')

interface Recorder {
  readonly path: readonly string[]
  readonly write: (path: readonly string[], value: unknown) => void
  /** Whether weights of attention are written as well. */
  readonly attention: boolean
}

type Recorded = Ctx & { readonly [recorder]?: Recorder }

/** The same context with a recorder. */
export const recording = (ctx: Ctx, write: Recorder['write'], attention: boolean): Ctx =>
  withRecorder(ctx, { path: [], write, attention })

const withRecorder = (ctx: Ctx, found: Recorder): Ctx => {
  const own: Recorded =
    ctx.mode === 'eval'
      ? { mode: 'eval', [recorder]: found }
      : {
          mode: 'train',
          get key() {
            return ctx.key
          },
          [recorder]: found,
        }
  return own
}

/** The recorder of `outer`, if there is one, one label further, carried by `inner`. */
export const carryOver = (outer: Ctx, inner: Ctx, label: string): Ctx => {
  const found = (outer as Recorded)[recorder]
  return found === undefined ? inner : withRecorder(inner, { ...found, path: [...found.path, label] })
}

/** Writes what the layer of this context gave, if somebody wants to know. */
export const record = (ctx: Ctx, value: unknown): void => {
  const found = (ctx as Recorded)[recorder]
  found?.write(found.path, value)
}

/** Writes the weights of the attention of this context, which are computed only if somebody wants to know. */
export const recordWeights = (ctx: Ctx, weights: () => unknown): void => {
  const found = (ctx as Recorded)[recorder]
  if (found?.attention === true) found.write([...found.path, 'weights'], weights())
}

/** The same context without a recorder, for loops and recomputed parts, whose inner values do not exist outside. */
export const unrecorded = (ctx: Ctx): Ctx =>
  (ctx as Recorded)[recorder] === undefined || ctx.mode === 'train' ? ctx : { mode: 'eval' }
