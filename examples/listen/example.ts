import { defineExample } from '../runner/example.js'
import { listen } from './listen.js'

export const example = defineExample({
  name: 'listen',
  title: 'What did they say?',
  description: 'a recogniser writes down spoken digits letter by letter, said by a voice that it never heard',
  data: { files: 'DIR/fsdd/recordings', standIn: 'made voices' },
  settings: {
    epochs: { default: 30, description: 'how often every recording is heard' },
    batch: { default: 16, description: 'recordings per step' },
    width: { default: 64, description: 'features of each direction of the LSTMs' },
    validate: { default: 0, least: 0, description: '1: judge by another speaker, to choose settings by' },
  },
  run: listen,
})
