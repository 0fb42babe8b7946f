/** Elements at classes, and NaN where a label is none. */
import { np, type Tensor } from '@puregrad/core'

/** Results of labels 0 … size − 1; for others, negative ones too, NaN, which moves nothing. */
export const ofClasses = (results: Tensor, labels: Tensor, size: number): Tensor =>
  np.where(np.logicalAnd(labels.ge(0), labels.lt(size)), results, Number.NaN)

/**
 * The element of x at each label along an axis, which goes away; 0 for labels that are no class. A selection and a sum, because
 * these fuse and their derivative scatters nothing.
 */
export const pick = (x: Tensor, labels: Tensor, axis: number): Tensor => {
  const size = x.shape[axis] as number
  const classes = np
    .arange(size)
    .astype('int32')
    .reshape(x.shape.map((_, i) => (i === axis ? size : 1)))
  return np.sum(np.where(np.expandDims(labels, axis).eq(classes), x, 0), { axis })
}
