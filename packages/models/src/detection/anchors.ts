/** Anchors: boxes of some sizes and proportions at every place of a feature map, from which boxes are predicted. */
import { np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'

/** Height and width. */
export type Size = readonly [height: number, width: number]

export interface AnchorOptions {
  /** For each feature map, the square roots of the anchors' areas, in pixels of the image. */
  readonly sizes: readonly (readonly number[])[]
  /** Heights over widths: one list for all feature maps, or one for each. [0.5, 1, 2] unless said. */
  readonly aspectRatios?: readonly number[] | readonly (readonly number[])[]
}

const usualRatios = [0.5, 1, 2] as const

const ratiosAt = (ratios: NonNullable<AnchorOptions['aspectRatios']>, level: number): readonly number[] =>
  ratios.every((ratio) => typeof ratio === 'number')
    ? (ratios as readonly number[])
    : ((ratios as readonly (readonly number[])[])[level] ?? [])

/**
 * How many anchors each place of each feature map has.
 * @example anchorsPerPlace({ sizes: [[32], [64, 128]] }) // [3, 6]
 */
export const anchorsPerPlace = operation(
  'anchorsPerPlace',
  { at: 0, names: ['sizes', 'aspectRatios'] },
  ({ sizes, aspectRatios = usualRatios }: AnchorOptions): readonly number[] =>
    sizes.map((list, level) => list.length * ratiosAt(aspectRatios, level).length),
)

/** To whole numbers, halves to the even one, as torch.round. */
const roundEven = (x: number): number => {
  const below = Math.floor(x)
  const rest = x - below
  return rest === 0.5 ? below + (below % 2) : Math.round(x)
}

/** The anchors of one place around 0, [x₁, y₁, x₂, y₂] each: all sizes of the first ratio, then those of the next. */
const aroundZero = (sizes: readonly number[], ratios: readonly number[]): readonly (readonly number[])[] =>
  ratios.flatMap((ratio) => {
    const height = Math.fround(Math.sqrt(ratio))
    const width = Math.fround(1 / height)
    return sizes.map((size) => {
      const [x, y] = [width, height].map((side) => roundEven(Math.fround(side * size) / 2)) as [number, number]
      return [-x, -y, x, y]
    })
  })

const check = (features: readonly Size[], { sizes, aspectRatios = usualRatios }: AnchorOptions): void => {
  if (sizes.length !== features.length)
    throw new ShapeError(
      `anchors: there are ${features.length} feature maps and sizes for ${sizes.length}. Give a list of sizes for each map, such as [[32], [64]].`,
    )
  const found = [...sizes.flat(), ...features.flatMap((_, i) => ratiosAt(aspectRatios, i))]
  if (!found.every((x) => x > 0)) throw new RangeError('anchors: sizes and aspect ratios have to be positive.')
  if (anchorsPerPlace({ sizes, aspectRatios }).some((count) => count === 0))
    throw new RangeError('anchors: each feature map needs a size and an aspect ratio at least.')
}

/**
 * The anchors of all feature maps of an image, one map after the other, its places row by row, with torchvision's AnchorGenerator's
 * numbers: corners are rounded, and the first place lies at the image's corner.
 * @param image [height, width], padding included  @param features [height, width] of each feature map
 * @returns [n, 4], corners in pixels of the image
 * @throws ShapeError unless there are sizes for each map; RangeError for sizes or ratios that are not positive
 * @example anchors([64, 64], [[2, 2]], { sizes: [[32]], aspectRatios: [1] }).slice(1) // [16, -16, 48, 16]
 */
export const anchors = operation(
  'anchors',
  { at: 2, names: ['sizes', 'aspectRatios'] },
  ([height, width]: Size, features: readonly Size[], options: AnchorOptions): Tensor => {
    check(features, options)
    const { sizes, aspectRatios = usualRatios } = options
    const ofMap = ([rows, columns]: Size, level: number): Tensor => {
      const steps = (count: number, stride: number): Tensor => np.arange(count, { dtype: 'float32' }).mul(stride)
      const y = np.broadcastTo(steps(rows, Math.floor(height / rows)).reshape([rows, 1]), [rows, columns])
      const x = np.broadcastTo(steps(columns, Math.floor(width / columns)), [rows, columns])
      const cell = np.array(
        aroundZero(sizes[level] ?? [], ratiosAt(aspectRatios, level)).map((box) => [...box]),
        { dtype: 'float32' },
      )
      return np.stack([x, y, x, y], { axis: -1 }).reshape([-1, 1, 4]).add(cell).reshape([-1, 4])
    }
    return np.concatenate(features.map(ofMap))
  },
)
