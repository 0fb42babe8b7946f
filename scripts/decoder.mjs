// Writes packages/train/src/data/decoding/decoder.generated.ts: what workers that decode images run. The build of train runs it.
import { fileURLToPath } from 'node:url'
import { keep, programFile } from './worker-program.mjs'

const folder = 'packages/train/src/data/decoding'

/** The text of the file. */
export const decoderFile = () => programFile(folder, 'decoderProgram', 'decoder.mjs')

if (process.argv[1] === fileURLToPath(import.meta.url)) await keep(folder, 'decoder.generated.ts', await decoderFile())
