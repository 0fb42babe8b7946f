import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { loadTfjs } from './load-tfjs.js'

const w = { name: 'w', shape: [2], dtype: 'float32' }

describe('loadTfjs', () => {
  it('reads the shards beside model.json, and names the one that is missing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'puregrad-tfjs-'))
    await writeFile(
      join(directory, 'model.json'),
      JSON.stringify({ weightsManifest: [{ paths: ['a.bin'], weights: [w] }] }),
    )
    const missing = await loadTfjs(join(directory, 'model.json'))()
    expect(E.isLeft(missing) && missing.left).toMatchObject({ kind: 'missing', file: join(directory, 'a.bin') })
    await writeFile(join(directory, 'a.bin'), new Uint8Array(Float32Array.of(1, 2).buffer))
    const loaded = await loadTfjs(join(directory, 'model.json'))()
    expect(E.isRight(loaded) && loaded.right.tensors.get('w')?.toArray()).toEqual([1, 2])
    await rm(directory, { recursive: true })
  })
})
