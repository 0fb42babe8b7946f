import { ArgumentError, np, operation, random, type Tensor } from '@puregrad/core'
import { type Augmentation, stepped } from './chain.js'
import { checkMinVisible } from './crop.js'
import { checkRange, drawn, type Range } from './ranges.js'
import { type Sampling, sampled } from './sampling.js'
import { moved, parts, sizeOf, throughFloats } from './scene.js'

export interface AffineOptions {
  /** Degrees clockwise, a range or the largest to both sides: 0 unless said. */
  readonly rotation?: number | Range
  /** Parts of the width and the height, the largest to both sides: [0, 0] unless said. */
  readonly translation?: readonly [x: number, y: number]
  /** How large things become, a range or one number: 1 unless said. */
  readonly scale?: number | Range
  /** Degrees by which upright lines lean, a range or the largest to both sides: 0 unless said. */
  readonly shear?: number | Range
  /** How pixels are made up: 'linear' unless said. Masks are 'nearest' always. */
  readonly sampling?: Sampling
  /** The value of the image's pixels that come from outside: 0 unless said. Those of masks are 0. */
  readonly fill?: number
  /** The least part of a box's area that has to stay in the image for it to count: any unless said. */
  readonly minVisible?: number
}

const radians = Math.PI / 180

/**
 * Scenes turned, moved, stretched and sheared by chance about their middle: torchvision's RandomAffine, without rounding translations
 * to pixels. Boxes are those around their turned corners, cut at the edges.
 * @throws RangeError for what is no range; ArgumentError for a sampling that there is not
 * @example
 * const image = np.array([[[1], [2]], [[3], [4]]])
 * const scene = { image, keypoints: np.array([[0, 0]]), visible: np.array([true]) }
 * const turned = augment.affine({ rotation: [90, 90], sampling: 'nearest' })(random.key(0), scene)
 * turned.image.reshape([2, 2]) // [[3, 1], [4, 2]]
 */
export const affine = operation(
  'augment.affine',
  { at: 0, names: ['rotation', 'translation', 'scale', 'shear', 'sampling', 'fill', 'minVisible'] },
  (options: AffineOptions = {}): Augmentation => {
    const name = 'augment.affine'
    const {
      rotation = 0,
      translation = [0, 0],
      scale = 1,
      shear = 0,
      sampling = 'linear',
      fill = 0,
      minVisible = 0,
    } = options
    const bothSides = (option: string, x: number | Range): Range =>
      checkRange(name, option, typeof x === 'number' ? [-x, x] : x)
    const turns = bothSides('rotation', rotation)
    const shears = bothSides('shear', shear)
    const scales = checkRange(name, 'scale', typeof scale === 'number' ? [scale, scale] : scale, Number.MIN_VALUE)
    const moves = translation.map((part, i) => checkRange(name, `translation[${i}]`, [-part, part])) as [Range, Range]
    checkMinVisible(name, minVisible)
    if (sampling !== 'nearest' && sampling !== 'linear')
      throw new ArgumentError(`${name}: the sampling is '${sampling}', and has to be 'nearest' or 'linear'.`)
    return stepped('affine', (key, scene) => {
      const [height, width] = sizeOf(scene)
      const [k0, k1, k2, k3, k4] = random.split(key, 5) as unknown as [Tensor, Tensor, Tensor, Tensor, Tensor]
      const turn = drawn(k0, turns).mul(radians)
      const lean = np.tan(drawn(k1, shears).mul(radians))
      const by = drawn(k2, scales)
      const [dx, dy] = [drawn(k3, moves[0]).mul(width), drawn(k4, moves[1]).mul(height)]
      const [cos, sin] = [np.cos(turn), np.sin(turn)]
      // Rotation times shear: its determinant is 1.
      const [a, b, c, d] = [cos, np.negative(cos.mul(lean).add(sin)), sin, cos.sub(sin.mul(lean))]
      const [middleX, middleY] = [width / 2, height / 2]
      // From where the middles of the new pixels come, in pixels whose middles are whole numbers.
      const x = np
        .arange(width, { dtype: 'float32' })
        .add(0.5 - middleX)
        .sub(dx)
        .div(by)
      const y = np.expandDims(
        np
          .arange(height, { dtype: 'float32' })
          .add(0.5 - middleY)
          .sub(dy)
          .div(by),
        1,
      )
      const columns = x
        .mul(d)
        .sub(y.mul(b))
        .add(middleX - 0.5)
      const rows = y
        .mul(a)
        .sub(x.mul(c))
        .add(middleY - 0.5)
      return moved(scene, {
        size: [height, width],
        minVisible,
        pixels: (t, at, kind) =>
          kind === 'mask' || sampling === 'nearest'
            ? sampled(t, at, rows, columns, 'nearest', kind === 'mask' ? 0 : fill)
            : throughFloats(t, (floats) => sampled(floats, at, rows, columns, 'linear', fill)),
        places: (xy) => {
          const [px, py] = parts(xy) as [Tensor, Tensor]
          const [ux, uy] = [px.sub(middleX).mul(by), py.sub(middleY).mul(by)]
          const moved = [ux.mul(a).add(uy.mul(b)).add(dx).add(middleX), ux.mul(c).add(uy.mul(d)).add(dy).add(middleY)]
          return np.stack(moved, { axis: -1 }).astype(xy.dtype)
        },
      })
    })
  },
)
