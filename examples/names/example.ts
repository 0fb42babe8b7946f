import { defineExample } from '../runner/example.js'
import { compare } from './writers.js'

export const example = defineExample({
  name: 'names',
  title: 'Three networks that write names',
  description: 'a simple recurrent network, an LSTM and a GRU learn names letter by letter',
  data: { files: 'DIR/text/names.txt, one name a line', standIn: 'some two hundred names' },
  settings: { epochs: { default: 10, description: 'how often every name is seen' } },
  run: compare,
})
