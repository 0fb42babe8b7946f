import { parseArgs } from 'node:util'
import { showCheckpointError } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import { train } from './resume.js'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'out' },
    epochs: { type: 'string', default: '4' },
    images: { type: 'string', default: '2000' },
  },
})
const [epochs, images] = [Number(values.epochs), Number(values.images)]
const outcome = await train({ out: values.out, epochs, images }, console.log)
if (E.isLeft(outcome)) {
  console.error(showCheckpointError(outcome.left))
  process.exitCode = 1
} else {
  const { fingerprint, history } = outcome.right
  const last = history.at(-1)
  console.log(`Validation accuracy ${last?.validation?.accuracy?.toFixed(4)} after ${history.length} epochs`)
  console.log(`Fingerprint ${fingerprint}`)
}
