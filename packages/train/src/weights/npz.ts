import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../data/dataError.js'
import { decoding, type Named, refusing } from '../data/decoding.js'
import { entriesOf, type NamedTensors, type TensorsByName } from './named.js'
import { encodeNpy, readNpy } from './npy.js'
import { readZip, writeZip } from './zip.js'

/**
 * Decodes NumPy's npz format: a zip archive of npy files, as `np.savez` and `np.savez_compressed` write it. Checksums count.
 * @example
 * const decoded = decodeNpz(encodeNpz({ w: np.ones([2]) }), { file: 'w.npz' })
 * E.isRight(decoded) && decoded.right.get('w')?.toArray() // [1, 1]
 */
export const decodeNpz = (bytes: Uint8Array, { file }: Named): Either<DataError, NamedTensors> =>
  decoding(() => {
    const refuse = refusing(file)
    return new Map(
      [...readZip(bytes, refuse)].map(([name, content]) => {
        if (!name.endsWith('.npy')) {
          throw refuse(
            'unsupported',
            'npy files only',
            JSON.stringify(name.slice(0, 80)),
            'Is it an archive of something else?',
          )
        }
        return [name.slice(0, -4), readNpy(content, refusing(`${file}: ${name}`))]
      }),
    )
  })

export interface EncodeNpzOptions {
  /** Deflates, as `np.savez_compressed` does: false unless said. */
  readonly compress?: boolean
}

/**
 * The bytes of an npz file: the inverse of `decodeNpz`, for `np.load`. The same tensors give the same bytes.
 * @example String.fromCharCode(...encodeNpz({ w: np.ones([2]) }, { compress: true }).subarray(0, 2)) // 'PK'
 */
export const encodeNpz = (tensors: TensorsByName, { compress = false }: EncodeNpzOptions = {}): Uint8Array =>
  writeZip(new Map(entriesOf(tensors).map(([name, x]) => [`${name}.npy`, encodeNpy(x)])), compress)
