/** Choices about parameters, given as trees that are prefixes of the parameters'. */
import { Tensor, TreeError, tree } from '@puregrad/core'

/** A boolean for each leaf below, as a tree that is a prefix of the parameters' or a function that makes one of them. */
export type Mask = MaskTree | ((params: unknown) => MaskTree)
export type MaskTree = boolean | null | readonly MaskTree[] | { readonly [key: string]: MaskTree }

/** The name of a group for each leaf below, likewise. */
export type Labels = LabelTree | ((params: unknown) => LabelTree)
export type LabelTree = string | null | readonly LabelTree[] | { readonly [key: string]: LabelTree }

type Container = Readonly<Record<string, unknown>>

const isContainer = (x: unknown): x is Container => typeof x === 'object' && x !== null

/** For each leaf of `params` in order what stands at or above it in `prefix`. */
const spread = (operation: string, prefix: unknown, params: unknown): readonly unknown[] => {
  const walk = (p: unknown, t: unknown, path: tree.Path): readonly unknown[] => {
    const below = tree.leaves(t)
    if (below.length === 0) return []
    if (!isContainer(p)) return below.map(() => p)
    const deeper = isContainer(t) && !(t instanceof Tensor)
    const keys = deeper ? Object.keys(t).sort() : []
    const fits = deeper && Array.isArray(p) === Array.isArray(t) && Object.keys(p).sort().join() === keys.join()
    if (!fits) {
      throw new TreeError(
        `${operation}: at ${tree.showPath(path, 'params')} the tree of choices is no prefix of the parameters': it has ${JSON.stringify(p)}. Give one choice for all below, or one for each of ${keys.join(', ') || 'its leaves'}.`,
      )
    }
    return keys.flatMap((key) => walk(p[key], (t as Container)[key], [...path, key]))
  }
  return walk(prefix, params, [])
}

/** Whether each leaf is chosen; `null` chooses nothing. @throws TreeError if the mask does not fit */
export const chosenBy = (operation: string, mask: Mask, params: unknown): readonly boolean[] =>
  spread(operation, typeof mask === 'function' ? mask(params) : mask, params).map(Boolean)

/** The group of each leaf. @throws TreeError if the labels do not fit */
export const labelsOf = (operation: string, labels: Labels, params: unknown): readonly (string | null)[] =>
  spread(operation, typeof labels === 'function' ? labels(params) : labels, params) as readonly (string | null)[]

/** The tree with `null` for what is not chosen. */
export const only = <P>(chosen: readonly boolean[], params: P): P => {
  const [leaves, structure] = tree.flatten(params)
  return tree.unflatten(
    structure,
    leaves.map((leaf, i) => (chosen[i] ? leaf : null)),
  ) as P
}

/** `params` with the leaves of `part`, which are those chosen, in their places. */
export const replaced = <P>(chosen: readonly boolean[], params: P, part: unknown): P => {
  const [leaves, structure] = tree.flatten(params)
  const parts = (tree.leaves(part) as readonly Tensor[]).values()
  return tree.unflatten(
    structure,
    leaves.map((leaf, i) => (chosen[i] ? parts.next().value : leaf)),
  ) as P
}
