/** The story: two detectors learn to find cells in photographs of blood, one by one look, the other by looking again at what it proposes. */
import { np, random, type Tensor } from '@puregrad/core'
import { type Detections, kMeansAnchors, meanAveragePrecision, precisionRecall } from '@puregrad/models'
import { type Key, parameterCount } from '@puregrad/nn'
import { detectionSheet, type History, lineChart, precisionRecallPlot, textTable } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { type Cells, kinds, loadCells, split } from './cells.js'
import { type AnyDetector, findAll, learn } from './learn.js'
import { rcnnOf, yoloOf } from './networks.js'
import { type Scenes, scenesAt } from './scenes.js'

/** Widths and heights around which boxes gather: the smallest for the finer map, the others for the coarser one. */
export const anchorsOf = ({ cells }: Cells, count: number, key: Key) => {
  const corners = np.array(cells.flat().map((cell) => [...cell.corners]))
  const sizes = kMeansAnchors(key, corners, count).toArray() as (readonly [number, number])[]
  return [sizes.slice(0, 1), sizes.slice(1)]
}

/** How well each kind is found, and all of them. */
const scores = (found: readonly Detections[], truth: readonly Scenes[]) => {
  const { byThreshold, mean, byClass } = meanAveragePrecision(found, truth)
  return {
    map50: byThreshold[0] as number,
    map: mean,
    ap50: Object.fromEntries(byClass.map((one) => [kinds[one.label - 1] as string, one.byThreshold[0] as number])),
    recall: Object.fromEntries(byClass.map((one) => [kinds[one.label - 1] as string, one.averageRecall])),
  }
}

const curves = (name: string, found: readonly Detections[], truth: readonly Scenes[]): string =>
  precisionRecallPlot(
    precisionRecall(found, truth).map(({ label, ...curve }) => ({ name: kinds[label - 1] as string, ...curve })),
    { title: `${name}: precision over recall at an IoU of 0.5` },
  )

/** Photographs with what was found, and dashed boxes around what is there. */
const sheet = (name: string, found: readonly Detections[], truth: readonly Scenes[]): string =>
  detectionSheet(
    found.map(({ boxes, labels, scores, valid }, i) => {
      const first = (x: Tensor): Tensor => x.at(0).get()
      const there = truth[i] as Scenes
      const sure = np.logicalAnd(valid, scores.ge(0.4))
      return {
        image: first(there.image),
        boxes: first(boxes),
        labels: first(labels),
        scores: first(scores),
        valid: first(sure),
        truth: { boxes: first(there.boxes), valid: first(there.valid) },
        caption: `${np.sum(sure.astype('int32')).item()} found, ${np.sum(there.valid.astype('int32')).item()} there`,
      }
    }),
    {
      title: `${name}: what was found; dashed, what is there`,
      columns: 2,
      cell: 480,
      nameOf: (label) => kinds[label - 1] as string,
    },
  )

const lossesOf = (histories: readonly { readonly title: string; readonly history: History }[]): string =>
  lineChart(
    histories.map(({ title, history }) => ({
      name: title,
      x: history.map(({ epoch }) => epoch),
      // The losses of both are sums of other things: as parts of the first epoch's they can be compared.
      y: history.map(({ train }) => (train.loss ?? Number.NaN) / (history[0]?.train.loss ?? 1)),
    })),
    { title: 'Loss, as a part of that of the first epoch', xLabel: 'epoch' },
  )

type Names = 'epochs' | 'batch' | 'width' | 'limit' | 'validate'

/** Trains both, judges and draws; on the left is what was wrong with the data. */
export const detect = async ({
  data,
  seed,
  settings: { epochs, batch, width, limit, validate },
  each,
  progress,
  print,
  plot,
}: Context<Names>): Promise<E.Either<string, Told>> => {
  const loaded = await loadCells(data, seed, limit)
  if (E.isLeft(loaded)) return loaded
  const [learnt, judged] = validate > 0 ? split(loaded.right.train) : [loaded.right.train, loaded.right.test]
  const [anchorKey, yoloKey, rcnnKey] = random.split(random.key(seed), 3) as unknown as readonly [Key, Key, Key]
  const anchors = anchorsOf(learnt, 3, anchorKey)
  const size = [...learnt.size, 3]
  const truth = judged.images.map((_, i) => scenesAt(judged, [i]))
  const there = judged.cells.flat()
  print(
    `${learnt.images.length} images to learn from, ${judged.images.length} to judge by, with ${kinds
      .map((kind, i) => `${there.filter(({ label }) => label === i + 1).length} ${kind}`)
      .join(', ')}`,
  )
  print(
    `anchors of ${anchors
      .flat()
      .map((sides) => sides.map(Math.round).join(' × '))
      .join(', ')} pixels`,
  )

  const job =
    <P, S>(name: string, title: string, model: AnyDetector<P, S>, rate: number, key: Key) =>
    async (signal: AbortSignal) => {
      const count = parameterCount(model, size)
      print(`${title}: ${E.isRight(count) ? count.right.toLocaleString('en') : 0} parameters`)
      const options = { epochs, batch, rate, key, progress: progress(title, epochs), signal }
      const { params, state, history } = await learn(model, learnt, options)
      const found = findAll(model, params, state, judged)
      return { name, title, history, found, scores: scores(found, truth) }
    }
  const jobs = [
    job('yolo', 'YOLO', yoloOf(width, anchors), 3e-3, yoloKey),
    job('rcnn', 'Faster R-CNN', rcnnOf(width, learnt.size), 2e-3, rcnnKey),
  ]
  const told = await each(jobs, (learnAndFind, signal) => learnAndFind(signal))
  print(
    textTable(
      ['average precision at IoU 0.5', ...kinds, 'mean', 'mean from 0.5 to 0.95'],
      told.map(({ title, scores: { ap50, map50, map } }) => [
        title,
        ...[...kinds.map((kind) => ap50[kind] ?? Number.NaN), map50, map].map((x) => x.toFixed(4)),
      ]),
    ),
  )
  await plot('loss.svg', lossesOf(told))
  for (const { name, title, found } of told) {
    await plot(`${name}-boxes.svg`, sheet(title, found.slice(0, 6), truth))
    await plot(`${name}-curves.svg`, curves(title, found, truth))
  }
  return E.right({
    data: loaded.right.used,
    figures: {
      ...Object.fromEntries(
        told.map(({ name, history, scores: own }) => [
          name,
          { ...own, trainingLoss: history.map(({ train }) => train.loss ?? Number.NaN) },
        ]),
      ),
      judgedImages: judged.images.length,
    },
    trainingSeconds: Object.fromEntries(
      told.map(({ name, history }) => [name, history.reduce((total, { seconds }) => total + seconds, 0)]),
    ),
  })
}
