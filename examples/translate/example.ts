import { defineExample } from '../runner/example.js'
import { story } from './translate.js'

export const example = defineExample({
  name: 'translate',
  title: 'From one language to another',
  description: 'a transformer translates English to Japanese, and shows where it looks',
  data: { files: 'DIR/tanaka-enja, pairs of sentences', standIn: 'sentences of a small grammar' },
  settings: {
    epochs: { default: 8, description: 'how often every pair is seen' },
    width: { default: 128, description: 'how long vectors of words are' },
    tokens: { default: 800, description: 'how many words of the target a step sees' },
    heart: { default: 60, description: 'how often 256 pairs are seen that it learns by heart' },
    ask: { default: 0, least: 0, description: '1 asks for sentences at the end, and translates them' },
  },
  run: story,
})
