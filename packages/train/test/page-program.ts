/** A training, an evaluation and the decoders, as one report: a page and Node have to give the same. */
import { np, random } from '@puregrad/core'
import {
  decodeCheckpoint,
  decodeCsv,
  decodeImage,
  decodeNpz,
  decodeSafetensors,
  encodeCheckpoint,
  encodeNpz,
  encodeSafetensors,
} from '@puregrad/formats'
import { batchNorm, conv2d, dense, dropout, flatten, init, losses, metrics, relu, serial } from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import {
  checkpoints,
  csvLog,
  data,
  decodeSession,
  earlyStopping,
  evaluate,
  fit,
  type History,
  imageSheet,
  jsonlLog,
  memoryHost,
  predict,
  strokeDigits,
  summary,
  tensorBoardLog,
} from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'

export interface Given {
  /** Files to decode, in base64. */
  readonly png: string
  readonly jpeg: string
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

/** Every bit of an array, as text. */
const bits = (data: {
  readonly buffer: ArrayBufferLike
  readonly byteOffset: number
  readonly byteLength: number
}): string =>
  Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')

/** A history without what clocks decide. */
const timeless = (history: History): unknown => history.map(({ seconds: _, ...record }) => record)

const model = serial(
  conv2d(4, { kernelSize: [5, 5], strides: [4, 4] }),
  batchNorm(),
  relu,
  flatten(),
  dropout(0.2),
  dense(10),
)

const training = async () => {
  const digits = strokeDigits({ seed: 1, train: 160, test: 40 })
  const examples = ({ shape, images, labels }: typeof digits.train) => ({
    x: np
      .array(images)
      .reshape([...shape, 1])
      .astype('float32')
      .div(255),
    y: np.array(labels).astype('int32'),
  })
  const [train, validation] = [examples(digits.train), examples(digits.test)]
  const measured = {
    loss: losses.softmaxCrossEntropyWithIntegerLabels,
    metrics: { accuracy: metrics.accuracy },
  }
  const optimizer = adam(0.01)
  const start = init(model, [28, 28, 1], random.key(0))
  const host = { ...memoryHost(), now: () => 1_700_000_000_000, elapsed: () => 0 }
  const options = {
    ...measured,
    train,
    validation,
    optimizer,
    batchSize: 32,
    key: random.key(1),
    host,
    callbacks: [
      checkpoints('run', { monitor: 'validation loss', keep: 2 }),
      csvLog('run/log.csv'),
      jsonlLog('run/steps.jsonl', { steps: true }),
      tensorBoardLog('board', { steps: true }),
      earlyStopping({ monitor: 'loss', minDelta: 10, patience: 4 }),
    ],
  }
  await fit(model, start, { ...options, epochs: 3 })
  const saved = [...host.files.keys()].filter((file) => file.endsWith('.ckpt')).sort()
  const session = decodeSession(host.files.get(saved.at(-1) ?? '') ?? new Uint8Array(), {
    ...start,
    optimizerState: optimizer.init(start.params),
  })
  if (E.isLeft(session)) throw new Error(session.left.found)
  const longer = await fit(model, session.right, { ...options, epochs: 6 })
  // Without a host of one's own.
  const { host: _, callbacks: __, ...plain } = options
  const usual = await fit(model, start, { ...plain, epochs: 2 })
  const outputs = predict(model, longer, validation.x)
  const predicted = np.argmax(outputs, { axis: 1 }).data()
  return {
    history: timeless(longer.history),
    usual: timeless(usual.history),
    reason: longer.reason,
    saved,
    files: Object.fromEntries([...host.files].map(([name, bytes]) => [name, bits(bytes)])),
    evaluated: evaluate(model, longer, validation, measured),
    outputs: bits(outputs.data()),
    summary: summary(model, [28, 28, 1]),
    sheet: imageSheet({ ...digits.test, predicted }),
  }
}

/** What a decoder gives, written out. */
const written = (decoded: E.Either<unknown, unknown>): string =>
  JSON.stringify(decoded, (_, value: unknown) => (ArrayBuffer.isView(value) ? bits(value) : value))

const decoding = ({ png, jpeg }: Given) => {
  const tree = { kernel: np.arange(6).reshape([2, 3]).mul(0.1), bias: np.array([1.5]) }
  const checkpoint = encodeCheckpoint(tree, { note: 'page' })
  const damaged = checkpoint.slice()
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
  const named = new Map(Object.entries(tree))
  const npz = encodeNpz(named)
  const safetensors = encodeSafetensors(named)
  const arrays = (decoded: E.Either<unknown, ReadonlyMap<string, { readonly data: () => Float32Array }>>): unknown =>
    E.isLeft(decoded) ? decoded : [...decoded.right].map(([name, x]) => [name, bits(x.data())])
  return {
    png: written(decodeImage(bytesOf(png), { file: 'a.png' })),
    jpeg: written(decodeImage(bytesOf(jpeg), { file: 'a.jpg' })),
    broken: written(decodeImage(bytesOf(png).subarray(0, 60), { file: 'a.png' })),
    csv: written(
      decodeCsv(new TextEncoder().encode('a,b\n1,x\n2.5,"y, z"\n'), {
        file: 'a.csv',
        columns: { a: 'number', b: 'text' },
      }),
    ),
    npz: [bits(npz), arrays(decodeNpz(npz, { file: 'a.npz' }) as never)],
    safetensors: [bits(safetensors), written(decodeSafetensors(safetensors, { file: 'a.safetensors' }))],
    checkpoint: [
      bits(checkpoint),
      ...[checkpoint, damaged].map((bytes) => written(decodeCheckpoint(bytes, { file: 'a.ckpt' }))),
    ],
  }
}

/** The same images by workers where there are any: in a page, a thread of its own decodes each. */
const decodingElsewhere = async ({ png, jpeg }: Given) => {
  const decode = data.imageDecoder({ workers: 2 })
  const files = [bytesOf(png), bytesOf(jpeg), bytesOf(png).subarray(0, 60)]
  const [a, b, broken] = await Promise.all(
    files.map((bytes, i) => decode(bytes, { file: i === 1 ? 'a.jpg' : 'a.png' })()),
  )
  return [a, b, broken].map((decoded) => written(decoded as E.Either<unknown, unknown>))
}

/** All of it, as text. */
export const report = async (given: Given): Promise<string> =>
  JSON.stringify({ ...(await training()), ...decoding(given), elsewhere: await decodingElsewhere(given) })
