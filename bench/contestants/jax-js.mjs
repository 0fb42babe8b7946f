/** jax-js on its WebAssembly backend, which has one thread in Node. Arrays are moved: `.ref` keeps what is used again. */

import { serve } from '../harness/serve.mjs'
import { checkedSteps } from '../rows.mjs'

const start = async () => {
  const jax = await import('@jax-js/jax')
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  return jax
}

const load = async () => {
  const { blockUntilReady, grad, jit, lax, nn, numpy: np, tree, valueAndGrad } = await start()
  const tensors = (inputs) =>
    Object.fromEntries(Object.entries(inputs).map(([name, { shape, data }]) => [name, np.array(data).reshape(shape)]))

  const call =
    (f, arrange = tensors, restore = (y) => y) =>
    (inputs) => {
      const args = Object.values(arrange(inputs))
      let last
      return {
        run: async () => {
          last?.dispose()
          last = f(...args.map((a) => a.ref))
          await last.blockUntilReady()
        },
        result: () => restore(last.ref).dataSync(),
        release: () => tree.dispose([last, ...args]),
      }
    }

  const adam = (params, first, second, count, gradients) => {
    const after = count.add(1)
    const unbias = (decay) => np.subtract(1, np.exp(after.ref.mul(Math.log(decay))))
    const [unbias1, unbias2] = [unbias(0.9), unbias(0.999)]
    const results = Object.keys(params).map((name) => {
      const g = gradients[name]
      const m = first[name].mul(0.9).add(g.ref.mul(0.1))
      const v = second[name].mul(0.999).add(np.square(g).mul(0.001))
      const update = m.ref.div(unbias1.ref).div(np.sqrt(v.ref.div(unbias2.ref)).add(1e-8))
      return [name, params[name].sub(update.mul(1e-3)), m, v]
    })
    unbias1.dispose()
    unbias2.dispose()
    const pick = (at) => Object.fromEntries(results.map((r) => [r[0], r[at]]))
    return [pick(1), pick(2), pick(3), after]
  }

  const training =
    (loss, arrange = tensors) =>
    (inputs) => {
      const { x, y, ...start } = arrange(inputs)
      const step = jit((params, first, second, count, x, y) => {
        const [value, gradients] = valueAndGrad(loss)(tree.ref(params), x, y)
        return [...adam(params, first, second, count, gradients), value]
      })
      const zeros = () => tree.map((p) => np.zeros(p.shape), start)
      let [params, first, second, count, value] = [start, zeros(), zeros(), np.array(0)]
      const run = async () => {
        value?.dispose()
        ;[params, first, second, count, value] = step(params, first, second, count, x.ref, y.ref)
        await blockUntilReady([params, value])
      }
      const result = async () => {
        const losses = new Float32Array(checkedSteps)
        for (let i = 0; i < checkedSteps; i++) {
          await run()
          losses[i] = value.ref.dataSync()[0]
        }
        return losses
      }
      return { run, result, release: () => tree.dispose([params, first, second, count, value, x, y]) }
    }

  const crossEntropy = (logits, y) =>
    nn
      .logSoftmax(logits)
      .mul(y)
      .sum()
      .mul(-1 / y.shape[0])
  const mlpLoss = ({ w1, b1, w2, b2, w3, b3 }, x, y) => {
    const hidden1 = nn.relu(np.matmul(x, w1).add(b1))
    const hidden2 = nn.relu(np.matmul(hidden1, w2).add(b2))
    return crossEntropy(np.matmul(hidden2, w3).add(b3), y)
  }

  const channelsFirst = (x) => np.transpose(x, [0, 3, 1, 2])
  const kernelFirst = (kernel) => np.transpose(kernel, [3, 2, 0, 1])
  const block = (x, kernel, bias) =>
    lax.reduceWindow(nn.relu(lax.conv(x, kernel, [1, 1], 'SAME').add(bias)), np.max, [2, 2], [2, 2])
  const cnnLoss = ({ k1, c1, k2, c2, w, b }, x, y) => {
    const features = block(block(x, k1, c1), k2, c2)
    return crossEntropy(np.matmul(features.reshape([32, -1]), w).add(b), y)
  }
  const arrangeCnn = (inputs) => {
    const { k1, c1, k2, c2, w, b, x, y } = tensors(inputs)
    return {
      k1: kernelFirst(k1),
      c1: c1.reshape([32, 1, 1]),
      k2: kernelFirst(k2),
      c2: c2.reshape([64, 1, 1]),
      w: np.transpose(w.reshape([7, 7, 64, 10]), [2, 0, 1, 3]).reshape([-1, 10]),
      b,
      x: channelsFirst(x),
      y,
    }
  }
  const conv = call(
    jit((x, kernel) => lax.conv(x, kernel, [1, 1], 'SAME')),
    (inputs) => {
      const { x, kernel } = tensors(inputs)
      return { x: channelsFirst(x), kernel: kernelFirst(kernel) }
    },
    (y) => np.transpose(y, [0, 2, 3, 1]),
  )

  const lstmLoss = ({ inputKernel, recurrentKernel, bias }, x) => {
    const prepared = np
      .matmul(x.reshape([-1, 128]), inputKernel)
      .add(bias)
      .reshape([32, 64, 512])
    let [c, h] = [np.zeros([32, 128]), np.zeros([32, 128])]
    for (let t = 0; t < 64; t++) {
      const gates = prepared.ref.slice([], t).add(np.matmul(h, recurrentKernel.ref))
      const [i, f, g, o] = [0, 1, 2, 3].map((k) => gates.ref.slice([], [128 * k, 128 * (k + 1)]))
      gates.dispose()
      c = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(g)))
      h = nn.sigmoid(o).mul(np.tanh(c.ref))
    }
    c.dispose()
    prepared.dispose()
    recurrentKernel.dispose()
    return np.square(h).mean()
  }

  const lstm = (inputs) => {
    const { x, ...params } = tensors(inputs)
    const step = jit(valueAndGrad(lstmLoss))
    let last
    return {
      run: async () => {
        if (last) tree.dispose(last)
        last = step(tree.ref(params), x.ref)
        await blockUntilReady(last)
      },
      result: () => Float32Array.from([last[0].ref.dataSync()[0], ...last[1].recurrentKernel.ref.dataSync()]),
      release: () => tree.dispose([last, params, x]),
    }
  }

  const matmul = call(jit((a, b) => np.matmul(a, b)))
  return {
    'matmul-128': matmul,
    'matmul-256': matmul,
    'matmul-512': matmul,
    'matmul-1024': matmul,
    mlp: training(mlpLoss),
    cnn: training(cnnLoss, arrangeCnn),
    'conv-1-32': conv,
    'conv-32-64': conv,
    fused: call(jit((a, b, c) => nn.relu(a.mul(b).add(c)))),
    exp: call(jit((x) => np.exp(x))),
    tanh: call(jit((x) => np.tanh(x))),
    softmax: call(jit((x) => nn.softmax(x))),
    lstm,
    cholesky: call(jit((a) => np.linalg.cholesky(a))),
    sort: call(jit((x) => np.sort(x))),
    'empty-call': call(jit((x) => x)),
    'eager-add': call((a, b) => a.add(b)),
    'mlp-gradient': (inputs) => {
      const { x, y, ...params } = tensors(inputs)
      const gradient = jit(grad(mlpLoss))
      let last
      return {
        run: async () => {
          if (last) tree.dispose(last)
          last = gradient(tree.ref(params), x.ref, y.ref)
          await blockUntilReady(last)
        },
        result: () => last.w1.ref.dataSync(),
        release: () => tree.dispose([last, params, x, y]),
      }
    },
  }
}

const coldStart = async () => {
  const { grad, numpy: np } = await start()
  return grad((x) => np.sum(np.square(x)))(np.array([1, 2, 3])).dataSync()
}

serve({ load, coldStart })
