import { decode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { imageSheet, type PredictedImages } from './image-sheet.js'

const sheet: PredictedImages = {
  shape: [3, 2, 4],
  images: Uint8Array.from({ length: 24 }, (_, i) => 10 * i),
  predicted: [7, 1, 2],
  labels: [7, 4, 2],
}
const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)

describe('imageSheet', () => {
  it('embeds the very pixels of each image', () => {
    const urls = [...imageSheet(sheet).matchAll(/href="data:image\/png;base64,([^"]+)"/g)].map(([, data = '']) => data)
    expect(urls).toHaveLength(3)
    urls.forEach((data, i) => {
      const png = decode(Buffer.from(data, 'base64'))
      expect([png.width, png.height, png.channels]).toEqual([4, 2, 1])
      expect([...png.data]).toEqual([...sheet.images.subarray(8 * i, 8 * i + 8)])
    })
  })

  it('writes what each was taken for, and marks the wrong ones with what they are', () => {
    const svg = imageSheet(sheet)
    expect(textsOf(svg)).toEqual(['3 images, 1 wrong', '7', '1, is 4', '2'])
    expect(svg.match(/stroke-width="3"/g)).toHaveLength(1)
  })

  it('names classes as it is told', () => {
    const texts = textsOf(imageSheet(sheet, { title: 'Clothes', nameOf: (i) => `class ${i}` }))
    expect(texts).toEqual(['Clothes', 'class 7', 'class 1, is class 4', 'class 2'])
  })

  it('keeps the proportions of the images and breaks rows at the columns', () => {
    const svg = imageSheet(sheet, { columns: 2, cell: 40 })
    expect(svg).toContain('<image width="40" height="20"')
    expect([...svg.matchAll(/translate\(([\d. ]+)\)/g)].map(([, place]) => place)).toEqual(['14 40', '68 40', '14 94'])
  })

  it('is an empty sheet for no images', () => {
    const svg = imageSheet({ shape: [0, 28, 28], images: new Uint8Array(0), predicted: [], labels: [] })
    expect(textsOf(svg)).toEqual(['0 images, 0 wrong'])
  })

  it('refuses images and predictions that are not equally many', () => {
    expect(() => imageSheet({ ...sheet, predicted: [7, 1] })).toThrow(
      'imageSheet: shape [3,2,4] needs 24 pixels, 3 predictions and 3 labels, but there are 24, 2 and 3.',
    )
  })
})
