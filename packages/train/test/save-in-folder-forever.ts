/** Saves into a folder, step after step, until it is killed: `saveInFolderForever.ts FOLDER FROM`. */
import { np } from '@puregrad/core'
import { isLeft } from 'fp-ts/lib/Either.js'
import { saveInFolder } from '../src/node/folder.js'

const [, , folder = '', from = '0'] = process.argv
for (let step = Number(from); ; step++) {
  const saved = await saveInFolder(folder, step, { w: np.full([200_000], step) }, { step }, { best: step % 2 === 0 })()
  if (isLeft(saved)) throw new Error(saved.left.found)
  process.stdout.write(`${step}\n`)
}
