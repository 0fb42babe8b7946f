/** puregrad without jit: the gradient that the jitted one is compared with. */
import { serve } from '../harness/serve.mjs'
import { makeTensors, mlpLoss } from './puregrad-models.mjs'

const load = async () => {
  const core = await import('@puregrad/core')
  const nn = await import('@puregrad/nn')
  const gradient = core.grad(mlpLoss({ np: core.np, nn }))
  return {
    'mlp-gradient': (inputs) => {
      const { x, y, ...params } = makeTensors(core)(inputs)
      let last
      return {
        run: () => {
          last = gradient(params, x, y)
        },
        result: () => last.w1.data(),
      }
    },
  }
}

serve({ load, coldStart: load })
