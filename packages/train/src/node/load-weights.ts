import { operation } from '@puregrad/core'
import {
  type DataError,
  dataError,
  decodeNpz,
  decodeSafetensors,
  decodeTorch,
  type ReadTensors,
  type Unpacking,
} from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { readBytes } from './file.js'

export interface LoadWeightsOptions extends Unpacking {
  /** Which part of a checkpoint, such as `'state_dict'`, whose names go without it then: all unless said. */
  readonly under?: string
}

/** The tensors whose names begin so, without that beginning; what was left out goes with its part. */
const partUnder = (tensors: ReadTensors, under: string): E.Either<DataError, ReadTensors> => {
  const prefix = `${under}.`
  const part = <T>(all: ReadonlyMap<string, T>): Map<string, T> =>
    new Map([...all].flatMap(([name, x]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : [])))
  const found = part(tensors)
  if (found.size > 0) return E.right(Object.assign(found, { file: tensors.file, leftOut: part(tensors.leftOut) }))
  return E.left(
    dataError('missing', {
      file: tensors.file,
      expected: `something under ${JSON.stringify(under)}`,
      found: [...tensors.keys()].slice(0, 8).join(', ') || 'no tensors',
      cure: 'Take the beginning of one of these names.',
    }),
  )
}

const tensorsIn = (
  bytes: Uint8Array,
  file: string,
  { under, ...limits }: LoadWeightsOptions,
): E.Either<DataError, ReadTensors> => {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b
  // Behind the length of its header safetensors has a JSON object, and a pickle of torch's the middle of its magic number.
  const isPickle = bytes[0] === 0x80 && bytes[8] !== 0x7b
  if (isPickle || (isZip && !/\.npz$/i.test(file))) {
    const told = under === undefined ? {} : { under }
    return pipe(
      decodeTorch(bytes, { file, ...limits, ...told }),
      E.map(({ tensors }) => tensors),
    )
  }
  const read = isZip
    ? decodeNpz(bytes, { file, ...limits })
    : pipe(
        decodeSafetensors(bytes, { file }),
        E.map(({ tensors }) => tensors),
      )
  return under === undefined ? read : E.chain((tensors: ReadTensors) => partUnder(tensors, under))(read)
}

/**
 * Loads the named tensors of a file of weights: `.pth` and `.pt` of PyTorch (nothing of them is run), `.npz` of NumPy, `.safetensors`. Their
 * first bytes decide what they are. `importWeights` and `fromTorchvision` of models put them in place.
 * @example
 * const loaded = await loadWeights('no/such/resnet18.pth', { under: 'state_dict' })()
 * E.isLeft(loaded) && loaded.left.kind // 'missing'
 */
export const loadWeights = operation(
  'weights.loadWeights',
  { at: 1, names: ['maxBytes', 'under'] },
  (file: string, options: LoadWeightsOptions = {}): TE.TaskEither<DataError, ReadTensors> =>
    pipe(
      readBytes(file),
      TE.chainEitherK((bytes) => tensorsIn(bytes, file, options)),
    ),
)
