// Writes packages/models/src/text/training/trainer.generated.ts: what workers that train tokenizers run. The build of models runs it.
import { fileURLToPath } from 'node:url'
import { keep, programFile } from './worker-program.mjs'

const folder = 'packages/models/src/text/training'

/** The text of the file. */
export const trainerFile = () => programFile(folder, 'trainerProgram', 'trainer.mjs')

if (process.argv[1] === fileURLToPath(import.meta.url)) await keep(folder, 'trainer.generated.ts', await trainerFile())
