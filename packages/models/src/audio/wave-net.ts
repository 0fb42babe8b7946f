/** WaveNet (van den Oord et al. 2016): sound one sample at a time, each from those before it. */
import { ArgumentError, np, operation, RangeError, random, type Tensor } from '@puregrad/core'
import {
  block,
  type DenseParams,
  dense,
  type EmbeddingParams,
  embedding,
  type GatedCausalConvParams,
  type GatedInput,
  type GatedOutput,
  gatedCausalConv,
  type initializers,
  type Layer,
  relu,
  type Stepping,
} from '@puregrad/nn'

export interface WaveNetOptions {
  /** Of how many classes samples are, as `muLawEncode` makes them: 256 unless said. */
  readonly classes?: number
  /** How far apart the samples are that each block sees; one block each: 1, 2, 4, … 512, twice, unless said. */
  readonly dilations?: readonly number[]
  /** How many samples each block sees: 2 unless said. */
  readonly kernelSize?: number
  /** Features that go from block to block: 32 unless said. */
  readonly residual?: number
  /** Features of the filters and gates within a block: as many as `residual` unless said. */
  readonly gates?: number
  /** Features that every block adds to the sum which the end reads: 64 unless said. */
  readonly skip?: number
  /** How many labels there are, such as speakers or words, one of which a whole sound is told: none unless said. */
  readonly labels?: number
}

/** What comes in. Inside `step`, all of it is of the next samples only. */
export interface WaveNetInput {
  /** Integers [batch, time]: the classes of samples. */
  readonly x: Tensor
  /** Integers [batch]: what the whole sound is about, if `labels` says that there are any. */
  readonly label?: Tensor
  /** [batch, time, size], what each moment is about, such as a spectrogram whose frames `nn.upSample` repeated for each of their samples. */
  readonly frames?: Tensor
}

export interface WaveNetParams {
  readonly embedding: EmbeddingParams
  readonly label?: EmbeddingParams
  readonly [block: `block${number}`]: GatedCausalConvParams
  readonly hidden: DenseParams
  readonly out: DenseParams
}

const optionNames = ['classes', 'dilations', 'kernelSize', 'residual', 'gates', 'skip', 'labels'] as const

export type WaveNetState = Readonly<Record<string, null>>

/**
 * Classes of samples lie on a line, and those next to each other begin with vectors next to each other: cosines of their place, from half
 * a wave over all classes to a wave over eight of them, each with a phase of its own. Learning which are neighbours takes long.
 */
const neighbours: initializers.Initializer = (key, [count, features], { dtype = 'float32' } = {}) => {
  const [classes, waves] = [count as number, features as number]
  const highest = Math.max(1, classes / 2)
  const frequencies = np.power(highest, np.linspace(0, 1, waves, { dtype: dtype as 'float32' })).mul(Math.PI / 2)
  const places = np.linspace(-1, 1, classes, { dtype: dtype as 'float32' })
  const phases = random.uniform(key, [waves], { maxval: 2 * Math.PI, dtype: dtype as 'float32' })
  return np.cos(np.expandDims(places, 1).mul(frequencies).add(phases))
}

/** 1, 2, 4, … 512, twice. */
const usualDilations: readonly number[] = [0, 1].flatMap(() => Array.from({ length: 10 }, (_, i) => 2 ** i))

const check = (sizes: Readonly<Record<string, number>>, dilations: readonly number[]): void => {
  for (const [name, n] of Object.entries(sizes)) {
    if (!Number.isInteger(n) || n < (name === 'labels' ? 0 : 1))
      throw new RangeError(`waveNet: ${name} is ${n}, and has to be a whole number from 1 up.`)
  }
  if (!Array.isArray(dilations) || dilations.length === 0 || !dilations.every((d) => Number.isInteger(d) && d >= 1))
    throw new RangeError(
      `waveNet: dilations are [${dilations}], and have to be whole numbers from 1 up, one a block, such as [1, 2, 4, 8].`,
    )
}

/** What all blocks are told: what each moment is about, and, next to it, what the whole is. */
const conditionOf = ({ x, frames }: WaveNetInput, label: Tensor | undefined): Pick<GatedInput, 'condition'> => {
  if (frames === undefined) return label === undefined ? {} : { condition: label }
  if (label === undefined) return { condition: frames }
  const [batch, time] = x.shape as readonly [number, number]
  const everywhere = np.broadcastTo(np.expandDims(label, 1), [batch, time, label.shape[1] as number])
  return { condition: np.concatenate([frames, everywhere], { axis: -1 }) }
}

