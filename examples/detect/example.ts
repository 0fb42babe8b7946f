import { defineExample } from '../runner/example.js'
import { detect } from './detect.js'

export const example = defineExample({
  name: 'detect',
  title: 'Where the cells are',
  description: 'YOLO and Faster R-CNN on photographs of blood',
  data: { files: 'DIR/bccd-160x120', standIn: 'drawn cells' },
  settings: {
    epochs: { default: 40, description: 'how often every image is seen' },
    batch: { default: 4, description: 'images per step' },
    width: { default: 8, description: 'channels of the first stage' },
    limit: { default: 100, least: 5, description: 'use only the first N images' },
    validate: { default: 0, least: 0, description: '1: judge by every fifth training image, to choose settings by' },
  },
  run: detect,
})
