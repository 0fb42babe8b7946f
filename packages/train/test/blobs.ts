import { np, random, type Tensor, tree } from '@puregrad/core'
import { dense, dropout, losses, relu, serial } from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import type { Examples } from '../src/index.js'

/** Points of three clouds in the plane, and which cloud each is of. */
export const blobs = (seed: number, count: number): Examples => {
  const y = np.array(Int32Array.from({ length: count }, (_, i) => i % 3))
  const centres = np.array([
    [-1, -1],
    [1, -1],
    [0, 1],
  ])
  const noise = random.normal(random.key(seed), [count, 2]).mul(0.3)
  return { x: np.stack([...y].map((label) => centres.slice(label.item()))).add(noise), y }
}

export const model = serial(dense(16), relu, dropout(0.1), dense(3))

export const objective = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  metrics: { accuracy: (logits: Tensor, labels: Tensor) => np.argmax(logits, { axis: -1 }).eq(labels) },
}

export const optimizer = adam(0.02)

/** Every bit of a tree. */
export const bitsOf = (x: unknown): readonly string[] =>
  (tree.leaves(x) as readonly Tensor[]).map((leaf) => Array.from(leaf.data()).join())
