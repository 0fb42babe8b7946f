import { defineExample } from '../runner/example.js'
import { study } from './studies.js'

export const example = defineExample({
  name: 'regularise',
  title: 'Two claims, put to the test',
  description: 'what batch normalisation and dropout do, with several starts each',
  data: { files: 'MNIST, the four idx files in DIR or DIR/mnist', standIn: 'digits drawn from strokes' },
  settings: {
    seeds: { default: 5, description: 'how many starts each network gets' },
    images: { default: 10_000, description: 'images for the first claim' },
    few: { default: 1000, description: 'images for the second claim' },
    epochs: { default: 5, description: 'how often every image is seen, thrice as often for the second claim' },
  },
  run: study,
})
