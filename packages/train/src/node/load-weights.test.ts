import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { np } from '@puregrad/core'
import { encodeNpz, encodeSafetensors } from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/temporary.js'
import { loadWeights } from './load-weights.js'

const inFolder = temporaryFolder()
const { cases } = JSON.parse(
  readFileSync(new URL('../../../formats/test/fixtures/pth.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly { readonly name: string; readonly file: string }[] }
const torchFile = (name: string): Uint8Array =>
  new Uint8Array(Buffer.from(cases.find((one) => one.name === name)?.file ?? '', 'base64'))
const own = { 'a.w': np.array([1, 2]), 'b.w': np.array([3]) }

const written = async (name: string, bytes: Uint8Array): Promise<string> => {
  await writeFile(inFolder(name), bytes)
  return inFolder(name)
}
const namesOf = (loaded: E.Either<unknown, ReadonlyMap<string, unknown>>): readonly string[] => {
  if (E.isLeft(loaded)) throw new Error(JSON.stringify(loaded.left))
  return [...loaded.right.keys()]
}

describe('loadWeights', () => {
  it.each([
    ['new.pth', () => torchFile('a state dict, zip')],
    ['old.pt', () => torchFile('a state dict, pickles')],
  ])('reads what PyTorch saved: %s', async (name, bytes) => {
    const file = await written(name, bytes())
    expect(namesOf(await loadWeights(file)())).toContain('norm.running_mean')
    expect(namesOf(await loadWeights(file, { under: 'conv' })())).toEqual(['weight', 'bias'])
  })

  it.each([
    ['own.npz', () => encodeNpz(own)],
    ['own.safetensors', () => encodeSafetensors(own)],
    // A header of 0x80 bytes begins as a pickle does.
    ['own.bin', () => encodeSafetensors(own, { note: 'n'.repeat(23) })],
  ])('reads other files by their first bytes: %s', async (name, bytes) => {
    const file = await written(name, bytes())
    expect(
      namesOf(await loadWeights(file)())
        .slice()
        .sort(),
    ).toEqual(['a.w', 'b.w'])
    expect(namesOf(await loadWeights(file, { under: 'a' })())).toEqual(['w'])
    expect(await loadWeights(file, { under: 'c' })()).toMatchObject({ left: { kind: 'missing', file } })
  })

  it('gives the error of the format', async () => {
    const cut = await written('cut.pth', torchFile('a state dict, zip').subarray(0, 500))
    expect(await loadWeights(cut)()).toMatchObject({ left: { _tag: 'DataError', file: cut, kind: 'magic' } })
  })
})
