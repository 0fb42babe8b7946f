/**
 * The rows of the race: the work, its inputs, how far results may differ, and what is to be reached: our speed ÷ theirs for
 * a peer, a `limit` in milliseconds for ours alone. `rivals` are puregrad in other ways: `jittedOverIt` is how many times
 * as long as it the jitted way may take, `itOverJitted` the reverse, `speedUp` how many times as fast it has to be. Inputs are channels last; a contestant that wants them
 * otherwise turns them before the clock starts.
 */
const normal = (shape, scale = 1) => ({ shape, fill: 'normal', scale })

const million = [1000, 1000]

/** Weights of variance 2 / inputs (He et al. 2015). */
const weights = (shape) => normal(shape, Math.sqrt(2 / shape.slice(0, -1).reduce((a, b) => a * b, 1)))

const matmul = (n, tfjs, jax, rivals = []) => ({
  id: `matmul-${n}`,
  work: `matmul ${n}³`,
  inputs: { a: normal([n, n]), b: normal([n, n]) },
  tolerance: 1e-5,
  targets: { tfjs, 'jax-js': jax, onnxruntime: 1.4, torch: 0.45 },
  rivals,
})

const conv = (id, size, channels, features, jax) => ({
  id,
  work: `conv 3×3, 32×${size}×${size}×${channels} → ${features}`,
  inputs: { x: normal([32, size, size, channels]), kernel: weights([3, 3, channels, features]) },
  tolerance: 1e-5,
  targets: { tfjs: 1.2, 'jax-js': jax },
})

const elementwise = (id, work, inputs, tfjs, jax) => ({
  id,
  work: `${work} on 10⁶`,
  inputs,
  tolerance: 2e-6,
  targets: { tfjs, 'jax-js': jax, torch: 1 },
})

/** A whole network, which each library starts from numbers of its own: what has to agree is how many parameters it has. */
const network = (id, work, torch) => ({
  id,
  work,
  inputs: {},
  tolerance: 0,
  targets: torch === undefined ? {} : { torch },
})

const mlp = {
  w1: weights([784, 512]),
  b1: normal([512], 0.01),
  w2: weights([512, 512]),
  b2: normal([512], 0.01),
  w3: weights([512, 10]),
  b3: normal([10], 0.01),
  x: normal([128, 784]),
  y: { shape: [128, 10], fill: 'one-hot' },
}

const cnn = {
  k1: weights([3, 3, 1, 32]),
  c1: normal([32], 0.01),
  k2: weights([3, 3, 32, 64]),
  c2: normal([64], 0.01),
  w: weights([7 * 7 * 64, 10]),
  b: normal([10], 0.01),
  x: normal([32, 28, 28, 1]),
  y: { shape: [32, 10], fill: 'one-hot' },
}

const lstm = {
  inputKernel: normal([128, 512], 0.08),
  recurrentKernel: normal([128, 512], 0.08),
  bias: normal([512], 0.01),
  x: normal([32, 64, 128]),
}

/** Steps of training whose losses have to agree before the clock starts. */
export const checkedSteps = 4

export const rows = [
  matmul(128, 1.9, 2.4),
  matmul(256, 1.4, 1.6),
  matmul(512, 1.3, 1.6, [{ name: 'two-threads', speedUp: 1.7 }]),
  matmul(1024, 1.2, 1.6),
  {
    id: 'mlp',
    work: 'MLP training step 784-512-512-10, batch 128, Adam',
    inputs: mlp,
    tolerance: 1e-3,
    targets: { tfjs: 18, 'jax-js': 2.4, torch: 0.8 },
    rivals: [
      { name: 'by-hand', jittedOverIt: 1.15 },
      { name: 'two-threads', speedUp: 1.5 },
    ],
  },
  {
    id: 'cnn',
    work: 'CNN training step: conv 32, pool, conv 64, pool, dense; batch 32, Adam',
    inputs: cnn,
    tolerance: 1e-3,
    targets: { 'jax-js': 100, torch: 0.75 },
    rivals: [{ name: 'two-threads', speedUp: 1.3 }],
  },
  conv('conv-1-32', 28, 1, 32, 60),
  conv('conv-32-64', 14, 32, 64, 60),
  elementwise('fused', 'relu(a·b + c)', { a: normal(million), b: normal(million), c: normal(million) }, 1.3, 0.9),
  elementwise('exp', 'exp', { x: normal(million) }, 8, 6),
  elementwise('tanh', 'tanh', { x: normal(million) }, 15, 5),
  elementwise('softmax', 'softmax of 1000 rows', { x: normal(million) }, 1, 5),
  network('resnet18-step', 'ResNet-18 training step, 64×64, batch 16, SGD', 0.7),
  network('unet-step', 'U-Net training step, width 16, three halvings, 64×64, batch 8, SGD', 0.7),
  network('densenet121-step', 'DenseNet-121 training step, 64×64, batch 8, SGD'),
  network('gpt-step', 'GPT training step, 4 layers of 128, 4 heads, 12 × 64 of 65 characters, Adam', 0.9),
  network(
    'nmt-step',
    'Translation training step, transformer of 2 + 2 layers of 128, 4 heads, 64 × 12 of 3,800 words, Adam',
    0.9,
  ),
  network('gpt-greedy-1', 'GPT decoding greedily with its cache, 64 tokens behind 16', 0.9),
  network('gpt-greedy-8', 'GPT decoding greedily with its cache, 8 × 64 tokens behind 16', 0.9),
  network('dcgan-step', 'DCGAN step of both networks, width 32, 28×28, batch 64, Adam', 0.9),
  network('resnet50-forward', 'ResNet-50 forward, 224×224, batch 1'),
  network('wavenet-step', 'WaveNet training step, 16 blocks of 32, 256 classes, 4×1024 samples, Adam', 0.9),
  {
    id: 'lstm',
    work: 'LSTM loss and gradients, T = 64, H = 128, batch 32',
    inputs: lstm,
    tolerance: 1e-4,
    targets: { tfjs: 1, 'jax-js': 1 },
  },
  {
    id: 'cholesky',
    work: 'Cholesky 64×64',
    inputs: { a: { shape: [64, 64], fill: 'positive-definite' } },
    tolerance: 1e-5,
    targets: { tfjs: 1, 'jax-js': 1 },
  },
  { id: 'sort', work: 'sort 10⁴', inputs: { x: normal([10_000]) }, tolerance: 0, targets: { tfjs: 1, 'jax-js': 1 } },
  {
    id: 'empty-call',
    work: 'an empty jitted call',
    inputs: { x: normal([10]) },
    tolerance: 0,
    targets: {},
    limit: 0.003,
  },
  {
    id: 'eager-add',
    work: 'a + b on 10 floats, eager',
    inputs: { a: normal([10]), b: normal([10]) },
    tolerance: 0,
    targets: {},
    limit: 0.003,
  },
  {
    id: 'mlp-gradient',
    work: 'gradient of the MLP loss',
    inputs: mlp,
    tolerance: 1e-5,
    targets: {},
    rivals: [{ name: 'eager', itOverJitted: 3 }],
  },
]
