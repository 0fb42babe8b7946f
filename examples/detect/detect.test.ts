import { join } from 'node:path'
import { np, random } from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { figure, figuresAt, resultsOf, shortRun } from '../runner/short-run.js'
import { kinds, readBoxes, select, split } from './cells.js'
import { anchorsOf } from './detect.js'
import { drawCells } from './drawn-cells.js'
import { example } from './example.js'
import { batches, changed, room, scenesAt } from './scenes.js'

describe('without files', () => {
  it('a few steps lower the losses of both detectors, and what they find is judged and drawn', async () => {
    const run = await shortRun(example, ['--epochs', '4', '--limit', '10', '--width', '2', '--batch', '2'])
    expect(run.errors).toBe('')
    const { figures, data } = resultsOf(run)
    expect(data.kind).toBe('stand-in')
    for (const name of ['yolo', 'rcnn']) {
      const losses = figuresAt(figures, name, 'trainingLoss')
      expect(losses.at(-1)).toBeLessThan(losses[0] as number)
      const all = kinds.map((kind) => figure(figures, name, 'ap50', kind))
      expect(all.every((ap) => ap >= 0 && ap <= 1)).toBe(true)
      expect(figure(figures, name, 'map50')).toBeCloseTo(all.reduce((a, b) => a + b, 0) / kinds.length, 10)
      expect(run.files[`${name}-boxes.svg`]).toContain('there')
      expect(run.files[`${name}-curves.svg`]).toContain('Platelets')
    }
    expect(figure(figures, 'judgedImages')).toBe(2)
  }, 240_000)
  it('a folder that is missing is said to be missing', async () => {
    const run = await shortRun(example, ['--data', 'nowhere'])
    expect(run.code).toBe(1)
    expect(run.errors).toContain(join('nowhere', 'bccd-160x120'))
  })
})

describe('boxes of a file', () => {
  const file = (box: object): string => JSON.stringify({ image_width: 8, image_height: 6, images: [{ boxes: [box] }] })
  it('are read with their kinds', () => {
    const read = readBoxes(file({ label: 'WBC', xyxy: [1, 1, 4, 5] }))
    expect(read).toEqual(E.right({ size: [6, 8], cells: [[{ label: 2, corners: [1, 1, 4, 5] }]] }))
  })
  it.each([
    ['{', /no JSON/],
    ['{}', /image_width/],
    [JSON.stringify({ image_width: 8, image_height: 6, images: [{}] }), /image 0 has no boxes/],
    [file({ label: 'cat', xyxy: [1, 1, 4, 5] }), /box 0 of image 0 is of 'cat'/],
    [file({ label: 'RBC', xyxy: [4, 1, 4, 5] }), /box 0 of image 0 has no corners/],
  ])('%s is refused', (text, message) => {
    const read = readBoxes(text)
    expect(E.isLeft(read) ? read.left : '').toMatch(message)
  })
})

describe('drawn cells', () => {
  const cells = drawCells({ seed: 1, count: 10, size: [60, 80] })
  it('are the same by the same seed, of every kind, within their images', () => {
    expect(drawCells({ seed: 1, count: 10, size: [60, 80] })).toEqual(cells)
    const all = cells.cells.flat()
    expect(new Set(all.map(({ label }) => label))).toEqual(new Set([1, 2, 3]))
    for (const { corners } of all) {
      const [x1, y1, x2, y2] = corners
      expect(x1 >= 0 && y1 >= 0 && x1 < x2 && y1 < y2 && x2 <= 80 && y2 <= 60).toBe(true)
    }
  })
  it('are split without any twice', () => {
    const [most, held] = split(cells)
    expect([most.images.length, held.images.length]).toEqual([8, 2])
    expect(held).toEqual(select(cells, (i) => i === 4 || i === 9))
  })
  it('have anchors of their sizes, the smallest on the finer map', () => {
    const [fine, coarse] = anchorsOf(cells, 3, random.key(0))
    const area = ([width, height]: readonly [number, number]): number => width * height
    expect([fine?.length, coarse?.length]).toEqual([1, 2])
    expect(area(fine?.[0] as never)).toBeLessThan(area(coarse?.[0] as never))
  })
})

describe('scenes', () => {
  const cells = drawCells({ seed: 2, count: 5, size: [40, 56] })
  const whole = scenesAt(cells, [0, 3])
  it('hold what is there, and nothing more counts', () => {
    expect(whole.image.shape).toEqual([2, 40, 56, 3])
    expect(whole.boxes.shape).toEqual([2, room, 4])
    const counts = np.sum(whole.valid.astype('int32'), { axis: 1 }).toArray()
    expect(counts).toEqual([cells.cells[0]?.length, cells.cells[3]?.length])
  })
  it('change with their key, pixels and boxes alike', () => {
    const [once, again, other] = [1, 1, 2].map((seed) => changed(random.key(seed), whole)) as [
      typeof whole,
      typeof whole,
      typeof whole,
    ]
    expect(np.arrayEqual(once.image, again.image).item()).toBe(true)
    expect(np.arrayEqual(once.boxes, again.boxes).item()).toBe(true)
    expect(np.arrayEqual(once.boxes, other.boxes).item()).toBe(false)
    expect(np.arrayEqual(once.labels, whole.labels).item()).toBe(true)
  })
  it('come in another order each epoch, every image once', () => {
    const source = batches(cells, 2, random.key(0))
    const order = (epoch: number): string => [0, 1].map((i) => source.at(i, epoch).image.data().join()).join()
    expect(source.length).toBe(2)
    expect(order(0)).toBe(order(0))
    expect(order(0)).not.toBe(order(1))
  })
})
