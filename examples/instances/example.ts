import { defineExample } from '../runner/example.js'
import { instances } from './instances.js'

export const example = defineExample({
  name: 'instances',
  title: 'Which nucleus a pixel is of',
  description: 'Mask R-CNN on photographs of cells, beside the boxes that it finds, filled',
  data: { files: 'DIR/dsb2018', standIn: 'drawn nuclei' },
  settings: {
    epochs: { default: 60, description: 'how often a part of every image is seen' },
    batch: { default: 4, description: 'parts of images per step' },
    width: { default: 12, description: 'channels of the first stage' },
    side: { default: 96, least: 16, description: 'pixels a side of a part, a multiple of 8' },
    limit: { default: 120, least: 5, description: 'use only the first N images' },
    validate: { default: 0, least: 0, description: '1: judge by every fifth training image, to choose settings by' },
  },
  run: instances,
})
