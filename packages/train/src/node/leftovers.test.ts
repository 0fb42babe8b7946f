import { createHash } from 'node:crypto'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/temporary.js'
import { removeLeftoversOf, temporaryOf } from './leftovers.js'

const inFolder = temporaryFolder()
const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
// No process has this number: it is above the largest that Linux gives (2^22).
const nobody = 4_999_999
const random = '0123456789abcdef'

/** Which of these files are still there after a sweep. */
const swept = async (file: string, names: readonly string[], ageInHours = 0): Promise<readonly string[]> => {
  for (const name of names) {
    await writeFile(inFolder(name), 'x')
    const then = Date.now() / 1000 - 3600 * ageInHours
    await utimes(inFolder(name), then, then)
  }
  await removeLeftoversOf(inFolder(file))
  const left = await readdir(inFolder())
  return names.filter((name) => left.includes(name))
}

describe('temporary files', () => {
  it('have names that no one else takes, of a length that disks allow', () => {
    const names = Array.from({ length: 100 }, () => temporaryOf('a/model.ckpt'))
    expect(new Set(names).size).toBe(100)
    expect(Buffer.byteLength(basename(temporaryOf('ü'.repeat(120))))).toBeLessThan(255)
  })

  it('of living writers stay: of this process, of another, of another host', async () => {
    const own = basename(temporaryOf('a'))
    const others = [`.a.${host}-1-1-${random}.writing`, `.a.00000000-${nobody}-1-${random}.writing`]
    expect(await swept('a', [own, ...others, `.a.${process.pid}-1.writing`])).toHaveLength(4)
  })

  it('of dead writers go, of both forms', async () => {
    expect(await swept('b', [`.b.${host}-${nobody}-1-${random}.writing`, `.b.${nobody}-3.writing`])).toEqual([])
  })

  it.runIf(process.platform === 'linux')('of an earlier process with our number go', async () => {
    expect(await swept('c', [`.c.${host}-${process.pid}-1-${random}.writing`])).toEqual([])
  })

  it('that nobody touched for an hour go, whoever wrote them', async () => {
    const names = [`.d.00000000-1-1-${random}.writing`, `.d.${process.pid}-1.writing`, basename(temporaryOf('d'))]
    expect(await swept('d', names, 0.9)).toHaveLength(3)
    expect(await swept('d', names, 1.1)).toEqual([])
  })

  it('of other files stay', async () => {
    expect(await swept('e', [`.f.${nobody}-3.writing`, `e.${nobody}-3.writing`, '.e.writing'], 2)).toHaveLength(3)
  })
})
