/** The story: a U-Net learns which pixels of a photograph are cell nuclei, and is compared with a threshold that learns nothing. */
import { np, random, type Tensor } from '@puregrad/core'
import { boundaryF1, dice, pixelIou, unet } from '@puregrad/models'
import { batchNorm, init, lambda, losses, serial, sigmoid, upSample } from '@puregrad/nn'
import { adam, cosineDecaySchedule } from '@puregrad/optim'
import { fit, imageSheet, predict, summary, textTable, trainingCurves } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Figures, Told } from '../runner/example.js'
import { crops, stretched } from './crops.js'
import { halved, loadNuclei, type Nuclei, split } from './nuclei.js'
import { greyOf, otsuMask } from './otsu.js'

const side = 64 // of the parts that are seen in training; whole images are seen in the end

/** Logits of every pixel from bytes. */
export const network = (width: number) =>
  serial(
    lambda((x: Tensor) => x.astype('float32').div(255), { name: 'bytesToUnit' }),
    unet({ classes: 1, width, depth: 3, padding: 'SAME', norm: () => batchNorm({ momentum: 0.9 }) }),
    lambda((x: Tensor) => np.squeeze(x, -1), { name: 'squeeze' }),
  )

/** Each pixel by itself, and all of them by how much they overlap. */
const loss = (logits: Tensor, covered: Tensor): Tensor => {
  const truth = covered.astype('float32').div(255)
  const each = np.mean(losses.sigmoidBinaryCrossEntropy(logits, truth), { axis: [1, 2] })
  return each.add(losses.diceLoss(sigmoid(logits), truth))
}

const objective = {
  loss,
  metrics: { iou: (logits: Tensor, covered: Tensor) => pixelIou(logits.gt(0), covered.ge(128)) },
}

const masksOf = ({ count, size, instances }: Nuclei): Tensor => np.array(instances).reshape([count, size, size]).gt(0)

/** How well masks agree, each in the units that it is quoted in. */
const scores = (found: Tensor, truth: Tensor): Readonly<Record<string, number>> => ({
  pooledIou: pixelIou(found, truth).item() as number,
  meanIou: pixelIou(found, truth, { over: 'images' }).item() as number,
  meanDice: dice(found, truth, { over: 'images' }).item() as number,
  meanBoundaryF1: boundaryF1(found, truth, { over: 'images' }).item() as number,
})

/** What Otsu's threshold takes for nuclei. */
const otsu = ({ count, size, images }: Nuclei): Tensor => {
  const width = size * size * 3
  const masks = Array.from({ length: count }, (_, i) =>
    np.array(otsuMask(images.subarray(i * width, (i + 1) * width))).reshape([size, size]),
  )
  return np.stack(masks).gt(0)
}

/** Image, what was found and what is there, side by side, with the IoU of each image. */
const sheet = ({ size, images }: Nuclei, found: Tensor, truth: Tensor, shown: number): string => {
  const grey = greyOf(images)
  const [guess, real] = [found, truth].map((masks) => masks.astype('uint8').data()) as [Uint8Array, Uint8Array]
  const pixels = size * size
  const all = new Uint8Array(shown * 3 * pixels)
  for (let i = 0; i < shown; i++) {
    const [from, to] = [i * pixels, (i + 1) * pixels]
    all.set(grey.subarray(from, to), 3 * from)
    for (const [at, mask] of [guess, real].entries())
      all.set(
        mask.subarray(from, to).map((set) => 255 * set),
        3 * from + (at + 1) * pixels,
      )
  }
  const numbers = Array.from({ length: 3 * shown }, (_, i) => i)
  const ious = Array.from({ length: shown }, (_, i) =>
    (pixelIou(found.at(i).get(), truth.at(i).get()).item() as number).toFixed(3),
  )
  return imageSheet(
    { shape: [3 * shown, size, size], images: all, predicted: numbers, labels: numbers },
    {
      title: 'Image, what was found, what is there',
      columns: 6,
      cell: 128,
      nameOf: (i) => ['', `IoU ${ious[Math.floor(i / 3)]}`, ''][i % 3] as string,
    },
  )
}

type Names = 'epochs' | 'batch' | 'width' | 'limit' | 'validate'

/** Trains, judges and draws; on the left is what was wrong with the data. */
export const segment = async ({
  data,
  seed,
  settings: { epochs, batch, width, limit, validate },
  once,
  progress,
  print,
  plot,
}: Context<Names>): Promise<E.Either<string, Told>> => {
  const loaded = await loadNuclei(data, seed, limit)
  if (E.isLeft(loaded)) return loaded
  const [learnt, judged] = validate > 0 ? split(loaded.right.train) : [loaded.right.train, loaded.right.test]
  const small = stretched(halved(learnt))
  const model = network(width)
  const shape = [side, side, 3] as const
  print(`${learnt.count} images to learn from, ${judged.count} to judge by, ${learnt.size} pixels a side`)
  print(summary(model, shape))

  const [initKey, cropKey, fitKey] = random.split(random.key(seed), 3) as unknown as readonly [Tensor, Tensor, Tensor]
  const steps = epochs * Math.ceil(learnt.count / batch)
  const fitted = await once((signal) =>
    fit(model, init(model, shape, initKey), {
      ...objective,
      train: crops(small, side, cropKey),
      optimizer: adam(cosineDecaySchedule(3e-3, steps)),
      epochs,
      batchSize: batch,
      key: fitKey,
      progress: progress('U-Net', epochs),
      signal,
    }),
  )

  const seen = stretched(halved(judged))
  const logits = predict(model, fitted, np.array(seen.images).reshape([seen.count, seen.size, seen.size, 3]), {
    batchSize: 4,
  })
  // Judged at the size that the photographs have.
  const found = np.squeeze(upSample(np.expandDims(logits, -1), [2, 2], { method: 'bilinear' }), -1).gt(0)
  const truth = masksOf(judged)
  const figures = { unet: scores(found, truth), otsu: scores(otsu(judged), truth) }
  print(
    textTable(
      ['', 'IoU of all pixels', 'mean IoU', 'mean dice', 'mean F1 of contours'],
      Object.entries(figures).map(([name, each]) => [name, ...Object.values(each).map((x) => x.toFixed(4))]),
    ),
  )
  await plot('curves.svg', trainingCurves(fitted.history))
  await plot('masks.svg', sheet(judged, found, truth, Math.min(8, judged.count)))
  return E.right({
    data: loaded.right.used,
    figures: { ...(figures as Figures), judgedImages: judged.count },
    trainingSeconds: { unet: fitted.history.reduce((total, { seconds }) => total + seconds, 0) },
  })
}
