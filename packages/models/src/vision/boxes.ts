/**
 * Boxes as rows of four numbers, as torchvision.ops has them: by their corners, x₁ y₁ x₂ y₂ ('xyxy'), by a corner and a size
 * ('xywh'), or by their middle and a size ('cxcywh'). x runs to the right and y downwards; functions that do not say otherwise
 * take corners. Everything is differentiable, and works under every transform.
 */
import { ArgumentError, np, operation, ShapeError, stopGradient, type Tensor } from '@puregrad/core'
import { checkBoxes } from './check-boxes.js'

/** What the four numbers of a box are. */
export type BoxFormat = 'xyxy' | 'xywh' | 'cxcywh'

const formats: readonly BoxFormat[] = ['xyxy', 'xywh', 'cxcywh']

/** The four columns, each with the leading axes of the boxes. */
const columns = (boxes: Tensor): readonly [Tensor, Tensor, Tensor, Tensor] =>
  np.split(boxes, 4, { axis: -1 }).map((column) => np.squeeze(column, -1)) as unknown as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]

const rows = (...four: readonly Tensor[]): Tensor => np.stack(four, { axis: -1 })

const checkFormat = (what: string, format: BoxFormat): void => {
  if (!formats.includes(format))
    throw new ArgumentError(`boxes.convert: ${what} is '${format}', and has to be one of ${formats.join(', ')}.`)
}

/**
 * The same boxes by other numbers.
 * @param boxes […, 4]  @returns […, 4]
 * @throws ShapeError unless the last axis has four numbers; ArgumentError for formats that there are not
 * @example boxes.convert(np.array([[10, 20, 30, 60]]), { from: 'xyxy', to: 'cxcywh' }) // [[20, 40, 20, 40]]
 */
export const convert = operation(
  'boxes.convert',
  { at: 1, names: ['from', 'to'] },
  (boxes: Tensor, { from, to }: { readonly from: BoxFormat; readonly to: BoxFormat }): Tensor => {
    checkBoxes('boxes.convert', 'boxes', boxes)
    checkFormat('from', from)
    checkFormat('to', to)
    if (from === to) return boxes
    const [a, b, c, d] = columns(boxes)
    const corners =
      from === 'xyxy'
        ? ([a, b, c, d] as const)
        : from === 'xywh'
          ? ([a, b, a.add(c), b.add(d)] as const)
          : ([a.sub(c.mul(0.5)), b.sub(d.mul(0.5)), a.add(c.mul(0.5)), b.add(d.mul(0.5))] as const)
    if (to === 'xyxy') return rows(...corners)
    const [x1, y1, x2, y2] = corners
    const size = [x2.sub(x1), y2.sub(y1)]
    return to === 'xywh' ? rows(x1, y1, ...size) : rows(x1.add(x2).div(2), y1.add(y2).div(2), ...size)
  },
)

/**
 * Width times height.
 * @param boxes […, 4]  @returns […]
 * @throws ShapeError unless the last axis has four numbers
 * @example boxes.area(np.array([[0, 0, 2, 3]])) // [6]
 */
export const area = operation('boxes.area', {}, (boxes: Tensor): Tensor => {
  checkBoxes('boxes.area', 'boxes', boxes)
  const [x1, y1, x2, y2] = columns(boxes)
  return x2.sub(x1).mul(y2.sub(y1))
})

/**
 * Boxes cut off at the edges of an image.
 * @param boxes […, 4]  @param size [height, width] of the image
 * @throws ShapeError unless the last axis has four numbers
 * @example boxes.clip(np.array([[-5, 2, 50, 9]]), [8, 20]) // [[0, 2, 20, 8]]
 */
export const clip = operation(
  'boxes.clip',
  {},
  (boxes: Tensor, [height, width]: readonly [height: number, width: number]): Tensor => {
    checkBoxes('boxes.clip', 'boxes', boxes)
    const [x1, y1, x2, y2] = columns(boxes)
    return rows(np.clip(x1, 0, width), np.clip(y1, 0, height), np.clip(x2, 0, width), np.clip(y2, 0, height))
  },
)

