/** What all painters have in common: how they learn from a subject, and what they give. */
import { jit, np, random, type Tensor, valueAndGrad } from '@puregrad/core'
import type { Conditioned, Key } from '@puregrad/nn'
import { applyUpdates, type GradientTransformation } from '@puregrad/optim'
import { data, type History, type Progress, train } from '@puregrad/train/node'
import { pipe } from 'fp-ts/lib/function.js'
import { type Subject, scaled } from './pictures.js'

/** What a painter learns under. */
export interface Under {
  readonly seed: number
  /** How many of its steps it makes, in percent. */
  readonly part: number
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** A painter that has learnt. */
export interface Painting {
  /** Pictures from −1 to 1, [count, 28, 28, 1], of these classes where it is told them. */
  readonly sample: (key: Key, classes: Tensor) => Tensor
  /** Pictures on a way from one to another for each row, [rows · columns, 28, 28, 1]. */
  readonly between: (key: Key, rows: number, columns: number) => Tensor
  /** Pictures of less noise, or of more guidance: what trades how good they are for how different. */
  readonly traded: {
    readonly what: string
    readonly at: readonly number[]
    readonly sample: (key: Key, classes: Tensor, at: number) => Tensor
  } | null
  readonly history: History
}

export interface Painter {
  readonly name: string
  /** Whether it is told of what class a picture shall be. */
  readonly isTold: boolean
  readonly learn: (subject: Subject, under: Under) => Promise<Painting>
}

const epochs = 20 // points of a curve

interface Course<A> {
  readonly steps: number
  readonly batchSize: number
  readonly start: A
  readonly step: (state: A, key: Key, batch: Conditioned) => readonly [A, Readonly<Record<string, Tensor>>]
}

/** Repeats a step on pictures from −1 to 1 and their classes. */
export const learnBy = async <A>(
  { train: { x, y } }: Subject,
  { seed, part, progress, signal }: Under,
  { steps, batchSize, start, step }: Course<A>,
): Promise<{ readonly state: A; readonly history: History }> => {
  const [orderKey, key] = [...random.split(random.key(seed))] as [Key, Key]
  const source = pipe(
    data.fromArrays({ x, condition: y }),
    data.shuffle(orderKey),
    data.batch(Math.min(batchSize, y.size), { dropRemainder: true }),
    data.repeat(),
  )
  const each = Math.max(1, Math.round((steps * part) / 100 / epochs))
  const { state, history } = await train(
    (now: A, stepKey, batch: Conditioned) => step(now, stepKey, { ...batch, x: scaled(batch.x) }),
    start,
    source,
    { epochs, stepsPerEpoch: each, key, progress, signal },
  )
  return { state, history }
}

const together = 50 // pictures at a time, so that one shape is compiled

type Paint<A extends readonly Tensor[]> = (z: Tensor, classes: Tensor, ...rest: A) => Tensor

/** A function of noise and classes that makes pictures, compiled once and run part by part; the last part is filled up. */
export const inParts = <A extends readonly Tensor[]>(make: Paint<A>): Paint<A> => {
  const compiled = jit(make)
  return (z, classes, ...rest) => {
    const count = classes.size
    const parts = Array.from({ length: Math.ceil(count / together) }, (_, i) => {
      const rows = np
        .arange(together)
        .add(i * together)
        .mod(count)
      return compiled(np.take(z, rows, { axis: 0 }), np.take(classes, rows, { axis: 0 }), ...rest)
    })
    return np.concatenate(parts).slice({ stop: count })
  }
}

/** Noise on the way from one to another, for each row: along circles, on which all of it is as likely. */
export const ways = (key: Key, rows: number, columns: number, latent: number): Tensor => {
  const [from, to] = [...random.split(key)].map((one) => random.normal(one, [rows, 1, latent])) as [Tensor, Tensor]
  const angle = np.linspace(0, Math.PI / 2, columns).reshape([1, columns, 1])
  return from
    .mul(np.cos(angle))
    .add(to.mul(np.sin(angle)))
    .reshape([rows * columns, latent])
}

/** What a painter gives that makes pictures of noise alone. */
export const ofNoise = (paint: (z: Tensor, classes: Tensor) => Tensor, latent: number, history: History): Painting => ({
  sample: (key, classes) => paint(random.normal(key, [classes.size, latent]), classes),
  between: (key, rows, columns) => paint(ways(key, rows, columns, latent), rowsOf(rows, columns)),
  traded: null,
  history,
})

interface Descent<P, U> {
  readonly params: P
  readonly optimizerState: U
}

/** One step down a loss, as painters without an opponent learn. */
export const descend = <P, U>(
  optimizer: GradientTransformation<U>,
  { params, optimizerState }: Descent<P, U>,
  loss: (params: P) => Tensor,
): readonly [Descent<P, U>, { readonly loss: Tensor }] => {
  const [lost, slope] = valueAndGrad(loss)(params)
  const [updates, next] = optimizer.update(slope, optimizerState, params)
  return [{ params: applyUpdates(params, updates), optimizerState: next }, { loss: lost }]
}

/** The classes of a sheet: one a row. */
export const rowsOf = (rows: number, columns: number): Tensor => np.repeat(np.arange(rows, { dtype: 'int32' }), columns)
