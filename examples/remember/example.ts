import { defineExample } from '../runner/example.js'
import { remember } from './remember.js'

export const example = defineExample({
  name: 'remember',
  title: 'Learning without forgetting',
  description: 'what a second task does to the first, and seven cures',
  data: {
    files: 'DIR/mnist, DIR/fashion-mnist and DIR/cifar10',
    standIn: 'digits drawn from strokes',
  },
  settings: {
    seeds: { default: 3, description: 'how many starts each method gets; the figures are their medians' },
    stories: { default: 3, description: 'how many of the three stories are told' },
    part: { default: 100, description: 'how much of the training sets is learnt from, in percent' },
    tune: { default: 0, least: 0, description: '1 chooses strengths anew, on images that are not learnt from' },
  },
  run: remember,
})
