import { defineExample } from '../runner/example.js'
import { classify } from './classify.js'

export const example = defineExample({
  name: 'classify',
  title: 'VGG, ResNet and DenseNet',
  description: 'three families of one size, augmentation, and depth without skip connections',
  data: { files: 'CIFAR-10, binary, gzipped or not, in DIR or DIR/cifar10', standIn: 'shapes drawn in ten classes' },
  settings: {
    epochs: { default: 30, description: 'how often the families see every picture' },
    deepEpochs: { default: 4, description: 'how often the deep networks do' },
    limit: { default: 50_000, description: 'use only the first N pictures to learn from' },
    validate: { default: 0, least: 0, description: '1: judge by every fifth training picture, to choose settings by' },
  },
  run: classify,
})
