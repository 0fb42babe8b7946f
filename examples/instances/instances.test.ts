import { join } from 'node:path'
import { np, random } from '@puregrad/core'
import { boxes } from '@puregrad/models'
import { describe, expect, it } from 'vitest'
import { figure, figuresAt, resultsOf, shortRun } from '../runner/short-run.js'
import { drawNuclei } from '../segment/drawn-nuclei.js'
import { example } from './example.js'
import { filled } from './instances.js'
import { batches, sceneAt, targetsOf } from './scenes.js'

describe('without files', () => {
  it('a few steps lower the loss, and what is found is judged and drawn', async () => {
    const run = await shortRun(example, ['--epochs', '4', '--limit', '10', '--width', '4', '--side', '48'])
    expect(run.errors).toBe('')
    const { figures, data } = resultsOf(run)
    expect(data.kind).toBe('stand-in')
    const losses = figuresAt(figures, 'trainingLoss')
    expect(losses.at(-1)).toBeLessThan(losses[0] as number)
    for (const name of ['boxAp50', 'maskAp50', 'filledBoxAp50']) {
      expect(figure(figures, name)).toBeGreaterThanOrEqual(0)
      expect(figure(figures, name)).toBeLessThanOrEqual(1)
    }
    expect(figure(figures, 'judgedImages')).toBe(2)
    expect(run.files['nuclei.svg']).toContain('there')
  }, 180_000)
  it('a folder that is missing is said to be missing', async () => {
    const run = await shortRun(example, ['--data', 'nowhere'])
    expect(run.code).toBe(1)
    expect(run.errors).toContain(join('nowhere', 'dsb2018', 'images'))
  })
})

describe('scenes', () => {
  const nuclei = drawNuclei({ seed: 2, count: 4, size: 64 })
  const scene = batches(nuclei, 32, 4, random.key(0)).at(0, 0)
  const { masks, boxes: found, valid } = targetsOf(scene)

  it('have a mask for every nucleus, no pixel twice, and the box around it', () => {
    expect(np.max(np.sum(masks, { axis: 1 })).item()).toBe(1)
    expect(np.arrayEqual(np.sum(masks, { axis: 1 }).gt(0), scene.instances.gt(0)).item()).toBe(true)
    // Boxes of masks have their last pixels as corners, those of scenes the edges of these.
    const around = boxes.ofMasks(masks).add(np.array([0, 0, 1, 1]))
    const there = np.expandDims(scene.numbers.ge(0), -1)
    expect(np.arrayEqual(np.where(there, around, 0), np.where(there, found, 0)).item()).toBe(true)
  })
  it('ask for those only that are three pixels wide and high', () => {
    const sides = found.slice({}, {}, { start: 2 }).sub(found.slice({}, {}, { stop: 2 }))
    const large = np.logicalAnd(scene.numbers.ge(0), np.min(sides, { axis: -1 }).ge(3))
    expect(np.arrayEqual(valid, large).item()).toBe(true)
  })
  it('are whole images when they are judged by', () => {
    const whole = sceneAt(nuclei, 1)
    expect([...whole.instances.data()]).toEqual([...nuclei.instances.subarray(64 * 64, 2 * 64 * 64)])
    expect(np.sum(whole.numbers.ge(0).astype('int32')).item()).toBe(new Set(whole.instances.data()).size - 1)
  })
})

describe('filled', () => {
  it('boxes cover the pixels whose middles they hold', () => {
    const [mask] = filled(np.array([[1, 0.4, 3, 2.6]]), 4).toArray() as number[][][]
    expect(mask).toEqual([
      [0, 1, 1, 0],
      [0, 1, 1, 0],
      [0, 1, 1, 0],
      [0, 0, 0, 0],
    ])
  })
})