/** What boxes a [n, 4] and b [m, 4] have to do with each other, each [n, m]. */
const pairs = (name: string, a: Tensor, b: Tensor) => {
  checkBoxes(name, 'a', a)
  checkBoxes(name, 'b', b)
  const [ax1, ay1, ax2, ay2] = columns(np.expandDims(a, -2))
  const [bx1, by1, bx2, by2] = columns(np.expandDims(b, -3))
  const positive = (x: Tensor): Tensor => np.maximum(x, 0)
  const overlap = positive(np.minimum(ax2, bx2).sub(np.maximum(ax1, bx1))).mul(
    positive(np.minimum(ay2, by2).sub(np.maximum(ay1, by1))),
  )
  const union = ax2
    .sub(ax1)
    .mul(ay2.sub(ay1))
    .add(bx2.sub(bx1).mul(by2.sub(by1)))
    .sub(overlap)
  // Two boxes of no size have no union: their quotient, and its derivative, are 0, not NaN.
  const empty = union.le(0)
  const iou = np.where(empty, 0, overlap.div(np.where(empty, 1, union)))
  return {
    iou,
    union,
    hull: [
      positive(np.maximum(ax2, bx2).sub(np.minimum(ax1, bx1))),
      positive(np.maximum(ay2, by2).sub(np.minimum(ay1, by1))),
    ] as const,
    apart: [ax1.add(ax2).sub(bx1).sub(bx2).div(2), ay1.add(ay2).sub(by1).sub(by2).div(2)] as const,
    sizes: [ax2.sub(ax1), ay2.sub(ay1), bx2.sub(bx1), by2.sub(by1)] as const,
  }
}

/**
 * Intersection over union of every pair.
 * @param a [n, 4]  @param b [m, 4]  @returns [n, m], from 0 to 1; 0 where both boxes are empty
 * @throws ShapeError unless the last axes have four numbers
 * @example boxes.iou(np.array([[0, 0, 2, 2]]), np.array([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6]])) // [[1, 0.33333334, 0]]
 */
export const iou = operation('boxes.iou', {}, (a: Tensor, b: Tensor): Tensor => pairs('boxes.iou', a, b).iou)

/**
 * Generalised IoU of every pair: IoU − (hull − union) / hull, which still falls when boxes that do not touch move apart.
 * Rezatofighi et al. 2019.
 * @param a [n, 4]  @param b [m, 4]  @returns [n, m], from −1 to 1
 * @throws ShapeError unless the last axes have four numbers
 * @example boxes.giou(np.array([[0, 0, 1, 1]]), np.array([[0, 0, 1, 1], [2, 0, 3, 1]])) // [[1, -0.33333334]]
 */
export const giou = operation('boxes.giou', {}, (a: Tensor, b: Tensor): Tensor => {
  const {
    iou,
    union,
    hull: [width, height],
  } = pairs('boxes.giou', a, b)
  const hull = width.mul(height)
  const empty = hull.le(0)
  return iou.sub(np.where(empty, 0, hull.sub(union).div(np.where(empty, 1, hull))))
})

const epsilon = 1e-7 // as torchvision.ops.distance_box_iou

const distance = ({ iou, hull: [width, height], apart: [dx, dy] }: ReturnType<typeof pairs>): Tensor =>
  iou.sub(
    dx
      .mul(dx)
      .add(dy.mul(dy))
      .div(width.mul(width).add(height.mul(height)).add(epsilon)),
  )

/**
 * Distance IoU of every pair: IoU less the squared distance of the middles over the squared diagonal of the hull. Zheng et al. 2020.
 * @param a [n, 4]  @param b [m, 4]  @returns [n, m], from −1 to 1
 * @throws ShapeError unless the last axes have four numbers
 * @example boxes.diou(np.array([[0, 0, 1, 1]]), np.array([[0, 0, 1, 1], [2, 0, 3, 1]])) // [[1, -0.4]]
 */
export const diou = operation('boxes.diou', {}, (a: Tensor, b: Tensor): Tensor => distance(pairs('boxes.diou', a, b)))

/**
 * Complete IoU of every pair: distance IoU less a term for unlike proportions, whose weight is held constant by derivatives.
 * Zheng et al. 2020.
 * @param a [n, 4]  @param b [m, 4]  @returns [n, m]
 * @throws ShapeError unless the last axes have four numbers
 * @example boxes.ciou(np.array([[0, 0, 1, 1]]), np.array([[0, 0, 1, 1], [2, 0, 3, 1]])) // [[1, -0.4]]
 */
export const ciou = operation('boxes.ciou', {}, (a: Tensor, b: Tensor): Tensor => {
  const found = pairs('boxes.ciou', a, b)
  const [aw, ah, bw, bh] = found.sizes
  const proportion = (width: Tensor, height: Tensor): Tensor =>
    np.arctan(width.div(np.where(height.eq(0), epsilon, height)))
  const angle = proportion(bw, bh).sub(proportion(aw, ah))
  const unlike = angle.mul(angle).mul(4 / Math.PI ** 2)
  const weight = stopGradient(unlike.div(unlike.sub(found.iou).add(1 + epsilon)))
  return distance(found).sub(weight.mul(unlike))
})

