/** Pytrees: parameters, states and gradients as nested arrays and records of tensors. Mapping first, then taking apart. */
export { Functor, Traversable, type Tree, type TreeTraversable, type URI } from './instances.js'
export { all, leaves, map, mapWithPath, reduce, structure, transpose } from './map.js'
export { ravel } from './ravel.js'
export {
  flatten,
  type Leaf,
  type LeafOf,
  leafPaths,
  type MapLeaves,
  type Path,
  Structure,
  showPath,
  type Tensors,
  unflatten,
} from './structure.js'
