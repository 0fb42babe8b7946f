/** What the bundle test runs twice, bundled in a bare context and unbundled: JSON of bit patterns, so that realms do not matter. */
import { configure, grad, jit, np, random, ShapeError, type Tensor, vmap } from '@puregrad/core'

const bitsOf = (x: Tensor): readonly number[] => {
  const data = x.data()
  return Array.from(new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4))
}

const mistake = (): string => {
  try {
    np.matmul(np.ones([2, 3]), np.ones([2, 3]))
    return 'no error'
  } catch (error) {
    return error instanceof ShapeError ? String(error) : `not a ShapeError: ${error}`
  }
}

/** Bits of samples, of an eager gradient, of jitted and batched ones, of real float64; how tensors print and mistakes read. */
export const report = (): string => {
  configure({ deterministic: true })
  const loss = (w: Tensor): Tensor => np.mean(np.square(np.tanh(np.matmul(w, w.T))))
  const w = random.normal(random.key(0), [7, 5])
  const step = (w: Tensor): Tensor => w.sub(grad(loss)(w).mul(0.1))
  return JSON.stringify({
    normal: bitsOf(w),
    gradient: bitsOf(grad(loss)(w)),
    jitted: bitsOf(jit(step)(w)),
    batched: bitsOf(jit(vmap(step))(np.stack([w, w.neg()]))),
    float64: bitsOf(jit(grad(loss))(w.astype('float64'))),
    sorted: String(np.sort(np.array([3, 1, 2]))),
    mistake: mistake(),
  })
}
