import { np } from '@puregrad/core'
import { decode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { featureSheet, filterSheet } from './feature-sheet.js'

const picturesOf = (svg: string) =>
  [...svg.matchAll(/href="data:image\/png;base64,([^"]+)"/g)].map(([, data = '']) =>
    decode(Buffer.from(data, 'base64')),
  )
const pixelsOf = (svg: string): readonly (readonly number[])[] => picturesOf(svg).map(({ data }) => [...data])
const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)

describe('featureSheet', () => {
  const features = np.array([
    [
      [0, 5],
      [1, 5],
      [2, 5],
    ],
  ])

  it('is a picture for each channel, from its least to its largest value; black where all are the same', () => {
    expect(pixelsOf(featureSheet(features))).toEqual([
      [0, 128, 255],
      [0, 0, 0],
    ])
    expect(textsOf(featureSheet(features))).toEqual(['2 channels of 1 × 3'])
  })

  it('or from the least to the largest of all, and no more than asked for', () => {
    expect(pixelsOf(featureSheet(features, { scale: 'all' }))).toEqual([
      [0, 51, 102],
      [255, 255, 255],
    ])
    expect(picturesOf(featureSheet(features, { limit: 1 }))).toHaveLength(1)
  })

  it('is of one image', () => expect(() => featureSheet(np.ones([1, 2, 2, 3]))).toThrow(/features\.slice\(0\)/))
})

describe('filterSheet', () => {
  it('draws filters over three channels in colour, about grey', () => {
    const kernel = np.array([
      [
        [
          [1, 0],
          [0, 0],
          [-1, 0.5],
        ],
      ],
    ])
    expect(pixelsOf(filterSheet(kernel))).toEqual([
      [255, 128, 0],
      [128, 128, 255],
    ])
  })

  it('draws a picture for each input of each output otherwise, orange above zero and blue below', () => {
    const kernel = np.array([[[[1, -2, 0]]], [[[0, 1, 0]]]])
    const pictures = picturesOf(filterSheet(kernel))
    expect(pictures.map(({ width, height }) => [width, height])).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])
    expect(pictures.map(({ data }) => [...data])).toEqual([
      [213, 94, 0, 255, 255, 255],
      [0, 114, 178, 234, 175, 128],
      [255, 255, 255, 255, 255, 255],
    ])
    expect(picturesOf(filterSheet(np.ones([1, 1, 2, 3])))).toHaveLength(6)
    expect(picturesOf(filterSheet(np.ones([1, 1, 2, 3]), { limit: 4 }))).toHaveLength(4)
  })

  it('needs a kernel', () => expect(() => filterSheet(np.ones([3, 3]))).toThrow(/params\.kernel of a conv2d/))
})
