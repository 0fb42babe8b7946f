/** The story: Mask R-CNN learns to tell cell nuclei apart, and its masks are compared with the boxes around them, filled. */
import { grad, jit, np, random, type Tensor } from '@puregrad/core'
import { type MaskDetections, type MaskTargets, meanAveragePrecision } from '@puregrad/models'
import { init, parameterCount } from '@puregrad/nn'
import { adamw, applyUpdates, chain, clipByGlobalNorm, cosineDecaySchedule } from '@puregrad/optim'
import { detectionSheet, textTable, train, trainingCurves } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { stretched } from '../segment/crops.js'
import { halved, loadNuclei, type Nuclei, split } from '../segment/nuclei.js'
import { detector } from './model.js'
import { batches, type Scenes, sceneAt, targetsOf, unit } from './scenes.js'

/** Boxes as masks: 1 within, by the middles of pixels. */
export const filled = (boxes: Tensor, side: number): Tensor => {
  const middle = np.arange(side, { dtype: 'float32' }).add(0.5)
  const within = (low: number): Tensor => {
    const [from, to] = [low, low + 2].map((i) => np.expandDims(np.take(boxes, i, { axis: -1 }), -1)) as [Tensor, Tensor]
    return np.logicalAnd(middle.ge(from), middle.lt(to))
  }
  return np.logicalAnd(np.expandDims(within(1), -1), np.expandDims(within(0), -2)).astype('float32')
}

interface Judged {
  /** uint8 [side, side, 3] */
  readonly image: Tensor
  readonly found: MaskDetections
  readonly truth: MaskTargets
  /** bool [1, room]: nuclei that are too small are there, but need not be found. */
  readonly small: Tensor
}

/** Average precision of boxes, of masks, and of boxes filled, over all images. */
const scores = (judged: readonly Judged[], side: number): Readonly<Record<string, number>> => {
  const truth = judged.map((one) => ({ ...one.truth, difficult: one.small }))
  const at = (name: string, of: 'boxes' | 'masks', found: readonly MaskDetections[]) => {
    const { byThreshold, mean } = meanAveragePrecision(found, truth, { of })
    const [at50, , , , , at75] = byThreshold
    return { [`${name}Ap50`]: at50 as number, [`${name}Ap75`]: at75 as number, [`${name}Ap`]: mean }
  }
  const found = judged.map((one) => one.found)
  const plain = found.map((one) => ({ ...one, masks: filled(one.boxes, side) }))
  return { ...at('box', 'boxes', found), ...at('mask', 'masks', found), ...at('filledBox', 'masks', plain) }
}

/** Photographs under the masks that were found, each in a colour of its own, with dashed boxes around what is there. */
const sheet = (judged: readonly Judged[]): string =>
  detectionSheet(
    judged.map(({ image, found, truth }) => {
      const first = (x: Tensor): Tensor => x.at(0).get()
      const count = (x: Tensor): number => np.sum(x.astype('int32')).item() as number
      const sure = np.logicalAnd(found.valid, found.scores.ge(0.5))
      return {
        image,
        masks: first(found.masks),
        valid: first(sure),
        truth: { boxes: first(truth.boxes), valid: first(truth.valid) },
        caption: `${count(sure)} found, ${count(truth.valid)} there`,
      }
    }),
    { title: 'Masks that were found, and boxes around the nuclei that are there' },
  )

type Names = 'epochs' | 'batch' | 'width' | 'side' | 'limit' | 'validate'

