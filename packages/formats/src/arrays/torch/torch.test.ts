import { readFileSync } from 'node:fs'
import { np, type Tensor } from '@puregrad/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { encodeNpz } from '../npz.js'
import { type DecodeTorchOptions, decodeTorch, type TorchFile } from './torch.js'

/** Files that PyTorch 1.13 wrote, and what is in them: a tensor is its shape and its numbers. */
interface Golden {
  readonly cases: readonly {
    readonly name: string
    readonly file: string
    readonly holds: Readonly<Record<string, unknown>>
  }[]
  readonly refused: readonly { readonly name: string; readonly file: string; readonly global_: string }[]
  readonly odd: Readonly<Record<string, string>>
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/fixtures/pth.json', import.meta.url), 'utf8'))
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))
const decode = (bytes: Uint8Array, options: Omit<DecodeTorchOptions, 'file'> = {}) =>
  decodeTorch(bytes, { file: 'x.pth', ...options })
const read = (bytes: Uint8Array, options: Omit<DecodeTorchOptions, 'file'> = {}): TorchFile => {
  const result = decode(bytes, options)
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}
const failure = (bytes: Uint8Array, options: Omit<DecodeTorchOptions, 'file'> = {}) => {
  const result = decode(bytes, options)
  if (E.isRight(result)) throw new Error('decoded what it should refuse')
  return result.left
}
const caseOf = (name: string): Uint8Array => bytesOf(golden.cases.find((one) => one.name === name)?.file ?? '')
const numbers = (x: Tensor | undefined): readonly number[] => Array.from(x?.data() ?? [], Number)

/** A pickle by its opcodes in an archive like torch's. */
const opcodes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : [...part])),
  )
const legacyMagic = opcodes([0x80, 2, 0x8a, 10], [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19], '.')
/** The same in the format before, in which a file is but pickles. */
const legacy = (pickle: Uint8Array): Uint8Array =>
  Uint8Array.from([
    ...legacyMagic,
    ...opcodes([0x80, 2], 'M', [0xe9, 3], '.', [0x80, 2], '}.'),
    ...pickle,
    ...opcodes([0x80, 2], '].'),
  ])

