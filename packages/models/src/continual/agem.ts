/** Averaged gradient episodic memory: a step that what is remembered does not object to. */
import { named, np } from '@puregrad/core'
import { checkLike, dot, mapTree } from './trees.js'

/**
 * The gradient, or what is left of it without the part along which the memory's loss would rise: g if g · m ≥ 0, else
 * g − (g · m / m · m) m, the closest to g that is at right angles to m. Chaudhry et al. 2019, equation 11.
 * @param gradient g, any tree  @param memory m, the gradient of the remembered
 * @throws TreeError, ShapeError for gradients of other parameters than each other
 * @example
 * projectGradient({ w: np.array([1, -1]) }, { w: np.array([0, 1]) }) // { w: [1, 0] }
 * projectGradient({ w: np.array([1, 1]) }, { w: np.array([0, 1]) }) // { w: [1, 1] }
 */
export const projectGradient = named('projectGradient', <P>(gradient: P, memory: P): P => {
  checkLike('projectGradient', "the memory's gradient", memory, gradient)
  const [product, norm] = [dot(gradient, memory), dot(memory, memory)]
  const along = np.where(product.lt(0), product.div(np.where(norm.gt(0), norm, 1)), 0)
  return mapTree((g, m) => g.sub(m.mul(along).astype(g.dtype)), gradient, memory)
})

/**
 * Averaged gradient episodic memory, A-GEM: value and gradient of a batch, which to first order never makes the loss of the
 * remembered greater. Chaudhry et al. 2019, Efficient lifelong learning with A-GEM.
 * @param valueAndGradient what `valueAndGrad` makes of a loss, with or without aux
 * @returns the same of parameters and two batches, lists of the arguments behind the parameters; the value is that of the first
 * @example
 * const loss = ({ w }: { w: Tensor }, x: Tensor) => np.mean(np.square(x.sub(w)))
 * const [value, gradient] = agem(valueAndGrad(loss))({ w: np.array(0) }, [np.array([1])], [np.array([-3])])
 * value.item() // 1
 * // Nothing is left of -2, since the memory asks for 6.
 * gradient.w.item() // 0
 */
export const agem = named(
  'agem',
  <P, A extends readonly unknown[], V, G>(valueAndGradient: (params: P, ...batch: A) => readonly [V, G]) =>
    (params: P, batch: Readonly<A>, remembered: Readonly<A>): readonly [V, G] => {
      const [value, gradient] = valueAndGradient(params, ...batch)
      return [value, projectGradient(gradient, valueAndGradient(params, ...remembered)[1])]
    },
)
