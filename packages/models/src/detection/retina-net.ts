/** RetinaNet (Lin et al. 2017): boxes from all anchors at once, learnt by a loss that looks at what is hard. */
import { lax, np, operation, ShapeError, stopGradient, type Tensor, vmap } from '@puregrad/core'
import {
  block,
  type ConvParams,
  conv2d,
  initializers,
  type Layer,
  losses,
  oneHot,
  type ParamsOf,
  type StateOf,
  sigmoid,
} from '@puregrad/nn'
import { frozenBatchNorm } from '../classification/frozen-batch-norm.js'
import { small } from '../classification/options.js'
import { resnet50 } from '../classification/resnet.js'
import { clip, decode, encode, iou } from '../vision/boxes.js'
import { batchedNms } from '../vision/nms.js'
import { type AnchorOptions, anchors } from './anchors.js'
import { type Backbone, backboneWithFpn, listed } from './backbone.js'
import { fromInput } from './from-input.js'
import { anchorsEverywhere, asRows, type Convolutions, type Nothing, overPyramid, tower } from './heads.js'
import {
  boxesToOriginal,
  boxesToResized,
  type Geometry,
  geometryOf,
  type ImageOptions,
  imageDefaults,
  imageOptionNames,
  prepare,
} from './images.js'
import { betweenThresholds, matching } from './matching.js'
import { type Detector, type Seeing, sidesOf } from './rcnn.js'
import { rowsOf } from './rpn.js'
import { checkTargets, type Detections, type Targets } from './targets.js'

export interface RetinaNetOptions<B extends Backbone = Backbone> extends ImageOptions {
  /** How many classes, with class 0, which no thing has: 91, those of COCO, unless said. */
  readonly classes?: number
  /** A layer from images to feature maps: ResNet-50's last three stages with a pyramid of five levels unless said. */
  readonly backbone?: B
  /** Three sizes from 32 up in three proportions, twice as large from map to map, unless said. */
  readonly anchors?: AnchorOptions
  /** Boxes up to this probability go: 0.05 unless said. */
  readonly scoreThresh?: number
  /** Of two boxes of a class that overlap more the better one stays: 0.5 unless said. */
  readonly nmsThresh?: number
  /** How many boxes an image has at most: 300 unless said. */
  readonly detectionsPerImg?: number
  /** From this overlap on anchors are of the class of the box: 0.5 unless said. */
  readonly fgIouThresh?: number
  /** Below this overlap anchors are background: 0.4 unless said. */
  readonly bgIouThresh?: number
  /** How many boxes of each feature map go into suppression: 1000 unless said. */
  readonly topkCandidates?: number
}

const optionNames = [
  ...imageOptionNames,
  'classes',
  'backbone',
  'anchors',
  'scoreThresh',
  'nmsThresh',
  'detectionsPerImg',
  'fgIouThresh',
  'bgIouThresh',
  'topkCandidates',
] as const

type Settled = Required<Omit<RetinaNetOptions, 'backbone'>>

const settled = ({ backbone: _, ...options }: RetinaNetOptions): Settled => ({
  ...imageDefaults,
  classes: 91,
  anchors: {
    sizes: [32, 64, 128, 256, 512].map((x) => [x, Math.floor(x * 2 ** (1 / 3)), Math.floor(x * 2 ** (2 / 3))]),
  },
  scoreThresh: 0.05,
  nmsThresh: 0.5,
  detectionsPerImg: 300,
  fgIouThresh: 0.5,
  bgIouThresh: 0.4,
  topkCandidates: 1000,
  ...options,
})

/** The backbone that RetinaNet has unless told. */
const usualBackbone = () =>
  backboneWithFpn(resnet50({ norm: frozenBatchNorm }), { at: ['layer2', 'layer3', 'layer4'], extra: 'p6p7' })

type UsualBackbone = ReturnType<typeof usualBackbone>

export interface RetinaNetParams<B> {
  readonly backbone: B
  readonly head: {
    readonly classification_head: { readonly conv: Convolutions; readonly cls_logits: ConvParams }
    readonly regression_head: { readonly conv: Convolutions; readonly bbox_reg: ConvParams }
  }
}

export interface RetinaNetState<B> {
  readonly backbone: B
  readonly head: Nothing
}

/** What RetinaNet says of each anchor. */
export interface RetinaNetPredictions {
  /** [batch, n, classes], logits, each class by itself. */
  readonly logits: Tensor
  /** [batch, n, 4], offsets from the anchors. */
  readonly deltas: Tensor
}

/** What it should have said. */
export interface RetinaNetTruth {
  /** Integers [batch, n], the class of the box that an anchor was matched to, −1 for background, −2 if it counts neither way. */
  readonly labels: Tensor
  /** [batch, n, 4], offsets of these boxes. */
  readonly deltas: Tensor
}

/** What RetinaNet is trained by: their sum is the loss. */
export interface RetinaNetLosses {
  readonly classification: Tensor
  readonly bboxRegression: Tensor
}

