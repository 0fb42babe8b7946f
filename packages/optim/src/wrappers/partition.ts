/** Different transformations for different groups of parameters. */
import { operation, TreeError, tree } from '@puregrad/core'
import { chosenBy, type Labels, type LabelTree, labelsOf, type Mask } from '../prefixes.js'
import { setToZero } from '../scaling/scale.js'
import type { GradientTransformation, SomeTransformation, StateOf } from '../transformation.js'
import { type MaskedState, masked } from './masked.js'

/** Transformations by the names of groups. */
export type Groups = Readonly<Record<string, SomeTransformation>>

/** A state for each group. */
export interface PartitionState<T extends Groups> {
  readonly innerStates: { readonly [K in keyof T]: MaskedState<StateOf<T[K]>> }
}

/** The group of each leaf, all of them known. */
const groupsOf = (transforms: Groups, labels: Labels, params: unknown): readonly (string | null)[] => {
  const groups = labelsOf('partition', labels, params)
  const unknown = groups.find((group) => group === null || !Object.hasOwn(transforms, group))
  if (unknown === undefined) return groups
  throw new TreeError(
    `partition: no transformation is called ${JSON.stringify(unknown)}, as a parameter is labelled; there are ${Object.keys(transforms).join(', ')}. Add it, such as setToZero() for what is not to change.`,
  )
}

/** The mask of a group, as a tree of the form of `params`. */
const maskOf = (groups: readonly (string | null)[], group: string, params: unknown): Mask =>
  tree.unflatten(
    tree.structure(params),
    groups.map((label) => label === group),
  ) as Mask

/**
 * To each parameter the transformation of its group: labels are a prefix of the parameters' tree, or a function that makes one.
 * @throws TreeError if labels do not fit the parameters, or name no transformation
 * @example
 * const grads = { kernel: np.array([1, 2]), bias: np.array([3]) }
 * const t = partition({ fast: sgd(1), slow: sgd(0.1) }, { kernel: 'fast', bias: 'slow' })
 * t.update(grads, t.init(grads))[0] // { kernel: [-1, -2], bias: [-0.3] }
 */
export const partition = <const T extends Groups>(
  transforms: T,
  paramLabels: Labels,
): GradientTransformation<PartitionState<T>> => {
  type States = Readonly<Record<string, MaskedState<unknown>>>
  const parts = Object.entries(transforms) as unknown as readonly (readonly [string, GradientTransformation<unknown>])[]
  const stateOf = (innerStates: States): PartitionState<T> => ({ innerStates }) as unknown as PartitionState<T>
  return {
    init: (params) => {
      const groups = groupsOf(transforms, paramLabels, params)
      return stateOf(
        Object.fromEntries(parts.map(([name, t]) => [name, masked(t, maskOf(groups, name, params)).init(params)])),
      )
    },
    update: (grads, state, params, extra) => {
      const groups = groupsOf(transforms, paramLabels, params ?? grads)
      const states = state.innerStates as unknown as States
      let updates = grads
      const next = parts.map(([name, t]) => {
        const one = masked(t, maskOf(groups, name, grads))
        const [changed, s] = one.update(updates, states[name] as MaskedState<unknown>, params, extra)
        updates = changed
        return [name, s] as const
      })
      return [updates, stateOf(Object.fromEntries(next))]
    },
  }
}

/** `partition` by its older name. @example multiTransform({ all: sgd(1) }, 'all').init({ w: np.ones([1]) }).innerStates.all */
export const multiTransform = partition

export interface SelectiveOptions {
  /** Which parameters do not change. */
  readonly freezeMask: Mask
}

/**
 * The optimiser for parameters that are not frozen, without state for those that are.
 * @throws TreeError if the mask is no prefix of the parameters
 * @example
 * const grads = { kernel: np.array([1, 2]), bias: np.array([3]) }
 * const t = selectiveTransform(sgd(1), { freezeMask: { kernel: true, bias: false } })
 * t.update(grads, t.init(grads))[0] // { kernel: [0, 0], bias: [-3] }
 */
export const selectiveTransform = operation(
  'selectiveTransform',
  { at: 1, names: ['freezeMask'] },
  <S>(
    optimizer: GradientTransformation<S>,
    { freezeMask }: SelectiveOptions,
  ): GradientTransformation<
    PartitionState<{ readonly train: GradientTransformation<S>; readonly freeze: GradientTransformation<null> }>
  > =>
    partition({ train: optimizer, freeze: setToZero() }, (params) => {
      const frozen = chosenBy('selectiveTransform', freezeMask, params)
      const labels = frozen.map((is) => (is ? 'freeze' : 'train'))
      return tree.unflatten(tree.structure(params), labels) as LabelTree
    }),
)