describe('decodeTorch', () => {
  it.each(golden.cases)('reads what PyTorch saved: $name', ({ file, holds }) => {
    const { tensors, metadata } = read(bytesOf(file))
    const isTensor = (value: unknown): value is readonly [number[], number[]] =>
      Array.isArray(value) && Array.isArray(value[0])
    const [expected, plain] = [true, false].map((wanted) =>
      Object.entries(holds).filter(([, value]) => isTensor(value) === wanted),
    ) as [[string, readonly [number[], number[]]][], [string, unknown][]]
    expect([...tensors.keys()]).toEqual(expected.map(([name]) => name))
    for (const [name, [shape, data]] of expected) {
      const x = tensors.get(name)
      expect([name, x?.shape]).toEqual([name, shape])
      expect([name, numbers(x)]).toEqual([name, data])
    }
    expect(Object.fromEntries(metadata)).toEqual(Object.fromEntries(plain))
  })

  it('gives the dtypes that the other decoders give', () => {
    const { tensors } = read(caseOf('all dtypes, zip'))
    expect(Object.fromEntries([...tensors].map(([name, x]) => [name, x.dtype]))).toEqual({
      f64: 'float64',
      f16: 'float32',
      bf16: 'float32',
      i64: 'int32',
      i32: 'int32',
      i16: 'int32',
      i8: 'int32',
      u8: 'uint8',
      bool: 'bool',
      bool_transposed: 'bool',
    })
    expect(failure(bytesOf(golden.odd.large ?? ''))).toMatchObject({ kind: 'value', found: '1099511627776 at index 0' })
  })

  it('takes the part under a name, which names go without', () => {
    const { tensors, metadata } = read(caseOf('a checkpoint, zip'), { under: 'state_dict' })
    expect([...tensors.keys()]).toEqual([...read(caseOf('a state dict, zip')).tensors.keys()])
    expect(metadata.size).toBe(0)
    expect([...read(caseOf('a state dict, zip'), { under: 'conv' }).tensors.keys()]).toEqual(['weight', 'bias'])
    const missing = failure(caseOf('a checkpoint, zip'), { under: 'model' })
    expect(missing).toMatchObject({ kind: 'missing', expected: 'something under "model"' })
    expect(missing.found).toContain('state_dict, optimizer, epoch')
  })

  it.each(golden.refused)('runs nothing, and names what it refuses: $name', ({ file, global_ }) => {
    const error = failure(bytesOf(file))
    expect(error).toMatchObject({ kind: 'unsupported', found: global_, file: 'x.pth' })
    expect(error.cure).toContain('torch.save(model.state_dict(), path)')
  })

  it('allows no name that JavaScript has and torch has not', () => {
    for (const name of ['builtins\neval', 'torch\n__proto__', 'torch._utils\nconstructor', 'posix\nsystem']) {
      const error = failure(legacy(opcodes([0x80, 2], `c${name}\n.`)))
      expect(error).toMatchObject({ kind: 'unsupported', found: name.replace('\n', '.') })
    }
    const error = failure(legacy(opcodes([0x80, 2], 'ctorch\nFloatStorage\n)R.')))
    expect(error).toMatchObject({ kind: 'unsupported', found: expect.stringContaining('a call of a TypeName') })
  })

  it.each(['complex', 'complex, pickles'])('leaves out tensors of which there are none here: %s', (name) => {
    const { tensors } = read(bytesOf(golden.odd[name] ?? ''))
    expect([...tensors].map(([key, x]) => [key, numbers(x)])).toEqual([
      ['w', [1, 1]],
      ['v', [0]],
    ])
    expect(tensors.leftOut.get('c')).toMatchObject({ kind: 'unsupported', found: 'torch.ComplexFloatStorage' })
  })

  it('refuses tensors that repeat few elements beyond the limit, and archives that unpack beyond it', () => {
    expect(failure(bytesOf(golden.odd.much ?? ''))).toMatchObject({ kind: 'limit', found: String(2 ** 32) })
    expect(failure(caseOf('a state dict, zip'), { maxBytes: 100 })).toMatchObject({ kind: 'limit' })
    expect(failure(caseOf('views of one storage, pickles'), { maxBytes: 100 })).toMatchObject({ kind: 'limit' })
  })

  it('refuses lists that hold themselves, or each other over and over', () => {
    // A list in itself; then fifty lists, each of which holds the one before it twice.
    expect(failure(legacy(opcodes([0x80, 2], ']q', [0], 'h', [0], 'a.')))).toMatchObject({
      kind: 'limit',
      found: '100 levels',
    })
    const doubled = Array.from({ length: 50 }, (_, i) => [...opcodes(']q', [i + 1], '(h', [i], 'h', [i], 'e0')]).flat()
    const lists = legacy(opcodes([0x80, 2], ']q', [0], 'K', [1], 'a0', doubled, 'h', [50], '.'))
    expect(failure(lists)).toMatchObject({ kind: 'limit' })
    const sizes = opcodes([0x80, 2], ']q', [0], '0', doubled, 'ctorch\nSize\n', 'h', [50], [0x85], 'R.')
    expect(failure(legacy(sizes))).toMatchObject({ kind: 'syntax', found: 'a list of 2' })
  })

  it('refuses names that two leaves have, keys that are none and other archives', () => {
    const text = (value: string) => ['X', [value.length, 0, 0, 0], value] as const
    const twice = opcodes([0x80, 2], '}(', ...text('a.b'), 'K', [1], ...text('a'), '}', ...text('b'), 'K', [2], 'su.')
    expect(failure(legacy(twice))).toMatchObject({ kind: 'duplicate', found: '"a.b" twice' })
    expect(failure(legacy(opcodes([0x80, 2], '}NK', [1], 's.')))).toMatchObject({
      kind: 'unsupported',
      found: '"null"',
    })
    expect(failure(encodeNpz({ w: np.ones([1]) }))).toMatchObject({
      kind: 'magic',
      expected: expect.stringContaining('data.pkl'),
    })
    expect(failure(opcodes([0x80, 2], 'K', [1], '.'))).toMatchObject({ kind: 'magic', found: 'another pickle' })
    expect(failure(Uint8Array.of(8, 0, 0, 0))).toMatchObject({ kind: 'magic', found: 'bytes 8 0 0 0' })
  })

  it('notices a changed bit of an archive, by its checksum', () => {
    const bytes = caseOf('one tensor, zip')
    const at = Buffer.from(bytes).indexOf(Buffer.from(Float32Array.of(1, 2).buffer))
    bytes[at + 7] = 0x41
    expect(failure(bytes).kind).toBe('checksum')
  })
})