/**
 * How many samples the logits of the next one come of: Σ dilation · (kernelSize − 1) + 1.
 * @throws RangeError for what `waveNet` refuses
 * @example receptiveField({ dilations: [1, 2, 4, 8] }) // 16
 */
export const receptiveField = operation(
  'receptiveField',
  { at: 0, names: optionNames },
  ({ dilations = usualDilations, kernelSize = 2 }: WaveNetOptions = {}): number => {
    check({ kernelSize }, dilations)
    return dilations.reduce((sum, dilation) => sum + dilation * (kernelSize - 1), 1)
  },
)

/**
 * WaveNet: the classes of samples, [batch, time], to the logits of the class of the sample after each of them, [batch, time, classes].
 * Blocks of `gatedCausalConv`, whose dilations grow, see further and further back; what each of them skips is added up, and two layers
 * at the end read the sum. It runs sample by sample, too: each block then keeps a queue of the samples that it will see again, so
 * that a sample costs as much however much it hears. `generateSound` draws from it.
 * @returns a layer from { x, label?, frames? } whose parameters are named embedding, label, block1, block2, … hidden, out
 * @throws RangeError for sizes that are no whole numbers; ArgumentError for a label that is missing or that it knows nothing of
 * @example
 * const model = waveNet({ classes: 64, dilations: [1, 2, 4, 8], residual: 16, skip: 32, labels: 10 })
 * const sound = { x: np.zeros([2, 100], { dtype: 'int32' }), label: np.array([3, 7], { dtype: 'int32' }) }
 * const { params, state } = init(model, { x: [100], label: [] }, random.key(0))
 * model.apply(params, state, sound, { mode: 'eval' })[0].shape // [2, 100, 64]
 */
export const waveNet = operation(
  'waveNet',
  { at: 0, names: optionNames },
  (
    options: WaveNetOptions = {},
  ): Layer<WaveNetParams, WaveNetState, WaveNetInput> & Stepping<WaveNetParams, WaveNetState, WaveNetInput> => {
    const { classes = 256, dilations = usualDilations, kernelSize = 2, residual = 32, skip = 64, labels = 0 } = options
    const { gates = residual } = options
    check({ classes, kernelSize, residual, gates, skip, labels }, dilations)
    const blocks = dilations.map((dilation, i) => [`block${i + 1}`, { dilation }] as const)
    const children = {
      embedding: embedding(classes, residual, { embeddingInit: neighbours }),
      ...(labels > 0 ? { label: embedding(labels, residual) } : {}),
      ...Object.fromEntries(blocks.map(([name, at]) => [name, gatedCausalConv(gates, { ...at, kernelSize, skip })])),
      hidden: dense(skip),
      out: dense(classes),
    }
    type Tensors = (x: Tensor) => Tensor
    interface Children {
      readonly embedding: Tensors
      readonly label?: Tensors
      readonly hidden: Tensors
      readonly out: Tensors
    }
    const name = `waveNet(${classes}, ${dilations.length})`
    return block(
      children as never,
      (run: Children, input: WaveNetInput): Tensor => {
        if ((run.label === undefined) !== (input.label === undefined))
          throw new ArgumentError(
            run.label === undefined
              ? `${name}: there is a label, and it was made for none. Make it with labels: N.`
              : `${name}: there is no label, and it was made for ${labels} of them. Give it { x, label }, of one number a sound.`,
          )
        const label = input.label === undefined ? undefined : run.label?.(input.label)
        const condition = conditionOf(input, label)
        let at: GatedInput = { x: run.embedding(input.x), ...condition }
        let sum: Tensor | undefined
        for (const [child] of blocks) {
          const next = (run as unknown as Record<string, (x: GatedInput) => GatedOutput>)[child]?.(at) as GatedOutput
          sum = sum === undefined ? next.skip : sum.add(next.skip)
          at = { x: next.x, ...condition }
        }
        return run.out(relu(run.hidden(relu(sum as Tensor))))
      },
      { name },
    ) as unknown as Layer<WaveNetParams, WaveNetState, WaveNetInput> &
      Stepping<WaveNetParams, WaveNetState, WaveNetInput>
  },
)
