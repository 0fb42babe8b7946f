/** puregrad, from its built packages: every row jitted, except the one that measures eager operations. */

import { serve } from '../harness/serve.mjs'
import { checkedSteps } from '../rows.mjs'
import { networks } from './networks.mjs'
import { makeTensors, mlpLoss } from './puregrad-models.mjs'

const load = async () => {
  const core = await import('@puregrad/core')
  const nn = await import('@puregrad/nn')
  const { adam, applyUpdates } = await import('@puregrad/optim')
  const { grad, jit, lax, np, valueAndGrad } = core
  // The first operation loads the kernels, which others do when they set their backend up.
  np.zeros([1]).add(1)
  const tensors = makeTensors(core)

  /** A function of all inputs of the row in their order. */
  const call = (f) => (inputs) => {
    const args = Object.values(tensors(inputs))
    let last
    return {
      run: () => {
        last = f(...args)
      },
      result: () => last.data(),
    }
  }

  const training = (loss) => (inputs) => {
    const { x, y, ...start } = tensors(inputs)
    const optimizer = adam(1e-3)
    const step = jit((params, state, x, y) => {
      const [value, gradients] = valueAndGrad(loss)(params, x, y)
      const [updates, next] = optimizer.update(gradients, state, params)
      return [applyUpdates(params, updates), next, value]
    })
    let [params, state, value] = [start, optimizer.init(start)]
    const run = () => {
      ;[params, state, value] = step(params, state, x, y)
    }
    const lossAfter = () => {
      run()
      return value.item()
    }
    return { run, result: () => Float32Array.from({ length: checkedSteps }, lossAfter) }
  }

  const block = (x, kernel, bias) => {
    const y = lax.convGeneralDilated(x, kernel, [1, 1], 'SAME', { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] })
    return nn.maxPool(nn.relu(y.add(bias)), [2, 2], { strides: [2, 2] })
  }
  const cnnLoss = ({ k1, c1, k2, c2, w, b }, x, y) => {
    const features = block(block(x, k1, c1), k2, c2)
    const logits = np.matmul(features.reshape([32, -1]), w).add(b)
    return np.mean(nn.losses.softmaxCrossEntropy(logits, y))
  }
  const conv = jit((x, kernel) =>
    lax.convGeneralDilated(x, kernel, [1, 1], 'SAME', { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] }),
  )

  const lstm = nn.lstm(128, { returnSequences: false })
  const lstmStep = jit(
    valueAndGrad((params, x) => np.mean(np.square(lstm.apply(params, null, x, { mode: 'eval' })[0]))),
  )

  const matmul = call(jit((a, b) => np.matmul(a, b)))
  return {
    'matmul-128': matmul,
    'matmul-256': matmul,
    'matmul-512': matmul,
    'matmul-1024': matmul,
    mlp: training(mlpLoss({ np, nn })),
    cnn: training(cnnLoss),
    'conv-1-32': call(conv),
    'conv-32-64': call(conv),
    fused: call(jit((a, b, c) => nn.relu(a.mul(b).add(c)))),
    exp: call(jit((x) => np.exp(x))),
    tanh: call(jit((x) => np.tanh(x))),
    softmax: call(jit((x) => nn.softmax(x))),
    lstm: (inputs) => {
      const { x, ...params } = tensors(inputs)
      let last
      return {
        run: () => {
          last = lstmStep(params, x)
        },
        result: () => Float32Array.from([last[0].item(), ...last[1].recurrentKernel.data()]),
      }
    },
    cholesky: call(jit((a) => np.linalg.cholesky(a))),
    sort: call(jit((x) => np.sort(x))),
    ...networks,
    'empty-call': call(jit((x) => x)),
    'eager-add': call((a, b) => a.add(b)),
    'mlp-gradient': (inputs) => {
      const { x, y, ...params } = tensors(inputs)
      const gradient = jit(grad(mlpLoss({ np, nn })))
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

const coldStart = async () => {
  const { grad, np } = await import('@puregrad/core')
  return grad((x) => np.sum(np.square(x)))(np.array([1, 2, 3])).data()
}

serve({ load, coldStart })
