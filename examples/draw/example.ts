import { defineExample } from '../runner/example.js'
import { draw } from './draw.js'

export const example = defineExample({
  name: 'draw',
  title: 'Pictures that nobody drew',
  description: 'DCGAN, a conditional BigGAN, a variational auto-encoder and diffusion, judged by one judge',
  data: {
    files: 'DIR/mnist and DIR/fashion-mnist',
    standIn: 'digits drawn from strokes',
  },
  settings: {
    only: { default: 0, least: 0, description: '0 all painters, 1 DCGAN, 2 BigGAN, 3 the auto-encoder, 4 diffusion' },
    subjects: { default: 1, description: '1 MNIST, 2 and Fashion-MNIST' },
    seeds: { default: 1, description: 'how many starts each painter gets; the figures are their medians' },
    part: { default: 100, description: 'how much of the training sets is learnt from, in percent' },
    steps: { default: 100, description: 'how many of its steps a painter makes, in percent' },
    samples: { default: 5000, least: 16, description: 'how many pictures are judged, beside as many real ones' },
    validate: { default: 0, least: 0, description: '1 judges beside images to choose by, not those of the test set' },
  },
  run: draw,
})
