import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { np, type Tensor } from '@puregrad/core'
import {
  decodeNpy,
  decodeSafetensors,
  encodeNpy,
  encodeSafetensors,
  importWeights,
  keras,
  one,
  showDataError,
  showWeightsError,
  torchRules,
} from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { loadTfjs } from './load-tfjs.js'

const directory = join(process.env.PUREGRAD_DATA ?? 'no-data', 'pretrained')
const bytes = (...path: readonly string[]): Uint8Array => new Uint8Array(readFileSync(join(directory, ...path)))
const safetensors = (file: Uint8Array) => {
  const result = decodeSafetensors(file, { file: 'pretrained' })
  if (E.isLeft(result)) throw new Error(showDataError(result.left))
  return result.right
}
const npy = (file: Uint8Array): Tensor => {
  const result = decodeNpy(file, { file: 'pretrained' })
  if (E.isLeft(result)) throw new Error(showDataError(result.left))
  return result.right
}
const zeros = (...shape: readonly number[]): Tensor => np.zeros(shape)
const block = (from: number, to: number) => ({
  conv1: { kernel: zeros(3, 3, from, to) },
  bn1: { scale: zeros(to), bias: zeros(to) },
  conv2: { kernel: zeros(3, 3, to, to) },
  bn2: { scale: zeros(to), bias: zeros(to) },
})
const blockState = (size: number) => ({
  bn1: { mean: zeros(size), var: zeros(size) },
  bn2: { mean: zeros(size), var: zeros(size) },
})

/** ResNet-20 for CIFAR-10 (He et al. 2016, section 4.2) with `widths` channels in its three stages. */
const resnet20 = (widths: readonly [number, number, number]) => {
  const [a, b, c] = widths
  return {
    params: {
      conv1: { kernel: zeros(3, 3, 3, a) },
      bn1: { scale: zeros(a), bias: zeros(a) },
      layer1: [block(a, a), block(a, a), block(a, a)],
      layer2: [block(a, b), block(b, b), block(b, b)],
      layer3: [block(b, c), block(c, c), block(c, c)],
      linear: { kernel: zeros(c, 10), bias: zeros(10) },
    },
    state: {
      bn1: { mean: zeros(a), var: zeros(a) },
      layer1: [blockState(a), blockState(a), blockState(a)],
      layer2: [blockState(b), blockState(b), blockState(b)],
      layer3: [blockState(c), blockState(c), blockState(c)],
    },
  }
}

describe('a state dict of our own making', () => {
  it('goes through a file into the tree of a residual network and back to the same bytes', () => {
    const names = new Map<string, Tensor>()
    const norm = (name: string, n: number): void => {
      for (const part of ['weight', 'bias', 'running_mean', 'running_var']) names.set(`${name}.${part}`, np.ones([n]))
    }
    const convolution = (name: string, from: number, to: number): void => {
      names.set(
        `${name}.weight`,
        np
          .arange(9 * from * to)
          .astype('float32')
          .reshape([to, from, 3, 3]),
      )
    }
    convolution('conv1', 3, 1)
    norm('bn1', 1)
    ;[1, 1, 2, 3].reduce((before, width, stage) => {
      for (let i = 0; i < 3 && stage > 0; i++) {
        convolution(`layer${stage}.${i}.conv1`, i === 0 ? before : width, width)
        convolution(`layer${stage}.${i}.conv2`, width, width)
        norm(`layer${stage}.${i}.bn1`, width)
        norm(`layer${stage}.${i}.bn2`, width)
      }
      return width
    })
    names.set('linear.weight', np.ones([10, 3]))
    names.set('linear.bias', np.ones([10]))
    const file = encodeSafetensors(names, { format: 'pt' })
    const { tensors, metadata } = safetensors(file)
    expect(encodeSafetensors(tensors, metadata)).toEqual(file)
    const result = importWeights(torchRules, resnet20([1, 2, 3]), tensors)
    if (E.isLeft(result)) throw new Error(showWeightsError(result.left))
    expect(result.right.params.layer3[0]?.conv1.kernel.shape).toEqual([3, 3, 2, 3])
  })
})

