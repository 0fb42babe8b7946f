import { np } from '@puregrad/core'
import { decode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { type DetectedImage, detectionSheet } from './detection-sheet.js'

const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)
const framesOf = (svg: string) =>
  [...svg.matchAll(/<rect x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)" fill="none" stroke="([^"]+)"/g)].map(
    ([, x, y, w, h, colour]) => [Number(x), Number(y), Number(w), Number(h), colour],
  )
const picturesOf = (svg: string) =>
  [...svg.matchAll(/href="data:image\/png;base64,([^"]+)"/g)].map(([, data = '']) =>
    decode(Buffer.from(data, 'base64')),
  )

const one: DetectedImage = {
  image: np.array([
    [0, 0.5, 1, 2],
    [0, 0, 0, -1],
  ]),
  boxes: np.array([
    [0, 0, 2, 1],
    [1, 0, 4, 2],
    [0, 0, 1, 1],
  ]),
  labels: np.array([1, 0, 1]),
  scores: np.array([0.75, 0.5, 0.25]),
}

describe('detectionSheet', () => {
  it('draws the pixels of each image, held within black and white', () => {
    const [grey, colour] = picturesOf(
      detectionSheet([{ image: one.image }, { image: np.full([1, 1, 3], 7).astype('uint8') }]),
    )
    expect([...(grey?.data ?? [])]).toEqual([0, 128, 255, 255, 0, 0, 0, 0])
    expect([colour?.channels, ...(colour?.data ?? [])]).toEqual([3, 7, 7, 7])
  })

  it('draws boxes where they are, in the colours of their classes, with names and scores', () => {
    const svg = detectionSheet([one], { cell: 40, nameOf: (i) => ['cat', '<dog>'][i] ?? '' })
    expect(framesOf(svg)).toEqual([
      [0, 0, 20, 10, '#d55e00'],
      [10, 0, 30, 20, '#0072b2'],
      [0, 0, 10, 10, '#d55e00'],
    ])
    expect(textsOf(svg)).toEqual(['1 images', '&lt;dog&gt; 0.25', 'cat 0.50', '&lt;dog&gt; 0.75'])
  })

  it('leaves out what does not count, and what is not sure enough', () => {
    expect(framesOf(detectionSheet([one], { minScore: 0.5 }))).toHaveLength(2)
    expect(framesOf(detectionSheet([{ ...one, valid: np.array([false, true, false]) }]))).toHaveLength(1)
  })

  it('draws what there is dashed, whatever its scores', () => {
    const truth = { boxes: np.array([[0, 0, 4, 2]]) }
    const svg = detectionSheet([{ ...one, truth }], { cell: 40, minScore: 1 })
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(1)
    expect(framesOf(svg).at(-1)).toEqual([0, 0, 40, 20, '#fff'])
  })

  it('lays masks over the image in the colours of the things, and lets it shine through', () => {
    const masks = np.array([
      [
        [1, 0, 0, 0],
        [0, 0, 0, 0],
      ],
      [
        [0, 0, 0, 0],
        [0, 0, 0.4, 0.6],
      ],
    ])
    const [, over] = picturesOf(detectionSheet([{ image: one.image, masks }]))
    const pixel = (i: number): readonly number[] => [...(over?.data.slice(4 * i, 4 * i + 4) ?? [])]
    expect([pixel(0), pixel(1), pixel(6), pixel(7)]).toEqual([
      [0, 114, 178, 115],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [213, 94, 0, 115],
    ])
  })

  it('is an empty sheet for no images', () => expect(textsOf(detectionSheet([]))).toEqual(['0 images']))

  it('says what does not fit', () => {
    expect(() => detectionSheet([{ ...one, scores: np.ones([2]) }])).toThrow(
      /boxes \[3,4\], labels \[3\], scores \[2\]/,
    )
    expect(() => detectionSheet([{ image: np.ones([2, 2, 5]) }])).toThrow(
      /detectionSheet: an image is float32\[2,2,5\]/,
    )
    expect(() => detectionSheet([{ image: np.ones([2, 2]).astype('int32') }])).toThrow(/astype\('uint8'\)/)
    expect(() => detectionSheet([{ image: one.image, masks: np.ones([1, 3, 3]) }])).toThrow(/\[n, 2, 4\] as the image/)
    expect(() => detectionSheet([{ image: one.image, boxes: np.ones([1, 3]) }])).toThrow(/x₁ y₁ x₂ y₂/)
  })
})
