/** TensorFlow.js on its WebAssembly backend, one thread. Results stay in its memory and are disposed of at the next run. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { serve } from '../harness/serve.mjs'
import { checkedSteps } from '../rows.mjs'

const require = createRequire(import.meta.url)

const start = async () => {
  const tf = require('@tensorflow/tfjs')
  const wasm = require('@tensorflow/tfjs-backend-wasm')
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`)
  wasm.setThreadsCount(1)
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend does not start')
  await tf.ready()
  return tf
}

const load = async () => {
  const tf = await start()
  const tensors = (inputs) =>
    Object.fromEntries(Object.entries(inputs).map(([name, { shape, data }]) => [name, tf.tensor(data, shape)]))

  const call = (f) => (inputs) => {
    const args = Object.values(tensors(inputs))
    let last
    return {
      run: () => {
        last?.dispose()
        last = tf.tidy(() => f(...args))
      },
      result: () => last.dataSync(),
      release: () => tf.dispose([last, ...args]),
    }
  }

  const training = (loss) => (inputs) => {
    const { x, y, ...start } = tensors(inputs)
    const params = Object.fromEntries(Object.entries(start).map(([name, value]) => [name, tf.variable(value)]))
    const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8)
    let value
    const run = () => {
      value?.dispose()
      value = optimizer.minimize(() => loss(params, x, y), true)
    }
    const lossAfter = () => {
      run()
      return value.dataSync()[0]
    }
    return {
      run,
      result: () => Float32Array.from({ length: checkedSteps }, lossAfter),
      release: () => {
        optimizer.dispose()
        tf.dispose([value, x, y, ...Object.values(start), ...Object.values(params)])
      },
    }
  }

  const mlpLoss = ({ w1, b1, w2, b2, w3, b3 }, x, y) => {
    const hidden1 = x.matMul(w1).add(b1).relu()
    const hidden2 = hidden1.matMul(w2).add(b2).relu()
    return tf.losses.softmaxCrossEntropy(y, hidden2.matMul(w3).add(b3))
  }
  const block = (x, kernel, bias) => tf.maxPool(tf.conv2d(x, kernel, 1, 'same').add(bias).relu(), 2, 2, 'valid')
  const cnnLoss = ({ k1, c1, k2, c2, w, b }, x, y) => {
    const features = block(block(x, k1, c1), k2, c2)
    return tf.losses.softmaxCrossEntropy(y, features.reshape([32, -1]).matMul(w).add(b))
  }

  const lstmLoss = (x) => (inputKernel, recurrentKernel, bias) => {
    const prepared = tf.unstack(x.reshape([-1, 128]).matMul(inputKernel).add(bias).reshape([32, 64, 512]), 1)
    let [c, h] = [tf.zeros([32, 128]), tf.zeros([32, 128])]
    for (const input of prepared) {
      const [i, f, g, o] = tf.split(input.add(h.matMul(recurrentKernel)), 4, 1)
      c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()))
      h = o.sigmoid().mul(c.tanh())
    }
    return h.square().mean()
  }

  const matmul = call((a, b) => a.matMul(b))
  const conv = call((x, kernel) => tf.conv2d(x, kernel, 1, 'same'))
  return {
    'matmul-128': matmul,
    'matmul-256': matmul,
    'matmul-512': matmul,
    'matmul-1024': matmul,
    mlp: training(mlpLoss),
    cnn: training(cnnLoss),
    'conv-1-32': conv,
    'conv-32-64': conv,
    fused: call((a, b, c) => a.mul(b).add(c).relu()),
    exp: call((x) => x.exp()),
    tanh: call((x) => x.tanh()),
    softmax: call((x) => x.softmax()),
    lstm: (inputs) => {
      const { x, inputKernel, recurrentKernel, bias } = tensors(inputs)
      const step = tf.valueAndGrads(lstmLoss(x))
      let last
      return {
        run: () => {
          if (last) tf.dispose(last)
          last = tf.tidy(() => step([inputKernel, recurrentKernel, bias]))
        },
        result: () => Float32Array.from([last.value.dataSync()[0], ...last.grads[1].dataSync()]),
        release: () => tf.dispose([last, x, inputKernel, recurrentKernel, bias]),
      }
    },
    // It has no sort; all of its largest, turned round, are the same.
    sort: call((x) => tf.topk(x, x.size).values.reverse()),
    'eager-add': call((a, b) => a.add(b)),
  }
}

const coldStart = async () => {
  const tf = await start()
  return tf
    .grad((x) => x.square().sum())(tf.tensor1d([1, 2, 3]))
    .dataSync()
}

serve({ load, coldStart })
