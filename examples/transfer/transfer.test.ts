import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { np } from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logits, resnet20 } from './resnet20.js'
import { checkCharLstm, checkResnet, transfer } from './transfer.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregrad-transfer-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const right = <T>(result: E.Either<string, T>): T => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

describe('without files', () => {
  it('learnt features serve other digits better than features of chance', async () => {
    const { ways, picture } = right(await transfer({ data: undefined, out: folder, seed: 0 }, () => {}))
    const [learnt, chance, scratch] = ways.map(({ accuracy }) => accuracy) as [number, number, number]
    expect(learnt).toBeGreaterThan(chance)
    expect(scratch).toBeGreaterThan(0.4)
    expect(await readFile(picture, 'utf8')).toContain('everything from scratch')
  })
  it('a missing folder is said to be missing', async () => {
    const result = await transfer({ data: join(folder, 'nowhere'), out: folder, seed: 0 }, () => {})
    expect(E.isLeft(result) && result.left).toContain('nowhere')
  })
  it('a network of zeros has the logits of its bias', () => {
    const bias = np.arange(10).astype('float32')
    const network = { ...resnet20, params: { ...resnet20.params, linear: { ...resnet20.params.linear, bias } } }
    expect(
      logits(network, np.zeros([2, 32, 32, 3], { dtype: 'uint8' }))
        .slice(1)
        .toArray(),
    ).toEqual(bias.toArray())
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