const [alpha, gamma] = [0.25, 2] // Lin et al. 2017, section 4.1

/**
 * The losses of RetinaNet: focal loss of all classes of all anchors, and the absolute errors of the boxes, over the number of anchors
 * of things in each image; their mean over images. torchvision's numbers.
 * @throws ShapeError for other ranks
 * @example
 * const said = { logits: np.zeros([1, 2, 3]), deltas: np.zeros([1, 2, 4]) }
 * const truth = { labels: np.array([[1, -1]]), deltas: np.ones([1, 2, 4]) }
 * retinaNetLosses(said, truth) // { classification: 0.6931472, bboxRegression: 4 }
 */
export const retinaNetLosses = operation(
  'retinaNetLosses',
  { at: 1, names: ['labels', 'deltas'] },
  ({ logits, deltas }: RetinaNetPredictions, { labels, deltas: truth }: RetinaNetTruth): RetinaNetLosses => {
    if (logits.ndim !== 3 || String(labels.shape) !== String(logits.shape.slice(0, 2)))
      throw new ShapeError(
        `retinaNetLosses: logits ${logits.dtype}[${logits.shape}] and labels ${labels.dtype}[${labels.shape}] have to be [batch, n, classes] and [batch, n].`,
      )
    const isThing = labels.ge(0)
    const things = np.maximum(np.sum(isThing.astype('float32'), { axis: 1 }), 1)
    const perImage = (x: Tensor, counts: Tensor): Tensor => np.sum(np.where(counts, x, 0), { axis: 1 }).div(things)
    const classes = np.where(
      np.expandDims(isThing, -1),
      oneHot(np.maximum(labels, 0).astype('int32'), logits.shape[2] as number),
      0,
    )
    const surprise = np.sum(losses.sigmoidFocalLoss(logits, classes, { alpha, gamma }), { axis: -1 })
    const known = np.where(np.expandDims(isThing, -1), truth, deltas)
    const errors = np.sum(np.abs(deltas.sub(known)), { axis: -1 })
    return {
      classification: np.mean(perImage(surprise, labels.ne(betweenThresholds))),
      bboxRegression: np.mean(perImage(errors, isThing)),
    }
  },
)

const rare = 0.01 // the probability that each class starts with: Lin et al. 2017, section 4.1

const convolution = (channels: number, bias: number) =>
  conv2d(channels, { kernelSize: 3, padding: 1, kernelInit: small, biasInit: initializers.constant(bias) })

const towerOf = (channels: number) =>
  tower(
    Array.from({ length: 4 }, () => channels),
    small,
  )

/** What is there, and where, for all anchors: two towers over all feature maps. */
const retinaNetHead = ({ anchors: options, classes }: Settled) => {
  const each = anchorsEverywhere('retinaNet', options)
  return overPyramid(
    'retinaNetHead',
    (channels) =>
      block(
        {
          classification_head: block(
            { conv: towerOf(channels), cls_logits: convolution(each * classes, -Math.log((1 - rare) / rare)) },
            (run, features: readonly Tensor[]) =>
              asRows(
                features.map((x) => run.cls_logits(run.conv(x))),
                classes,
              ),
          ),
          regression_head: block(
            { conv: towerOf(channels), bbox_reg: convolution(4 * each, 0) },
            (run, features: readonly Tensor[]) =>
              asRows(
                features.map((x) => run.bbox_reg(run.conv(x))),
                4,
              ),
          ),
        },
        (run, features: readonly Tensor[]): RetinaNetPredictions => ({
          logits: run.classification_head(features),
          deltas: run.regression_head(features),
        }),
        { name: 'retinaNetHead' },
      ) as unknown as Layer<RetinaNetParams<unknown>['head'], Nothing, readonly Tensor[], RetinaNetPredictions>,
  )
}

/** The anchors of all maps, and how many each has. */
const anchorsOf = (features: readonly Tensor[], { anchors: options }: Settled, { padded }: Geometry) => {
  const sizes = features.map(({ shape }) => [shape[1] as number, shape[2] as number] as const)
  const each = anchorsEverywhere('retinaNet', options)
  return { all: anchors(padded, sizes, options), counts: sizes.map(([h, w]) => h * w * each) }
}

