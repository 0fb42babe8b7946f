/** onnxruntime-web, one thread. It runs graphs only: no gradients, and inputs go into its memory at each call. */
import { serve } from '../harness/serve.mjs'
import { onnxModel } from './onnx-model.mjs'

const start = async () => {
  const ort = await import('onnxruntime-web')
  ort.env.wasm.numThreads = 1
  ort.env.logLevel = 'error'
  return ort
}

/** The axes of a row-major array in another order. */
const transposed = ({ shape, data }, axes) => {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))
  const turned = axes.map((axis) => shape[axis])
  const result = new Float32Array(data.length)
  for (let to = 0; to < data.length; to++) {
    let [rest, from] = [to, 0]
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      from += (rest % turned[axis]) * strides[axes[axis]]
      rest = Math.floor(rest / turned[axis])
    }
    result[to] = data[from]
  }
  return { shape: turned, data: result }
}

const load = async () => {
  const ort = await start()

  /** A graph whose result is `y`. */
  const graph =
    (describe, arrange = (inputs) => inputs, restore = (y) => y.data) =>
    async (given) => {
      const inputs = arrange(given)
      const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]))
      const model = onnxModel({ inputs: shapes, ...describe(shapes) })
      const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] })
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { shape, data }]) => [name, new ort.Tensor('float32', data, shape)]),
      )
      let last
      return {
        run: async () => {
          last = await session.run(feeds)
        },
        result: () => restore({ shape: last.y.dims, data: last.y.data }),
        release: () => session.release(),
      }
    }

  const matmul = graph(({ a, b }) => ({ nodes: [['MatMul', ['a', 'b'], 'y']], output: [a[0], b[1]] }))
  const unary = (opType, attributes) => graph(({ x }) => ({ nodes: [[opType, ['x'], 'y', attributes]], output: x }))
  const conv = graph(
    ({ x, kernel }) => ({
      nodes: [['Conv', ['x', 'kernel'], 'y', { pads: [1, 1, 1, 1], kernel_shape: [3, 3] }]],
      output: [x[0], kernel[0], x[2], x[3]],
    }),
    ({ x, kernel }) => ({ x: transposed(x, [0, 3, 1, 2]), kernel: transposed(kernel, [3, 2, 0, 1]) }),
    (y) => transposed(y, [0, 2, 3, 1]).data,
  )
  return {
    'matmul-128': matmul,
    'matmul-256': matmul,
    'matmul-512': matmul,
    'matmul-1024': matmul,
    'conv-1-32': conv,
    'conv-32-64': conv,
    fused: graph(({ a }) => ({
      nodes: [
        ['Mul', ['a', 'b'], 'ab'],
        ['Add', ['ab', 'c'], 'abc'],
        ['Relu', ['abc'], 'y'],
      ],
      output: a,
    })),
    exp: unary('Exp'),
    tanh: unary('Tanh'),
    softmax: unary('Softmax', { axis: -1 }),
    sort: graph(({ x: [n] }) => ({
      nodes: [['TopK', ['x', 'count'], ['y', 'order'], { largest: 0 }]],
      integers: { count: [n] },
      output: [n],
    })),
  }
}

const coldStart = () => {
  throw new Error('it has no gradients')
}

serve({ load, coldStart })
