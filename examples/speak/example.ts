import { defineExample } from '../runner/example.js'
import { speak } from './speak.js'

export const example = defineExample({
  name: 'speak',
  title: 'A WaveNet speaks digits',
  description: 'a network learns speech sample by sample, and makes up some of its own faster than real time',
  data: { files: 'DIR/fsdd/recordings', standIn: 'made voices' },
  settings: {
    steps: { default: 1500, description: 'steps of training, each of two parts of recordings' },
    classes: { default: 0, least: 0, description: 'classes of samples; 0: 256 and 64, one after the other' },
    length: { default: 4000, description: 'samples of each sound that is made up' },
    judge: { default: 150, description: 'use only the first N recordings of who is judged by' },
    validate: { default: 0, least: 0, description: '1: judge by another speaker, to choose settings by' },
  },
  run: speak,
})