/** How much the four offsets of a box count: [x, y, width, height]. */
export interface BoxCoding {
  /** Factors of the offsets, such as Fast R-CNN's [10, 10, 5, 5]: [1, 1, 1, 1] unless said. */
  readonly weights?: readonly [number, number, number, number]
}

const sides = (boxes: Tensor) => {
  const [x1, y1, x2, y2] = columns(boxes)
  const [width, height] = [x2.sub(x1), y2.sub(y1)]
  return [x1.add(width.mul(0.5)), y1.add(height.mul(0.5)), width, height] as const
}

/**
 * Boxes as offsets from others: how far the middle lies, in sizes of the other box, and the logarithms of the sizes' ratios.
 * Girshick et al. 2014, appendix C.
 * @param boxes […, 4], what is to be found  @param anchors […, 4], from where  @returns […, 4]
 * @throws ShapeError unless the last axes have four numbers
 * @example boxes.encode(np.array([[10, 10, 30, 30]]), np.array([[0, 0, 20, 20]])) // [[0.5, 0.5, 0, 0]]
 */
export const encode = operation(
  'boxes.encode',
  { at: 2, names: ['weights'] },
  (boxes: Tensor, anchors: Tensor, { weights = [1, 1, 1, 1] }: BoxCoding = {}): Tensor => {
    checkBoxes('boxes.encode', 'boxes', boxes)
    checkBoxes('boxes.encode', 'anchors', anchors)
    const [x, y, width, height] = sides(boxes)
    const [ax, ay, aw, ah] = sides(anchors)
    const [wx, wy, ww, wh] = weights
    return rows(
      x.sub(ax).mul(wx).div(aw),
      y.sub(ay).mul(wy).div(ah),
      np.log(width.div(aw)).mul(ww),
      np.log(height.div(ah)).mul(wh),
    )
  },
)

const largest = Math.log(1000 / 16) // torchvision's BoxCoder: a longer side would overflow in the first steps of training

/**
 * Boxes from offsets: `encode` undone. Ratios of sizes are held below 1000 / 16.
 * @param offsets […, 4]  @param anchors […, 4], those that they were found from  @returns […, 4]
 * @throws ShapeError unless the last axes have four numbers
 * @example boxes.decode(np.array([[0.5, 0.5, 0, 0]]), np.array([[0, 0, 20, 20]])) // [[10, 10, 30, 30]]
 */
export const decode = operation(
  'boxes.decode',
  { at: 2, names: ['weights'] },
  (offsets: Tensor, anchors: Tensor, { weights = [1, 1, 1, 1] }: BoxCoding = {}): Tensor => {
    checkBoxes('boxes.decode', 'offsets', offsets)
    checkBoxes('boxes.decode', 'anchors', anchors)
    const [dx, dy, dw, dh] = columns(offsets)
    const [ax, ay, aw, ah] = sides(anchors)
    const [wx, wy, ww, wh] = weights
    const [x, y] = [dx.div(wx).mul(aw).add(ax), dy.div(wy).mul(ah).add(ay)]
    const half = (d: Tensor, w: number, size: Tensor): Tensor =>
      np
        .exp(np.minimum(d.div(w), largest))
        .mul(size)
        .mul(0.5)
    const [w, h] = [half(dw, ww, aw), half(dh, wh, ah)]
    return rows(x.sub(w), y.sub(h), x.add(w), y.add(h))
  },
)

/**
 * The smallest box around what is set in each mask; zeros for an empty one. As torchvision.ops.masks_to_boxes, the last row and
 * column that are set are the second corner.
 * @param masks […, height, width], of which everything but 0 counts  @returns […, 4], float32
 * @example boxes.ofMasks(np.array([[[0, 0, 0], [0, 1, 1]]])) // [[1, 1, 2, 1]]
 */
export const ofMasks = operation('boxes.ofMasks', {}, (masks: Tensor): Tensor => {
  if (masks.ndim < 2)
    throw new ShapeError(`boxes.ofMasks: masks is ${masks.dtype}[${masks.shape}] and needs […, height, width].`)
  const set = masks.ne(0)
  const range = (axis: -1 | -2): readonly [Tensor, Tensor] => {
    const lines = np.any(set, { axis: axis === -1 ? -2 : -1 })
    const size = lines.shape.at(-1) as number
    const first = np.argmax(lines, { axis: -1 })
    const last = np.argmax(np.flip(lines, { axis: -1 }), { axis: -1 })
    const some = np.any(lines, { axis: -1 })
    return [np.where(some, first, 0), np.where(some, np.subtract(size - 1, last), 0)]
  }
  const [[x1, x2], [y1, y2]] = [range(-1), range(-2)]
  return rows(x1, y1, x2, y2).astype('float32')
})
