/** Caches that go back: what was read beyond a position is forgotten. */
import { ArgumentError, operation, type Tensor, tree } from '@puregrad/core'

/** What is looked at as far as an index says, and what depends on no position. */
const lasting: readonly unknown[] = ['key', 'value', 'room']

/**
 * A cache some positions earlier, as those of attention and of positions can be: their scalars count what was read, and what stands
 * beyond is not looked at. So do the caches of `gpt` and of decoders.
 * @param back int32, a scalar: how many positions
 * @throws ArgumentError for caches that have nothing to go back to, as those of recurrent layers and convolutions
 * @example
 * const model = gpt({ vocabulary: 9, layers: 1, heads: 2, width: 8 })
 * const { params, state } = init(model, [1], random.key(0))
 * const ids = (row: number[]) => np.array([row], { dtype: 'int32' })
 * const [, one] = model.step(params, state, model.startCache(params, 1, 8), ids([3]))
 * const [, three] = model.step(params, state, one, ids([1, 4]))
 * const again = model.step(params, state, decode.rewind(three, np.array(2, { dtype: 'int32' })), ids([5]))[0]
 * np.allclose(again, model.step(params, state, one, ids([5]))[0], { atol: 1e-6 }).item() // true
 */
export const rewind = operation(
  'decode.rewind',
  {},
  <C>(cache: C, back: Tensor): C =>
    tree.mapWithPath((path, leaf) => {
      const x = leaf as unknown as Tensor
      if (x.ndim === 0) return x.sub(back).astype(x.dtype)
      if (lasting.includes(path.at(-1))) return x
      throw new ArgumentError(
        `decode.rewind: cache.${path.join('.')}, ${x.dtype}[${x.shape}], cannot go back: recurrent layers and convolutions hold nothing of earlier positions. ` +
          'Take a model of attention, or give decode.speculative a rewind of your own.',
      )
    }, cache) as C,
)
