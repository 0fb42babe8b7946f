/** The frame of a JPEG image: its size and components, with room for their coefficients. */
import { damaged, type Refuse } from '../../bytes/decoding.js'
import { checkPixelCount, type ImageLimits } from '../limits.js'

export interface Component {
  readonly id: number
  /** How many samples it has for the most of any component, across and down. */
  readonly h: number
  readonly v: number
  readonly quantizer: number
  /** Samples that belong to the image. */
  readonly width: number
  readonly height: number
  /** Blocks of 8 × 8 in a line of `coefficients`, which reaches to the end of the last unit of all components. */
  readonly stride: number
  readonly lines: number
  /** 64 numbers a block, row-major, not multiplied by the quantizer. */
  readonly coefficients: Int16Array
}

export interface Frame {
  readonly progressive: boolean
  readonly width: number
  readonly height: number
  /** The greatest `h` and `v`. */
  readonly h: number
  readonly v: number
  readonly components: readonly Component[]
}

export interface FrameHeader {
  readonly progressive: boolean
  readonly width: number
  readonly height: number
  readonly components: readonly Pick<Component, 'id' | 'h' | 'v' | 'quantizer'>[]
}

const names: ReadonlyMap<number, string> = new Map([
  [0xc3, 'lossless'],
  [0xc9, 'arithmetic coding'],
  [0xca, 'arithmetic coding'],
])

/** Reads the segment of a frame header (ITU-T T.81, B.2.2). */
export const readFrameHeader = (marker: number, data: Uint8Array, refuse: Refuse): FrameHeader => {
  if (marker > 0xc2) {
    const found = names.get(marker) ?? `process ${marker - 0xc0}`
    throw refuse('unsupported', 'a sequential or progressive JPEG image', found, 'Save it again as a usual JPEG image.')
  }
  const word = (at: number): number => ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0)
  const count = data[5] ?? 0
  if (data.length !== 6 + 3 * count)
    throw refuse('syntax', `a frame header of ${6 + 3 * count} bytes`, `${data.length}`, damaged)
  if (data[0] !== 8) throw refuse('unsupported', '8 bits a sample', `${data[0]}`, 'Save it with 8 bits a channel.')
  if (count !== 1 && count !== 3 && count !== 4) {
    throw refuse('unsupported', 'one, three or four components', `${count}`, 'Save it as RGB or grey.')
  }
  const components = Array.from({ length: count }, (_, i) => {
    const [id, factors, quantizer] = data.subarray(6 + 3 * i, 9 + 3 * i) as unknown as readonly [number, number, number]
    const [h, v] = [factors >> 4, factors & 15]
    if (h < 1 || h > 4 || v < 1 || v > 4 || quantizer > 3)
      throw refuse(
        'syntax',
        'sampling factors from 1 to 4 and a table from 0 to 3',
        `${h}, ${v}, ${quantizer}`,
        damaged,
      )
    return { id, h, v, quantizer }
  })
  if (new Set(components.map(({ id }) => id)).size !== count)
    throw refuse('syntax', 'components with different ids', 'one id twice', damaged)
  return { progressive: marker === 0xc2, height: word(1), width: word(3), components }
}

/** A block of 8 × 8 samples takes at least one bit (ITU-T T.81, F.1.2), so that a byte holds at most so many. */
const blocksPerByte = 8

/** Room for the coefficients, if the file can hold so many. */
export const frameFrom = (
  { progressive, width, height, components }: FrameHeader,
  bytes: number,
  limits: ImageLimits,
  refuse: Refuse,
): Frame => {
  const h = Math.max(...components.map((component) => component.h))
  const v = Math.max(...components.map((component) => component.v))
  const sized = components.map((component) => ({
    ...component,
    width: Math.ceil((width * component.h) / h),
    height: Math.ceil((height * component.v) / v),
    stride: Math.ceil(width / (8 * h)) * component.h,
    lines: Math.ceil(height / (8 * v)) * component.v,
  }))
  const blocks = sized.reduce((sum, c) => sum + Math.ceil(c.width / 8) * Math.ceil(c.height / 8), 0)
  if (width === 0 || height === 0 || blocks > blocksPerByte * bytes) {
    const expected = `at most ${64 * blocksPerByte * bytes} samples in ${bytes} bytes`
    throw refuse('dimensions', expected, `${width} × ${height}`, damaged)
  }
  checkPixelCount(width, height, limits, refuse)
  return {
    progressive,
    width,
    height,
    h,
    v,
    components: sized.map((component) => ({
      ...component,
      coefficients: new Int16Array(64 * component.stride * component.lines),
    })),
  }
}
