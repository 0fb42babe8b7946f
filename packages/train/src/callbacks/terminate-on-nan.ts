import type { Callback } from './callback.js'

/**
 * Ends a training whose loss is no number any more, or infinite: after that every parameter is lost, too.
 * @example
 * const fitted = await fit(dense(1), init(dense(1), [1], random.key(0)), {
 *   train: { x: np.ones([4, 1]), y: np.full([4, 1], Infinity) },
 *   loss: losses.l2Loss,
 *   optimizer: sgd(0.1),
 *   epochs: 100,
 *   key: random.key(1),
 *   callbacks: [terminateOnNaN()],
 * })
 * fitted.reason // 'terminateOnNaN: the loss is Infinity in step 1 of epoch 1'
 */
export const terminateOnNaN = (): Callback<null> => ({
  name: 'terminateOnNaN',
  init: null,
  reduce: (state, event) => {
    if (event._tag !== 'Stepped') return [state, []]
    const bad = event.measured.findIndex(({ loss }) => !Number.isFinite(loss))
    if (bad === -1) return [state, []]
    const step = event.step - event.measured.length + bad + 1
    const what = `${event.measured[bad]?.loss} in step ${step} of epoch ${event.epoch}`
    return [state, [{ _tag: 'Stop', reason: `terminateOnNaN: the loss is ${what}` }]]
  },
})
