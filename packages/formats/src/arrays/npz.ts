import { operation } from '@puregrad/core'
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../bytes/data-error.js'
import { decoding, type Named, refusing } from '../bytes/decoding.js'
import type { Unpacking } from '../bytes/gzip.js'
import { readZip, writeZip } from '../bytes/zip.js'
import { entriesOf, type ReadTensors, readTensors, type TensorsByName } from './named.js'
import { encodeNpy, readNpy } from './npy.js'

export interface DecodeNpzOptions extends Named, Unpacking {}

/**
 * Decodes NumPy's npz format: a zip archive of npy files, as `np.savez` and `np.savez_compressed` write it. Checksums count.
 * Members that are no arrays of numbers (text, pickled objects, records, other files) do not close the others: they are
 * listed in `leftOut`, each with its error, and `tensorNamed` gives that error when one is asked for.
 * @example
 * const decoded = decodeNpz(encodeNpz({ w: np.ones([2]) }), { file: 'w.npz' })
 * E.isRight(decoded) && decoded.right.get('w')?.toArray() // [1, 1]
 */
export const decodeNpz = operation(
  'weights.decodeNpz',
  { at: 1, names: ['file', 'maxBytes'] },
  (bytes: Uint8Array, { file, ...limits }: DecodeNpzOptions): Either<DataError, ReadTensors> =>
    decoding(() =>
      readTensors(
        file,
        [...readZip(bytes, limits, refusing(file))].map(([name, content]) => {
          const refuse = refusing(`${file}: ${name}`)
          if (name.endsWith('.npy')) return [name.slice(0, -4), () => readNpy(content, refuse)] as const
          return [
            name,
            () => {
              const found = JSON.stringify(name.slice(0, 80))
              throw refuse('unsupported', 'npy files only', found, 'Is it an archive of something else?')
            },
          ] as const
        }),
      ),
    ),
)

export interface EncodeNpzOptions {
  /** Deflates, as `np.savez_compressed` does: false unless said. */
  readonly compress?: boolean
}

/**
 * The bytes of an npz file: the inverse of `decodeNpz`, for `np.load`. The same tensors give the same bytes.
 * @example String.fromCharCode(...encodeNpz({ w: np.ones([2]) }, { compress: true }).subarray(0, 2)) // 'PK'
 */
export const encodeNpz = operation(
  'weights.encodeNpz',
  { at: 1, names: ['compress'] },
  (tensors: TensorsByName, { compress = false }: EncodeNpzOptions = {}): Uint8Array =>
    writeZip(new Map(entriesOf(tensors).map(([name, x]) => [`${name}.npy`, encodeNpy(x)])), compress),
)
