import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { np, random, tree } from '@puregrad/core'
import { init } from '@puregrad/nn'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { figure, resultsOf, shortRun } from '../runner/short-run.js'
import { example } from './example.js'
import { picture, resnet20 } from './resnet20.js'
import { checkCharLstm, checkResnet } from './transfer.js'

const right = <T>(result: E.Either<string, T>): T => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

describe('without files', () => {
  it('learnt features serve other digits better than features of chance', async () => {
    const run = await shortRun(example)
    const { figures } = resultsOf(run)
    const accuracy = (way: string): number => figure(figures, way, 'accuracy')
    expect(accuracy('head on learnt features')).toBeGreaterThan(accuracy('head on features of chance'))
    expect(accuracy('fine-tuned by stages')).toBeGreaterThanOrEqual(accuracy('head on learnt features'))
    expect(accuracy('everything from scratch')).toBeGreaterThan(0.4)
    expect(run.files['ways.svg']).toContain('everything from scratch')
  }, 180_000)
  it('a file that is missing is said to be missing', async () => {
    const run = await shortRun(example, ['--data', 'nowhere'])
    expect(run.code).toBe(1)
    expect(run.errors).toContain(join('nowhere', 'pretrained'))
  })
  it('a network of zeros has the logits of its bias', () => {
    const { params, state } = init(resnet20, picture, random.key(0))
    const nothing = tree.map((leaf) => np.zerosLike(leaf), params)
    const bias = np.arange(10).astype('float32')
    const [found] = resnet20.apply(
      { ...nothing, fc: { ...nothing.fc, bias } },
      state,
      np.zeros([2, ...picture], { dtype: 'uint8' }),
      { mode: 'eval' },
    )
    expect(found.slice(1).toArray()).toEqual(bias.toArray())
  })
})

const data = process.env.PUREGRAD_DATA ?? ''
if (existsSync(join(data, 'pretrained')))
  describe('with files', () => {
    it('ResNet-20 gives the logits that it gave elsewhere', async () => {
      const { accuracy, largestDifference } = right(await checkResnet(data))
      expect(largestDifference).toBeLessThan(1e-3)
      expect(accuracy).toBeGreaterThanOrEqual(0.91)
    })
    it('the character model predicts Shakespeare as well as it did elsewhere', async () => {
      expect(right(await checkCharLstm(data))).toBeCloseTo(1.1811596, 4)
    })
  })
