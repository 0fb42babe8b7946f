import { grad, jit, np, random, type Tensor } from '@puregrad/core'
import { dense, init, serial } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { cifarResnet20, features, frozenBatchNorm, lenet, network, resnet18, reuse, withHead } from '../index.js'

const small = resnet18({ classes: 4, width: 4 })
const { params, state } = init(small, [32, 32, 3], random.key(0))
const x = random.normal(random.key(1), [2, 32, 32, 3])
const train = { mode: 'train', key: random.key(2) } as const

describe('features', () => {
  it('are what the network has seen, and go on to its end', () => {
    const [seen, next] = features(small, { at: 'layer2' }).apply(params, state, x, train)
    expect(seen.shape).toEqual([2, 4, 4, 8])
    const rest = network('rest', {
      layer3: small.stages.layer3,
      layer4: small.stages.layer4,
      avgpool: small.stages.avgpool,
      flatten: small.stages.flatten,
      fc: small.stages.fc,
    })
    const [logits] = rest.apply(params, state, seen, train)
    const [whole, after] = small.apply(params, state, x, train)
    expect(logits).toEqual(whole)
    expect(next.layer1).toEqual(after.layer1)
    expect(next.layer3).toBe(state.layer3)
  })

  it('say which stages there are', () =>
    expect(() => features(small, { at: 'layer9' as never })).toThrow(/no stage 'layer9'.*conv1, bn1/))
})

describe('withHead', () => {
  it('puts another end to a network, whose beginning goes on', () => {
    const model = withHead(small, serial(dense(8), dense(3)))
    const { variables, reused } = reuse(init(model, [32, 32, 3], random.key(5)), { params, state })
    expect(reused).toContain('layer4')
    expect(reused).not.toContain('fc')
    expect(variables.params.layer1).toBe(params.layer1)
    // What comes out of a training has its keys in order of the alphabet.
    const trained = { params: jit((p: typeof params) => p)(params), state }
    expect(reuse(init(model, [32, 32, 3], random.key(5)), trained).reused).toEqual(reused)
    expect(model.apply(variables.params, variables.state, x, { mode: 'eval' })[0].shape).toEqual([2, 3])
    expect(init(withHead(lenet(), dense(3)), [28, 28, 1], random.key(0)).params.fc.kernel.shape).toEqual([84, 3])
  })
})

describe('frozenBatchNorm', () => {
  it('keeps its statistics and its parameters in training', () => {
    const model = cifarResnet20({ width: 4, norm: frozenBatchNorm })
    const start = init(model, [8, 8, 3], random.key(0))
    const small = x.slice({}, { stop: 8 }, { stop: 8 })
    const [y, next] = model.apply(start.params, start.state, small, train)
    expect(next).toEqual(start.state)
    expect(y).toEqual(model.apply(start.params, start.state, small, { mode: 'eval' })[0])
    const loss = (p: typeof start.params): Tensor => np.sum(model.apply(p, start.state, small, train)[0])
    const slopes = grad(loss)(start.params)
    expect(np.max(np.abs(slopes.bn1.scale)).item()).toBe(0)
    expect(np.max(np.abs(slopes.conv1.kernel)).item()).toBeGreaterThan(0)
  })
})
