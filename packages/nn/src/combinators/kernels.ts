/** The kernels among the parameters of a layer: tensors of two axes or more, whose last axis is that of the outputs. */
import { Tensor } from '@puregrad/core'
import type { LeafPlan } from '../plan.js'

const isLeaf = (x: object): boolean => x instanceof Tensor || ('_tag' in x && x._tag === 'LeafPlan')

const rankOf = (x: object): number => (x as { readonly shape: readonly number[] }).shape.length

/** Kernels by where they stand, such as 'query/kernel'; a layer that is nothing but a kernel has the path ''. */
export const kernelsOf = <T extends Tensor | LeafPlan>(tree: unknown, path = ''): readonly (readonly [string, T])[] => {
  if (typeof tree !== 'object' || tree === null) return []
  if (isLeaf(tree)) return rankOf(tree) >= 2 ? [[path, tree as T]] : []
  return Object.entries(tree).flatMap(([key, child]) => kernelsOf<T>(child, path === '' ? key : `${path}/${key}`))
}

/** The same tree with `f` applied to every kernel. */
export const mapKernels = (f: (kernel: Tensor, path: string) => Tensor, tree: unknown, path = ''): unknown => {
  if (typeof tree !== 'object' || tree === null) return tree
  if (tree instanceof Tensor) return tree.ndim >= 2 ? f(tree, path) : tree
  const below = (key: string | number, child: unknown): unknown =>
    mapKernels(f, child, path === '' ? `${key}` : `${path}/${key}`)
  if (Array.isArray(tree)) return tree.map((child, i) => below(i, child))
  return Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, below(key, child)]))
}
