/** Networks that hear what is said: features of frames to labels, to be trained by `losses.ctcLoss`. */
import { ArgumentError, np, operation, RangeError, type Tensor } from '@puregrad/core'
import {
  block,
  type ConvParams,
  conv1d,
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  gelu,
  type Layer,
  layerNorm,
  lstmCell,
  type Masked,
  type NormParams,
  rnn,
  sinusoidalPositions,
  transformerEncoder,
} from '@puregrad/nn'

export interface SpeechRecognizerOptions {
  /** How many labels there are, the blank being one of them. */
  readonly classes: number
  /** What reads the frames one after another, or all at once: 'lstm', in both directions, or 'transformer'; 'lstm' unless said. */
  readonly reader?: 'lstm' | 'transformer'
  /** Features of a frame inside, of each direction: 64 unless said. */
  readonly width?: number
  /** How many layers read: 2 unless said. */
  readonly layers?: number
  /** Of a transformer: 4 unless said. */
  readonly heads?: number
  /** How many frames go into one of the output: 2 unless said. */
  readonly stride?: number
  /** How many frames each frame of the output hears of itself, an odd number: 5 unless said. */
  readonly kernelSize?: number
  /** The part of features that is dropped behind each layer in training: 0 unless said. */
  readonly dropout?: number
}

/** What comes out: logits [batch, ⌈time / stride⌉, classes], and which of their frames count. */
export interface Heard {
  readonly logits: Tensor
  /** bool [batch, ⌈time / stride⌉] */
  readonly mask: Tensor
}

export interface SpeechRecognizerParams {
  readonly front: ConvParams
  readonly norm: NormParams
  /** Of an LSTM in both directions, or of a block of a transformer. */
  readonly [reader: `reader${number}`]: unknown
  readonly outNorm: NormParams
  readonly out: DenseParams
}

type State = Readonly<Record<string, null>>

const checked = (options: SpeechRecognizerOptions) => {
  const { reader = 'lstm', width = 64, layers = 2, heads = 4, stride = 2, kernelSize = 5, dropout = 0 } = options
  if (reader !== 'lstm' && reader !== 'transformer')
    throw new ArgumentError(`speechRecognizer: reader is '${reader}', and has to be 'lstm' or 'transformer'.`)
  for (const [name, n] of Object.entries({ classes: options.classes, width, layers, heads, stride, kernelSize }))
    if (!Number.isInteger(n) || n < 1)
      throw new RangeError(`speechRecognizer: ${name} is ${n}, and has to be a whole number from 1 up.`)
  if (kernelSize % 2 === 0) throw new RangeError(`speechRecognizer: kernelSize is ${kernelSize}, and has to be odd.`)
  return { classes: options.classes, reader, width, layers, heads, stride, kernelSize, dropout }
}

/**
 * A recogniser: frames with their mask, { x: [batch, time, features], mask: [batch, time] }, to { logits, mask } of every `stride`-th
 * frame. A convolution hears a few frames at once, then LSTMs in both directions or blocks of a transformer read them all. Frames that do
 * not count change nothing. The loss is `losses.ctcLoss(logits, 1 − mask, …)`; `ctc.greedy` and `ctc.beam` are what it understood.
 * @returns a layer whose parameters are named front, norm, reader1, reader2, … outNorm, out
 * @throws RangeError for sizes that are no whole numbers; ArgumentError for another reader
 * @example
 * const model = speechRecognizer({ classes: 27, width: 16 })
 * const { params, state } = init(model, { x: [50, 13], mask: [50] }, random.key(0))
 * const sound = { x: np.ones([2, 50, 13]), mask: np.ones([2, 50]) }
 * const [{ logits, mask }] = model.apply(params, state, sound, { mode: 'eval' })
 * logits.shape // [2, 25, 27]
 * mask.shape // [2, 25]
 */
export const speechRecognizer = operation(
  'speechRecognizer',
  { at: 0, names: ['classes', 'reader', 'width', 'layers', 'heads', 'stride', 'kernelSize', 'dropout'] },
  (options: SpeechRecognizerOptions): Layer<SpeechRecognizerParams, State, Masked, Heard> => {
    const { classes, reader, width, layers, heads, stride, kernelSize, dropout } = checked(options)
    const half = (kernelSize - 1) / 2
    const names = Array.from({ length: layers }, (_, i) => `reader${i + 1}` as const)
    const readers = names.map((name) => [
      name,
      reader === 'lstm'
        ? rnn(lstmCell(width), { bidirectional: true, mask: true })
        : transformerEncoder({ heads, mask: true, dropout }),
    ])
    const children = {
      front: conv1d(width, { kernelSize, strides: stride, padding: [[half, half]] }),
      norm: layerNorm(),
      ...Object.fromEntries(readers),
      drop: dropoutLayer(dropout),
      outNorm: layerNorm(),
      out: dense(classes),
    }
    type Tensors = (x: Tensor) => Tensor
    interface Children {
      readonly front: Tensors
      readonly norm: Tensors
      readonly drop: Tensors
      readonly outNorm: Tensors
      readonly out: Tensors
    }
    return block(
      children as never,
      (run: Children, { x, mask }: Masked): Heard => {
        const counts = mask.astype('bool')
        // What does not count may be anything, and the convolution would hear it.
        const heard = np.where(np.expandDims(counts, 2), x, 0)
        const kept = counts.slice({}, { step: stride })
        const begun = run.norm(gelu(run.front(heard)))
        const read = (name: string, y: Tensor): Tensor | Masked =>
          (run as unknown as Readonly<Record<string, (input: Masked) => Tensor | Masked>>)[name]?.({
            x: y,
            mask: kept,
          }) as Tensor | Masked
        const placed =
          reader === 'lstm'
            ? begun
            : begun.add(sinusoidalPositions(begun.shape[1] as number, width).astype(begun.dtype))
        const all = names.reduce((y: Tensor, name) => {
          const next = read(name, run.drop(y))
          return 'mask' in next ? next.x : next
        }, placed)
        return { logits: run.out(run.outNorm(run.drop(all))), mask: kept }
      },
      { name: `speechRecognizer(${reader}, ${classes})` },
    ) as unknown as Layer<SpeechRecognizerParams, State, Masked, Heard>
  },
)
