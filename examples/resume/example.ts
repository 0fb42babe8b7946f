import { defineExample } from '../runner/example.js'
import { train } from './resume.js'

export const example = defineExample({
  name: 'resume',
  title: 'Killed and resumed, to the same bits',
  description: 'a training that saves its session and goes on from the latest one whenever it is started',
  data: null,
  settings: {
    epochs: { default: 4, description: 'how often every image is seen' },
    images: { default: 2000, description: 'drawn digits to learn from' },
  },
  run: train,
})
