/** The types of the parameters that `gather` and `scatter` share: in a file of its own, since these two need each other. */
import { axes, axis, listOf, oneOf, shape } from './parameters.js'

export const sliceParameters = {
  sliceSizes: shape,
  collapsed: axes,
  startIndexMap: listOf(axis),
  mode: oneOf('clip', 'fill'),
} as const
