/** YOLO: one network that looks once, and says for every place of a grid which box is there and what is in it. */
import { ArgumentError, np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import { block, type Ctx, conv2d, type Layer, type ParamsOf, type StateOf, serial, upSample } from '@puregrad/nn'
import { type Backbone, listed } from './backbone.js'
import { darknet, darknetConv, type Inside } from './darknet.js'
import { type Detector, sidesOf } from './rcnn.js'
import { checkTargets, type Detections, type Targets } from './targets.js'
import {
  type AnchorSize,
  beforeClasses,
  type DetectOptions,
  detectOnGrid,
  detectOptionNames,
  type Grid,
  gridOf,
  placesOf,
} from './yolo-grid.js'
import { lossOptionNames, type YoloLosses, type YoloLossOptions, yoloLosses } from './yolo-loss.js'

export interface YoloOptions<B extends Backbone = Backbone> extends YoloLossOptions, DetectOptions {
  /** How many classes. There is none for the background: labels count from 1 as those of all detectors. */
  readonly classes: number
  /** Widths and heights of anchors in pixels of the image, for each feature map, the finest first, such as `kMeansAnchors` finds. */
  readonly anchors: readonly (readonly AnchorSize[])[]
  /** A layer from images to as many feature maps as there are lists of anchors: `darknet` unless said. */
  readonly backbone?: B
  /** Convolutions of 1 × 1 and 3 × 3 in turn before each map's predictions: 1 pair unless said, 2 in YOLOv3. */
  readonly headPairs?: number
  /** Whether a box has one class only, by softmax as in YOLOv2, or each class or none, as in YOLOv3: false unless said. */
  readonly exclusive?: boolean
}

export interface YoloParams<B> {
  readonly backbone: B
  readonly head: Inside
}

export type YoloState<B> = YoloParams<B>

export type UsualDarknet = ReturnType<typeof darknet>

/** Half the channels of what it sees, looked at `pairs` times. */
const neck = (channels: number, pairs: number) =>
  serial(
    darknetConv(channels, 1),
    ...Array.from({ length: pairs }, () => serial(darknetConv(2 * channels, 3), darknetConv(channels, 1))),
  )

/** [batch, height, width, channels] with sides twice as long, cut to those of a finer map. */
const enlarged = (x: Tensor, [, rows, columns]: readonly number[]): Tensor =>
  upSample(x, [2, 2]).slice({}, { stop: rows as number }, { stop: columns as number })

/** The predictions of every map, each told what the coarser ones saw. */
const head = (channels: readonly number[], { anchors, classes, headPairs = 1 }: YoloOptions) => {
  const levels = channels.map((own, level) => {
    const half = Math.max(1, Math.floor(own / 2))
    return {
      level,
      neck: neck(half, headPairs),
      up: darknetConv(Math.max(1, Math.floor(half / 2)), 1),
      out: serial(
        darknetConv(2 * half, 3),
        conv2d((anchors[level] as readonly AnchorSize[]).length * (beforeClasses + classes), { kernelSize: 1 }),
      ),
    }
  })
  const children = Object.fromEntries(
    levels.flatMap(({ level, neck: own, up, out }) => [
      [`neck${level}`, own],
      ...(level > 0 ? [[`up${level}`, up]] : []),
      [`out${level}`, out],
    ]),
  )
  return block(
    children as never,
    (run: Readonly<Record<string, (x: Tensor) => Tensor>>, maps: readonly Tensor[]): readonly Tensor[] => {
      const child = (name: string, level: number): ((x: Tensor) => Tensor) =>
        run[`${name}${level}`] as (x: Tensor) => Tensor
      const said: Tensor[] = []
      let above: Tensor | undefined
      for (const [level, map] of [...maps.entries()].reverse()) {
        const seen = child(
          'neck',
          level,
        )(above === undefined ? map : np.concatenate([enlarged(above, map.shape), map], { axis: -1 }))
        said.unshift(child('out', level)(seen))
        if (level > 0) above = child('up', level)(seen)
      }
      return said
    },
    { name: 'yoloHead' },
  ) as unknown as Layer<Inside, Inside, readonly Tensor[], readonly Tensor[]>
}

/** The head, which is made for the channels that there are. */
const headOf = (options: YoloOptions): Layer<Inside, Inside, readonly Tensor[], readonly Tensor[]> => ({
  name: 'yoloHead',
  plan: (input) =>
    head(
      input.map((shape) => shape.at(-1) as number),
      options,
    ).plan(input),
  apply: (params, state, maps, ctx) =>
    head(
      maps.map(({ shape }) => shape.at(-1) as number),
      options,
    ).apply(params, state, maps, ctx),
})

const check = ({ classes, anchors, headPairs = 1, boxLoss = 'coordinates', objectness = 'one' }: YoloOptions): void => {
  if (!(Number.isInteger(classes) && classes >= 1))
    throw new RangeError(`yolo: classes is ${classes}, and has to be a whole number from 1 up.`)
  const sizes = Array.isArray(anchors) ? anchors : []
  const isSize = (size: unknown): boolean => Array.isArray(size) && size.length === 2 && size.every((side) => side > 0)
  if (sizes.length === 0 || !sizes.every((list) => Array.isArray(list) && list.length > 0 && list.every(isSize)))
    throw new ArgumentError(
      'yolo: anchors are lists of [width, height], one list for each feature map, such as [[[10, 13], [16, 30]]]. kMeansAnchors finds them.',
    )
  if (!(Number.isInteger(headPairs) && headPairs >= 0))
    throw new RangeError(`yolo: headPairs is ${headPairs}, and has to be a whole number from 0 up.`)
  if (!['coordinates', 'giou', 'ciou'].includes(boxLoss))
    throw new ArgumentError(`yolo: boxLoss is '${boxLoss}', and has to be one of coordinates, giou, ciou.`)
  if (!['one', 'iou'].includes(objectness))
    throw new ArgumentError(`yolo: objectness is '${objectness}', and has to be one of one, iou.`)
}

/** What is said of every place, and where the places are. */
const looked = (maps: readonly Tensor[], images: Tensor, { anchors, classes }: YoloOptions): [Tensor, Grid] => {
  const sizes = maps.map(({ shape }) => [shape[1] as number, shape[2] as number] as const)
  return [placesOf(maps, classes), gridOf(sidesOf(images.shape), sizes, anchors)]
}

const checkMaps = (maps: readonly Tensor[], { anchors }: YoloOptions): readonly Tensor[] => {
  if (maps.length === anchors.length) return maps
  throw new ShapeError(
    `yolo: the backbone gives ${maps.length} feature maps, and there are anchors for ${anchors.length}. Give one list of anchors for each map.`,
  )
}

/**
 * YOLO over one or more feature maps, as YOLOv3 (Redmon & Farhadi 2018): with anchors for three maps, `headPairs: 2` and
 * `darknet({ width: 32, blocks: [1, 2, 8, 8, 4], maps: 3 })` it has that network's 61,949,149 parameters for COCO; unless said it is
 * small enough to train on a laptop. Each true box belongs to the cell of its middle and the anchor that fits it best; predictions
 * that overlap a true box but are not for it are left alone. Sizes are static, so that it jits: `valid` says which detections there are.
 * @returns a layer from images [height, width, 3], from 0 to 1, to detections; `losses` are for training
 * @throws RangeError for counts below 1; ArgumentError for anchors that are none; ShapeError unless there are anchors for each map
 * @example
 * const model = yolo({ classes: 2, anchors: [[[10, 10], [20, 30]]], backbone: darknet({ width: 4 }), detections: 10 })
 * const { params, state } = init(model, [64, 64, 3], random.key(0))
 * const [found] = model.apply(params, state, np.ones([2, 64, 64, 3]), { mode: 'eval' })
 * found.boxes.shape // [2, 10, 4]
 * const targets = { boxes: np.array([[[4, 4, 30, 40]], [[8, 8, 20, 20]]]), labels: np.array([[1], [2]]), valid: np.array([[true], [false]]) }
 * const [losses] = model.losses(params, state, np.ones([2, 64, 64, 3]), targets, { mode: 'train', key: random.key(1) })
 * Object.keys(losses) // ['lossBox', 'lossObjectness', 'lossClass']
 */
export const yolo = operation(
  'yolo',
  {
    at: 0,
    names: ['classes', 'anchors', 'backbone', 'headPairs', 'exclusive', ...lossOptionNames, ...detectOptionNames],
  },
  <const B extends Backbone = UsualDarknet>(
    options: YoloOptions<B>,
  ): Detector<YoloParams<ParamsOf<B>>, YoloState<StateOf<B>>, Targets, YoloLosses> => {
    type Params = YoloParams<ParamsOf<B>>
    type State = YoloState<StateOf<B>>
    check(options)
    const exclusive = options.exclusive ?? false
    const maps = options.anchors.length
    const backbone = (options.backbone ??
      darknet({ blocks: [1, 1, 2, 2, 2].slice(0, Math.max(3, maps + 2)), maps })) as Layer<
      Inside,
      Inside,
      Tensor,
      Tensor | readonly Tensor[]
    >
    const children = { backbone, head: headOf(options) }
    const layer = block(
      children,
      (run, images: Tensor): Detections => {
        const [said, grid] = looked(run.head(checkMaps(listed(run.backbone(images)), options)), images, options)
        return detectOnGrid(said, grid, exclusive, options)
      },
      { name: 'yolo' },
    ) as unknown as Layer<Params, State, Tensor, Detections>
    const training = (targets: Targets) =>
      block(
        children,
        (run, images: Tensor): YoloLosses => {
          const [said, grid] = looked(run.head(checkMaps(listed(run.backbone(images)), options)), images, options)
          return yoloLosses(said, grid, targets, exclusive, options)
        },
        { name: 'yolo' },
      ) as unknown as Layer<Params, State, Tensor, YoloLosses>
    return {
      ...layer,
      losses: (params: Params, state: State, images: Tensor, targets: Targets, ctx: Ctx) => {
        checkTargets('yolo.losses', images, targets, false)
        return training(targets).apply(params, state, images, ctx)
      },
    }
  },
)
