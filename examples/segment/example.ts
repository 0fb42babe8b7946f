import { defineExample } from '../runner/example.js'
import { segment } from './segment.js'

export const example = defineExample({
  name: 'segment',
  title: 'Which pixels are nuclei',
  description: 'a U-Net on photographs of cells, beside a threshold that learns nothing',
  data: { files: 'DIR/dsb2018', standIn: 'drawn nuclei' },
  settings: {
    epochs: { default: 60, description: 'how often a part of every image is seen' },
    batch: { default: 4, description: 'parts of images per step' },
    width: { default: 8, description: 'channels of the first level' },
    limit: { default: 120, least: 5, description: 'use only the first N images' },
    validate: { default: 0, least: 0, description: '1: judge by every fifth training image, to choose settings by' },
  },
  run: segment,
})
