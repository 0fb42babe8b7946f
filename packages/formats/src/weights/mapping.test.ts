import { np, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { nameLeaves } from '../arrays/named.js'
import { decodeSafetensors, encodeSafetensors } from '../arrays/safetensors.js'
import { exportWeights, importWeights, showWeightsError } from './mapping.js'
import { fill, identity, match, one, swapped } from './rules.js'
import { torchIgnored, torchRules } from './torch.js'

const count = (...shape: readonly number[]): Tensor =>
  np
    .arange(shape.reduce((n, k) => n * k, 1))
    .astype('float32')
    .reshape(shape)

const template = {
  params: {
    conv: { kernel: np.zeros([3, 3, 2, 4]), bias: np.zeros([4]) },
    norm: { scale: np.zeros([4]), bias: np.zeros([4]) },
    fc: { kernel: np.zeros([4, 5]) },
  },
  state: { norm: { mean: np.zeros([4]), var: np.zeros([4]) } },
}

const theirs = (): Map<string, Tensor> =>
  new Map([
    ['conv.weight', count(4, 2, 3, 3)],
    ['conv.bias', count(4)],
    ['norm.weight', count(4)],
    ['norm.bias', count(4)],
    ['norm.running_mean', count(4)],
    ['norm.running_var', count(4)],
    ['norm.num_batches_tracked', np.array(7)],
    ['fc.weight', count(5, 4)],
  ])

const failure = (weights: ReadonlyMap<string, Tensor>, rules = torchRules) => {
  const result = importWeights(rules, template, weights, { ignore: torchIgnored })
  if (E.isRight(result)) throw new Error('imported what it should refuse')
  return result.left
}

describe('match', () => {
  it('binds placeholders, those with a star across dots', () => {
    expect(match('layer{i}.{j}.weight', 'layer1.0.weight')).toEqual(
      new Map([
        ['i', '1'],
        ['j', '0'],
      ]),
    )
    expect(match('{a}.weight', 'b.c.weight')).toBeNull()
    expect(match('{a*}.weight', 'b.c.weight')).toEqual(new Map([['a', 'b.c']]))
    expect(match('{a}/{a}', 'x/x')).toEqual(new Map([['a', 'x']]))
    expect(match('{a}/{a}', 'x/y')).toBeNull()
    expect(match('a+b(c)', 'a+b(c)')).toEqual(new Map())
  })

  it('is undone by fill', () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,6}$/)
    fc.assert(
      fc.property(word, word, (i, j) => {
        const pattern = 'net[{i}].{j}.w'
        const name = fill(
          pattern,
          new Map([
            ['i', i],
            ['j', j],
          ]),
        )
        expect(match(pattern, name)).toEqual(
          new Map([
            ['i', i],
            ['j', j],
          ]),
        )
      }),
    )
  })
})

describe('importWeights', () => {
  it('fills the tree, each kernel in our layout', () => {
    const result = importWeights(torchRules, template, theirs(), { ignore: torchIgnored })
    if (E.isLeft(result)) throw new Error(showWeightsError(result.left))
    const { params, state } = result.right
    expect(params.conv.kernel.toArray()).toEqual(np.transpose(count(4, 2, 3, 3), [2, 3, 1, 0]).toArray())
    expect(params.fc.kernel.toArray()).toEqual(count(5, 4).T.toArray())
    expect(state.norm.var.toArray()).toEqual([0, 1, 2, 3])
  })

  it('lists every name that is missing, extra or does not fit, at once', () => {
    const weights = theirs()
    weights.delete('conv.bias')
    weights.delete('norm.running_var')
    weights.set('head.weight', count(2, 2))
    weights.set('oddity', count(1))
    weights.set('fc.weight', count(6, 4))
    weights.set('norm.running_mean', count(4).astype('float64'))
    const error = failure(weights)
    expect(error.missing).toEqual(['params.conv.bias', 'state.norm.var'])
    expect(error.extra).toEqual(['oddity', 'head.weight → params.head.kernel'])
    expect(error.mismatched).toEqual([
      { name: 'params.fc.kernel', expected: 'float32[4,5]', found: 'float32[4,6] from fc.weight' },
      { name: 'state.norm.mean', expected: 'float32[4]', found: 'float64[4] from norm.running_mean' },
    ])
    expect(showWeightsError(error).split('\n')).toHaveLength(7)
  })

  it('lists partners that are not there, and layouts that do not apply', () => {
    const pair = {
      theirs: ['{l}.a', '{l}.b'],
      ours: ['params.{l}.kernel'],
      toOurs: ([a, b]: readonly Tensor[]) => [(a as Tensor).add(b as Tensor)],
      toTheirs: ([x]: readonly Tensor[]) => [x as Tensor, x as Tensor],
    }
    const weights = new Map([
      ['fc.a', count(2)],
      ['conv.b', count(3)],
      ['conv.a', count(2)],
    ])
    const error = failure(weights, [pair])
    expect(error.missing).toContain('fc.b (beside fc.a)')
    expect(error.mismatched[0]).toMatchObject({ name: 'conv.a, conv.b' })
    expect(error.mismatched[0]?.found).toContain('float32[2], float32[3]')
  })

  it('lists weights of which two would be one', () => {
    const weights = new Map([...theirs(), ['a', count(4, 5)], ['b', count(4, 5)]])
    const error = failure(weights, [one('a', 'params.fc.kernel'), one('b', 'params.fc.kernel'), ...torchRules])
    expect(error.extra).toContain('b → params.fc.kernel, which fc.weight is already')
  })

  it('brings a tree back from a file, whole', () => {
    const named = nameLeaves(template)
    const file = decodeSafetensors(encodeSafetensors(named), { file: 'a' })
    if (E.isLeft(file)) throw new Error('does not decode')
    const back = importWeights(identity, template, file.right.tensors)
    if (E.isLeft(back)) throw new Error(showWeightsError(back.left))
    const read = nameLeaves(back.right)
    expect([...read.keys()]).toEqual([...named.keys()])
    for (const [name, x] of named) expect(read.get(name)?.toArray()).toEqual(x.toArray())
  })
})

describe('exportWeights', () => {
  it('is the inverse of importWeights', () => {
    const imported = importWeights(torchRules, template, theirs(), { ignore: torchIgnored })
    if (E.isLeft(imported)) throw new Error(showWeightsError(imported.left))
    const exported = exportWeights(torchRules, imported.right)
    if (E.isLeft(exported)) throw new Error(showWeightsError(exported.left))
    const expected = theirs()
    expected.delete('norm.num_batches_tracked')
    expect(new Set(exported.right.keys())).toEqual(new Set(expected.keys()))
    for (const [name, x] of expected) expect(exported.right.get(name)?.toArray()).toEqual(x.toArray())
  })

  it('lists leaves that no rule takes', () => {
    const result = exportWeights([one('fc.weight', 'params.fc.kernel', swapped)], template)
    expect(E.isLeft(result) && result.left.extra).toContain('params.conv.kernel')
  })
})

describe('nameLeaves', () => {
  it('joins paths by dots and refuses two leaves of one name', () => {
    expect([...nameLeaves({ a: [np.ones([1]), { b: 2 }] }).keys()]).toEqual(['a.0', 'a.1.b'])
    expect(() => nameLeaves({ 'a.b': 1, a: { b: 2 } })).toThrow(/two leaves have the name a\.b/)
  })
})
