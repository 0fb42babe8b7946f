import { defineExample } from '../runner/example.js'
import { write } from './write.js'

export const example = defineExample({
  name: 'write',
  title: 'A GPT that writes plays',
  description:
    'a small transformer learns Shakespeare letter by letter, beside counting, and goes on where a line was begun',
  data: { files: 'DIR/text/tinyshakespeare.txt', standIn: 'a play of made-up lines' },
  settings: {
    steps: { default: 2000, description: 'steps of training' },
    batch: { default: 12, description: 'windows a step' },
    context: { default: 64, least: 2, description: 'characters of a window' },
    width: { default: 128, least: 8, description: 'features of a character, in four heads' },
    layers: { default: 4, description: 'blocks of attention' },
    characters: { default: 600, description: 'how many characters it writes' },
    ask: { default: 0, least: 0, description: '1 asks for lines at the end, and goes on with them' },
    validate: { default: 0, least: 0, description: '1: judge by the validation part, to choose settings by' },
  },
  run: write,
})