/** Trains, judges and draws; on the left is what was wrong with the data. */
export const instances = async ({
  data,
  seed,
  settings: { epochs, batch, width, side, limit, validate },
  once,
  progress,
  print,
  plot,
}: Context<Names>): Promise<E.Either<string, Told>> => {
  const loaded = await loadNuclei(data, seed, limit)
  if (E.isLeft(loaded)) return loaded
  const prepared = (nuclei: Nuclei): Nuclei => stretched(nuclei.size > 128 ? halved(nuclei) : nuclei)
  const [learnt, judging] = (validate > 0
    ? split(loaded.right.train)
    : ([loaded.right.train, loaded.right.test] as const)
  ).map(prepared) as unknown as readonly [Nuclei, Nuclei]
  const [initKey, partKey, stepKey] = random.split(random.key(seed), 3) as unknown as readonly [Tensor, Tensor, Tensor]
  const model = detector(width, side)
  const start = init(model, [side, side, 3], initKey)
  const count = parameterCount(model, [side, side, 3])
  print(`${learnt.count} images to learn from, ${judging.count} to judge by, ${judging.size} pixels a side`)
  print(`${E.isRight(count) ? count.right.toLocaleString('en') : 0} parameters`)

  const source = batches(learnt, side, batch, partKey)
  const optimizer = chain(
    clipByGlobalNorm(5),
    adamw(cosineDecaySchedule(2e-3, epochs * source.length), { weightDecay: 1e-4 }),
  )
  type State = typeof start & { readonly optimizer: ReturnType<typeof optimizer.init> }
  const step = (state: State, key: Tensor, scenes: Scenes): readonly [State, Readonly<Record<string, Tensor>>] => {
    const loss = (params: State['params']) => {
      const ctx = { mode: 'train', key } as const
      const [parts, next] = model.losses(params, state.state, unit(scenes), targetsOf(scenes), ctx)
      const total = Object.values(parts as unknown as Readonly<Record<string, Tensor>>).reduce((a, b) => a.add(b))
      return [total, { parts, next, total }] as const
    }
    const [gradients, { parts, next, total }] = grad(loss, { hasAux: true })(state.params)
    const [updates, after] = optimizer.update(gradients, state.optimizer, state.params)
    return [
      { params: applyUpdates(state.params, updates), state: next, optimizer: after },
      { loss: total, mask: parts.lossMask, box: parts.lossBoxReg },
    ]
  }
  const trained = await once((signal) =>
    train(step, { ...start, optimizer: optimizer.init(start.params) } as State, source, {
      epochs,
      key: stepKey,
      stepsPerCall: 4,
      progress: progress('Mask R-CNN', epochs),
      signal,
    }),
  )

  // Whole images are larger than the parts that were seen in training: the same network, for another size.
  const whole = detector(width, judging.size)
  const find = jit(
    (variables: Pick<State, 'params' | 'state'>, images: Tensor) =>
      whole.apply(variables.params, variables.state, images, { mode: 'eval' })[0],
  )
  const judged = Array.from({ length: judging.count }, (_, i): Judged => {
    const scene = sceneAt(judging, i)
    const { params, state } = trained.state
    return {
      found: find({ params, state }, unit(scene)),
      truth: { ...targetsOf(scene), valid: scene.numbers.ge(0) },
      small: np.logicalAnd(scene.numbers.ge(0), np.logicalNot(scene.large)),
      image: scene.images.at(0).get(),
    }
  })
  const figures = scores(judged, judging.size)
  print(
    textTable(
      ['average precision', 'at IoU 0.5', 'at 0.75', 'from 0.5 to 0.95'],
      (['mask', 'filledBox'] as const).map((name) => [
        name === 'mask' ? 'masks' : 'boxes, filled',
        ...['Ap50', 'Ap75', 'Ap'].map((kind) => (figures[`${name}${kind}`] as number).toFixed(4)),
      ]),
    ),
  )
  await plot('curves.svg', trainingCurves(trained.history))
  await plot('nuclei.svg', sheet(judged.slice(0, 8)))
  return E.right({
    data: loaded.right.used,
    figures: {
      ...figures,
      judgedImages: judging.count,
      trainingLoss: trained.history.map(({ train: { loss } }) => loss ?? Number.NaN),
    },
    trainingSeconds: { maskRcnn: trained.history.reduce((total, { seconds }) => total + seconds, 0) },
  })
}
