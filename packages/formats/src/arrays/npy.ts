import { np, operation, type Tensor } from '@puregrad/core'
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../bytes/data-error.js'
import { damaged, decoding, type Named, type Refuse, refusing } from '../bytes/decoding.js'
import { bytesFrom, bytesOfFormat, countOf, type ElementFormat, formatOf, shapeFrom, tensorFrom } from './elements.js'

const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59) // \x93NUMPY (numpy.lib.format)

const formats: ReadonlyMap<string, ElementFormat> = new Map([
  ['b1', 'bool'],
  ['u1', 'u8'],
  ['i1', 'i8'],
  ['u2', 'u16'],
  ['i2', 'i16'],
  ['u4', 'u32'],
  ['i4', 'i32'],
  ['u8', 'u64'],
  ['i8', 'i64'],
  ['f2', 'f16'],
  ['f4', 'f32'],
  ['f8', 'f64'],
])
const descriptions = { bool: '|b1', u8: '|u1', u32: '<u4', i32: '<i4', f32: '<f4', f64: '<f8' } as const

interface Header {
  readonly format: ElementFormat
  readonly bigEndian: boolean
  readonly fortranOrder: boolean
  readonly shape: readonly number[]
}

/** The members of the Python dictionary that a header is, as text. */
const members = (text: string, refuse: Refuse): ReadonlyMap<string, string> => {
  const broken = (found: string) =>
    refuse('syntax', "a header like {'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", found, damaged)
  const body = /^\{(.*)\}[ \n]*$/s.exec(text)?.[1]
  if (body === undefined) throw broken(JSON.stringify(text.slice(0, 60)))
  const member = /\s*'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([\dL, ]*\)|\[.*\])\s*(?:,\s*|$)/sy
  const found = new Map<string, string>()
  while (member.lastIndex < body.length) {
    const at = member.lastIndex
    const [, key, value] = member.exec(body) ?? []
    if (key === undefined || value === undefined) throw broken(JSON.stringify(body.slice(at, at + 60)))
    if (found.has(key)) throw refuse('duplicate', 'every key of the header once', `${key} twice`, damaged)
    found.set(key, value)
  }
  return found
}

const parseHeader = (text: string, refuse: Refuse): Header => {
  const header = members(text, refuse)
  const descr = header.get('descr') ?? ''
  const fortran = header.get('fortran_order') ?? ''
  const shape = header.get('shape') ?? ''
  const [, order = '', kind = ''] = /^'([<>|=])(\w+)'$/.exec(descr) ?? []
  const format = formats.get(kind)
  if (format === undefined || order === '=' || (order === '|' && bytesOfFormat(format) > 1)) {
    throw refuse(
      'unsupported',
      `a dtype with byte order and one of ${[...formats.keys()].join(', ')}`,
      descr === '' ? 'none' : descr.slice(0, 60),
      'Save it with x.astype(np.float32); objects, strings, records and complex numbers are not read.',
    )
  }
  if (!/^(True|False)$/.test(fortran)) throw refuse('syntax', 'fortran_order True or False', fortran || 'none', damaged)
  // (), (3,), (3, 4), and Python 2's (3L,)
  if (!/^\((\d+L?, ?|(\d+L?, ?)+\d+L?,? ?)?\)$/.test(shape))
    throw refuse('syntax', 'a shape like (3, 4)', shape.slice(0, 60) || 'none', damaged)
  const sizes = [...shape.matchAll(/\d+/g)].map(Number)
  return {
    format,
    bigEndian: order === '>',
    fortranOrder: fortran === 'True',
    shape: shapeFrom(sizes, 'array', refuse),
  }
}

/** The array in these bytes, inside `decoding`. */
export const readNpy = (bytes: Uint8Array, refuse: Refuse): Tensor => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 10) throw refuse('truncated', 'a header of at least 10 bytes', `${bytes.length} bytes`, damaged)
  if (!magic.every((b, i) => bytes[i] === b))
    throw refuse(
      'magic',
      '\\x93NUMPY',
      `bytes ${bytes.subarray(0, 6).join(' ')}`,
      'It is not an npy file. Is this the right file?',
    )
  const version = bytes[6] as number
  if (version < 1 || version > 3)
    throw refuse('unsupported', 'version 1, 2 or 3', `version ${version}`, 'Save it with a usual version of NumPy.')
  const prefix = version === 1 ? 10 : 12
  if (bytes.length < prefix)
    throw refuse('truncated', 'a header of at least 12 bytes', `${bytes.length} bytes`, damaged)
  const start = prefix + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (start > bytes.length) throw refuse('truncated', `a header of ${start} bytes`, `${bytes.length} bytes`, damaged)
  const text = new TextDecoder('latin1').decode(bytes.subarray(prefix, start))
  const { format, bigEndian, fortranOrder, shape } = parseHeader(text, refuse)
  const size = countOf(shape) * bytesOfFormat(format)
  const held = bytes.length - start
  if (held !== size) {
    throw refuse(
      held < size ? 'truncated' : 'trailing',
      `${size} bytes of data for [${shape}]`,
      `${held} bytes`,
      damaged,
    )
  }
  const sizes = fortranOrder ? [...shape].reverse() : shape
  const x = tensorFrom(bytes.subarray(start), format, sizes, 'array', refuse, bigEndian)
  return fortranOrder ? np.transpose(x) : x
}

/**
 * Decodes NumPy's npy format, versions 1 to 3, either byte order, C or Fortran order. Integers of 8 and 16 bits become int32
 * (uint16: uint32), those of 64 bits int32 or uint32 if all fit, float16 becomes float32. Pickled objects are refused.
 * @example
 * const decoded = decodeNpy(encodeNpy(np.array([1, 2])), { file: 'x.npy' })
 * E.isRight(decoded) && decoded.right.toArray() // [1, 2]
 */
export const decodeNpy = operation(
  'weights.decodeNpy',
  { at: 1, names: ['file'] },
  (bytes: Uint8Array, { file }: Named): Either<DataError, Tensor> => decoding(() => readNpy(bytes, refusing(file))),
)

/**
 * The bytes that `np.save` of NumPy writes for this array.
 * @example encodeNpy(np.ones([2])).length // 136
 */
export const encodeNpy = (x: Tensor): Uint8Array => {
  const descr = descriptions[formatOf[x.dtype] as keyof typeof descriptions]
  const shape = x.shape.length === 1 ? `(${x.shape[0]},)` : `(${x.shape.join(', ')})`
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`
  // NumPy leaves room for the first axis to grow to 21 digits, and ends the header at a multiple of 64 (numpy.lib.format).
  const room = x.shape.length === 0 ? 0 : 21 - String(x.shape[0]).length
  const used = 10 + dictionary.length + room + 1
  const start = Math.ceil(used / 64) * 64
  const header = new TextEncoder().encode(`${dictionary.padEnd(start - 11)}\n`)
  const elements = bytesFrom(x)
  const out = new Uint8Array(start + elements.length)
  out.set(magic)
  out.set([1, 0, header.length & 255, header.length >> 8], 6)
  out.set(header, 10)
  out.set(elements, start)
  return out
}