/** The boxes of all classes that stay, in pixels of the resized image. */
const detect = (
  { logits, deltas }: RetinaNetPredictions,
  { all, counts }: ReturnType<typeof anchorsOf>,
  { scoreThresh, nmsThresh, detectionsPerImg, topkCandidates, classes }: Settled,
  { resized }: Geometry,
): Detections => {
  const starts = counts.map((_, level) => counts.slice(0, level).reduce((sum, n) => sum + n, 0) * classes)
  const ofImage = (said: Tensor, offsets: Tensor): Detections => {
    const flat = said.reshape([-1])
    // Which class of which anchor, as one number.
    const chosen = np.concatenate(
      counts.map((count, level) => {
        const start = starts[level] as number
        const size = count * classes
        const [, index] = lax.topK(flat.slice({ start, stop: start + size }), Math.min(topkCandidates, size))
        return index.astype('int32').add(start)
      }),
    )
    const scores = sigmoid(np.take(flat, chosen))
    const labels = np.mod(chosen, classes)
    const from = np.floorDivide(chosen, classes)
    const at = (x: Tensor): Tensor => np.take(x, from, { axis: 0 })
    const boxes = clip(decode(at(offsets), at(all)), resized)
    const ranked = np.where(scores.gt(scoreThresh), scores, Number.NEGATIVE_INFINITY)
    const { indices, valid } = batchedNms(boxes, ranked, labels, { iouThreshold: nmsThresh, max: detectionsPerImg })
    const of = (x: Tensor): Tensor => np.where(valid, np.take(x, indices), 0)
    return { boxes: rowsOf(boxes, indices, valid), scores: of(scores), labels: of(labels).astype('int32'), valid }
  }
  return vmap(ofImage)(logits, deltas)
}

/** What each anchor should have said. */
const truthOf = (all: Tensor, { boxes, labels, valid }: Targets, { fgIouThresh, bgIouThresh }: Settled) => {
  const ofImage = (own: Tensor, classes: Tensor, counts: Tensor): RetinaNetTruth => {
    const matches = matching(iou(own, all), {
      highThreshold: fgIouThresh,
      lowThreshold: bgIouThresh,
      allowLowQualityMatches: true,
      valid: counts,
    })
    const row = np.maximum(matches, 0)
    return {
      labels: np.where(matches.ge(0), np.take(classes, row).astype('int32'), matches),
      deltas: encode(np.take(own, row, { axis: 0 }), all),
    }
  }
  return vmap(ofImage)(stopGradient(boxes), labels, valid)
}

/**
 * RetinaNet with torchvision's structure, names and numbers: `fromTorchvision` reads its state dicts, and finds the same boxes. Sizes
 * are static, so that it jits: `valid` says which detections there are. Classes count from 1, as in torchvision.
 * @returns a layer from images [height, width, 3], from 0 to 1, to detections; `losses` are for training
 * @example
 * const spine = resnet18({ width: 4, norm: frozenBatchNorm })
 * const model = retinaNet({
 *   classes: 3,
 *   backbone: backboneWithFpn(spine, { at: ['layer2', 'layer3', 'layer4'], channels: 8, extra: 'p6p7' }),
 *   minSize: 64,
 *   anchors: { sizes: [[8], [16], [32], [64], [128]] },
 *   detectionsPerImg: 10,
 * })
 * const { params, state } = init(model, [64, 64, 3], random.key(0))
 * const [found] = model.apply(params, state, np.ones([1, 64, 64, 3]), { mode: 'eval' })
 * found.boxes.shape // [1, 10, 4]
 */
export const retinaNet = operation(
  'retinaNet',
  { at: 0, names: optionNames },
  <const B extends Backbone = UsualBackbone>(
    options: RetinaNetOptions<B> = {},
  ): Detector<RetinaNetParams<ParamsOf<B>>, RetinaNetState<StateOf<B>>, Targets, RetinaNetLosses> => {
    type Params = RetinaNetParams<ParamsOf<B>>
    type State = RetinaNetState<StateOf<B>>
    const all = settled(options)
    const backbone = (options.backbone ?? usualBackbone()) as unknown as Seeing
    const children = { backbone, head: retinaNetHead(all) }
    const detector = fromInput(
      'retinaNet',
      sidesOf,
      (images: Tensor) => sidesOf(images.shape),
      (sides) => {
        const geometry = geometryOf(sides, all)
        return block(
          children,
          (run, images: Tensor): Detections => {
            const features = listed(run.backbone(prepare(images, geometry, all)))
            const found = detect(run.head(features), anchorsOf(features, all, geometry), all, geometry)
            return { ...found, boxes: boxesToOriginal(found.boxes, geometry) }
          },
          { name: 'retinaNet' },
        )
      },
    )
    return {
      ...(detector as unknown as Layer<Params, State, Tensor, Detections>),
      losses: (params, state, images, targets, ctx) => {
        checkTargets('retinaNet.losses', images, targets, false)
        const geometry = geometryOf(sidesOf(images.shape), all)
        const truth = { ...targets, boxes: boxesToResized(targets.boxes, geometry) }
        const learning = block(
          children,
          (run, x: Tensor): RetinaNetLosses => {
            const features = listed(run.backbone(prepare(x, geometry, all)))
            return retinaNetLosses(run.head(features), truthOf(anchorsOf(features, all, geometry).all, truth, all))
          },
          { name: 'retinaNet' },
        ) as unknown as Layer<Params, State, Tensor, RetinaNetLosses>
        return learning.apply(params, state, images, ctx)
      },
    }
  },
)
