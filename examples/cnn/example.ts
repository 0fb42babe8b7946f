import { defineExample } from '../runner/example.js'
import { compare } from './lenet.js'

export const example = defineExample({
  name: 'cnn',
  title: 'LeNet, twice',
  description: 'a convolutional network with max and with average pooling',
  data: { files: 'MNIST, the four idx files in DIR or DIR/mnist', standIn: 'digits drawn from strokes' },
  settings: {
    epochs: { default: 8, description: 'how often every image is seen' },
    limit: { default: 60_000, description: 'use only the first N images of each set' },
  },
  run: compare,
})