if (existsSync(directory))
  describe('files from elsewhere', () => {
    it('reads ResNet-20 into our tree: 269,722 parameters', () => {
      const { tensors, metadata } = safetensors(bytes('resnet20-cifar10', 'resnet20-cifar10.safetensors'))
      expect(metadata.get('format')).toBe('pt')
      const result = importWeights(torchRules, resnet20([16, 32, 64]), tensors)
      if (E.isLeft(result)) throw new Error(showWeightsError(result.left))
      const theirs = tensors.get('layer2.0.conv1.weight') as Tensor
      const ours = result.right.params.layer2[0]?.conv1.kernel as Tensor
      expect(ours.slice(2, 1, 3, 5).item()).toBe(theirs.slice(5, 3, 2, 1).item())
      const parameters = [...tensors].filter(([name]) => !name.includes('running')).reduce((n, [, x]) => n + x.size, 0)
      expect(parameters).toBe(269_722)
    })

    it('reads SqueezeNet: 1,248,424 numbers; 415,921 of its weights are not zero', () => {
      const { tensors } = safetensors(bytes('squeezenet1.0-imagenet', 'squeezenet1.0-imagenet.safetensors'))
      const nonZero = (x: Tensor): number => Float64Array.from(x.data()).filter((value) => value !== 0).length
      expect([...tensors.values()].reduce((n, x) => n + x.size, 0)).toBe(1_248_424)
      const weights = [...tensors].filter(([name]) => name.endsWith('.weight'))
      expect(weights.reduce((n, [, x]) => n + nonZero(x), 0)).toBe(415_921)
    })

    it('runs the char-LSTM from its weights: the log-probabilities of the seed within 1e-4', () => {
      const { tensors } = safetensors(bytes('charrnn-shakespeare', 'charrnn-shakespeare.safetensors'))
      const cell = { inputKernel: zeros(128, 512), recurrentKernel: zeros(128, 512), bias: zeros(512) }
      const template = {
        params: { embedding: zeros(65, 128), cells: [cell, cell], out: { kernel: zeros(128, 65), bias: zeros(65) } },
      }
      const rules = [
        one('embedding', 'params.embedding'),
        ...keras.basicLstm('rnnlm/multi_rnn_cell/cell_{i}/basic_lstm_cell', 'cells.{i}', { inputs: 128 }),
        one('rnnlm/softmax_w', 'params.out.kernel'),
        one('rnnlm/softmax_b', 'params.out.bias'),
      ]
      const result = importWeights(rules, template, tensors)
      if (E.isLeft(result)) throw new Error(showWeightsError(result.left))
      const { params } = result.right
      const seed = 'KING RICHARD III:\nThe '
      const vocabulary = JSON.parse(
        readFileSync(join(directory, 'charrnn-shakespeare', 'vocab.json'), 'utf8'),
      ) as Record<string, number>
      const expected = npy(bytes('charrnn-shakespeare', 'expected-logprobs-seed.npy'))
      expect(encodeNpy(expected)).toEqual(bytes('charrnn-shakespeare', 'expected-logprobs-seed.npy'))
      const sigmoid = (x: Tensor): Tensor => np.divide(1, np.exp(x.neg()).add(1))
      let states = params.cells.map(() => ({ h: zeros(128), c: zeros(128) }))
      const rows = [...seed].map((character) => {
        let x = params.embedding.slice(vocabulary[character] as number)
        states = states.map(({ h, c }, layer) => {
          const { inputKernel, recurrentKernel, bias } = params.cells[layer] as typeof cell
          const z = np.matmul(x, inputKernel).add(np.matmul(h, recurrentKernel)).add(bias)
          const [i, f, g, o] = np.split(z, 4) as [Tensor, Tensor, Tensor, Tensor]
          const nextCell = sigmoid(f)
            .mul(c)
            .add(sigmoid(i).mul(np.tanh(g)))
          x = sigmoid(o).mul(np.tanh(nextCell))
          return { h: x, c: nextCell }
        })
        const logits = np.matmul(x, params.out.kernel).add(params.out.bias)
        return logits.sub(np.log(np.sum(np.exp(logits))))
      })
      expect(np.max(np.abs(np.stack(rows).sub(expected))).item()).toBeLessThan(1e-4)
    })

    it('reads DoodleNet: 544,201 parameters', async () => {
      const model = await loadTfjs(join(directory, 'doodlenet-tfjs', 'model.json'))()
      if (E.isLeft(model)) throw new Error(showDataError(model.left))
      expect([...model.right.tensors.values()].reduce((n, x) => n + x.size, 0)).toBe(544_201)
      expect(model.right.tensors.get('conv2d/kernel')?.shape).toEqual([3, 3, 1, 16])
      expect(model.right.topology).toMatchObject({ backend: 'tensorflow' })
    })

    it.each([
      ['resnet20-cifar10/test1000-logits.npy', [1000, 10]],
      ['doodlenet-tfjs/expected-mnist-first100-dense512.npy', [100, 512]],
      ['squeezenet1.0-imagenet/expected-logits-pool_final.npy', [4, 1000]],
    ] as const)('reads %s, and writes the same bytes', (file, shape) => {
      const x = npy(bytes(file))
      expect(x.shape).toEqual(shape)
      expect(encodeNpy(x)).toEqual(bytes(file))
    })
  })
