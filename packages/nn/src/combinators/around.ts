/** One layer inside another that shows it other parameters than it holds itself. */
import { isLeft } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import { unlessRefused } from '../refusal.js'
import { evaluation } from '../steps.js'
import {
  applyChild,
  type Child,
  type Erased,
  type ErasedPlan,
  planChild,
  type Steps,
  stepChild,
  stepsOf,
} from './erased.js'

/** The plan of a layer that holds something else than the one inside it. */
export const planAround =
  (name: string, child: Child, held: (planned: Required<ErasedPlan>, input: unknown) => ErasedPlan): Erased['plan'] =>
  (input) => {
    const planned = planChild(name, child, input)
    return isLeft(planned) ? planned : unlessRefused(() => held(planned.right, input))(input)
  }

/** What the layer inside sees, and what becomes of the state that it leaves behind. */
export interface Seen {
  readonly params: unknown
  readonly state: unknown
  readonly behind?: (state: unknown) => unknown
}

export interface Surroundings {
  readonly name: string
  readonly child: Child
  readonly held: (planned: Required<ErasedPlan>) => ErasedPlan
  readonly see: (params: unknown, state: unknown, isTraining: boolean) => Seen
  /** What a cache needs of parameters, and of a state that is not always given. As `see`, unless said. */
  readonly start?: Steps['startCache']
}

/** A layer around another. */
export const around = ({ name, child, held, see, start }: Surroundings): Erased => ({
  name,
  plan: planAround(name, child, held),
  apply: (params, state, x, ctx) => {
    checkApply(name, params, state, x, ctx)
    const { params: own, state: before, behind = (after) => after } = see(params, state, ctx.mode === 'train')
    const [y, after] = applyChild(child, own, before, x, ctx)
    return [y, behind(after)]
  },
  startCache:
    start ??
    ((params, batch, length, options = {}) => {
      const { params: own, state } = see(params, options.state, false)
      return stepsOf(name, child).startCache(
        own,
        batch,
        length,
        options.state === undefined ? options : { ...options, state },
      )
    }),
  step: (params, state, cache, x, ctx = evaluation) => {
    const { params: own, state: before } = see(params, state, false)
    return stepChild(name, child, own, before, cache, x, ctx)
  },
})
