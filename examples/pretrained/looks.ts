/** Pictures of what networks look at: each image, where the class is seen in it, and which pixels matter. */
import { image as images, np, type Tensor } from '@puregrad/core'
import { gradCam, type Network, type Stages, saliency } from '@puregrad/models'

/** An image that was looked at, of bytes [height, width, channels]. */
export interface Look {
  readonly image: Tensor
  /** What is said under it. */
  readonly caption: string
  /** Where the class is seen, [h, w] from 0 to 1. */
  readonly cam: Tensor
  /** How much pixels matter, [height, width] from 0 to 1. */
  readonly pixels: Tensor
}

/** Each image by the greatest of its own numbers. */
const toUnit = (maps: Tensor): Tensor => maps.div(np.maximum(np.max(maps, { axis: [1, 2], keepdims: true }), 1e-30))

/** Looks at images for the class that the network sees in each. */
export const looksAt = <const C extends Stages>(
  model: Network<C>,
  variables: Parameters<typeof gradCam<C>>[1],
  x: Tensor,
  at: keyof C & string,
  captions: readonly string[],
): readonly Look[] => {
  const floats = x.astype('float32')
  const cams = toUnit(gradCam(model, variables, floats, { at }))
  const pixels = toUnit(saliency(model, variables, floats))
  return captions.map((caption, i) => ({ image: x.slice(i), caption, cam: cams.slice(i), pixels: pixels.slice(i) }))
}

/** How much of what an image is decided by lies in its middle: of the half of height and width. */
export const inMiddle = (map: Tensor): number => {
  const [height = 0, width = 0] = map.shape
  const [y, x] = [Math.floor(height / 4), Math.floor(width / 4)]
  const middle = map.slice({ start: y, stop: height - y }, { start: x, stop: width - x })
  return np.sum(middle).item() / Math.max(np.sum(map).item(), 1e-30)
}

/** A bitmap file, which needs no encoder: rows from below, blue first. */
const bitmap = (rgb: Uint8Array, height: number, width: number): Uint8Array => {
  const row = Math.ceil((3 * width) / 4) * 4
  const bytes = new Uint8Array(54 + row * height)
  const view = new DataView(bytes.buffer)
  const words: readonly (readonly [at: number, value: number])[] = [
    [2, bytes.length],
    [10, 54],
    [14, 40],
    [18, width],
    [22, height],
  ]
  bytes.set([0x42, 0x4d])
  for (const [at, value] of words) view.setUint32(at, value, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, 24, true)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * width + x)
      bytes.set([rgb[from + 2] ?? 0, rgb[from + 1] ?? 0, rgb[from] ?? 0], 54 + row * (height - 1 - y) + 3 * x)
    }
  }
  return bytes
}

/** Numbers from 0 to 1 in colours from black over red and yellow to white. */
const heat = (map: Tensor): Tensor =>
  np.stack(
    [0, 1, 2].map((channel) => np.clip(map.mul(3).sub(channel), 0, 1)),
    { axis: -1 },
  )

/** The side of a picture on the sheet, and of what is embedded of it at most. */
const side = 160
const largest = 114

const embedded = (x: Tensor, more = ''): string => {
  const [height = 1, width = 1, channels = 1] = x.shape
  const scale = Math.min(1, largest / Math.max(height, width))
  const size = [Math.round(height * scale), Math.round(width * scale)] as const
  const smaller = scale === 1 ? x : images.resize(x, [...size, channels], 'linear')
  const rgb = channels === 1 ? np.concatenate([smaller, smaller, smaller], { axis: -1 }) : smaller
  const bytes = Uint8Array.from(rgb.data(), (value) => Math.max(0, Math.min(255, Math.round(Number(value)))))
  const url = `data:image/bmp;base64,${Buffer.from(bitmap(bytes, ...size)).toString('base64')}`
  return `<image href="${url}" width="${side}" height="${side}" preserveAspectRatio="none"${more}/>`
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** A sheet of looks, a row for each: the image, where its class is seen, which pixels matter. */
export const lookSheet = (title: string, looks: readonly Look[]): string => {
  const rows = looks.map(({ image, caption, cam, pixels }, i) => {
    const plain = embedded(image.astype('float32'))
    const seen = embedded(heat(cam).mul(255), ' opacity="0.6"')
    const grey = embedded(np.sqrt(np.expandDims(pixels, -1)).mul(255))
    const cells = [plain, `${plain}${seen}`, grey].map(
      (cell, j) => `<g transform="translate(${(side + 8) * j} 0)">${cell}</g>`,
    )
    const text = `<text y="${side + 16}">${escaped(caption)}</text>`
    return `<g transform="translate(8 ${32 + i * (side + 28)})">${cells.join('')}${text}</g>`
  })
  const [width, height] = [3 * side + 32, 40 + looks.length * (side + 28)]
  const style = 'font-family="system-ui, sans-serif" font-size="12" fill="#333"'
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${style}><rect width="${width}" height="${height}" fill="#fff"/><text x="8" y="20" font-size="14">${escaped(title)}</text>${rows.join('')}</svg>`
}
