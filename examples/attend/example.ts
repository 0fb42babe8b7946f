import { defineExample } from '../runner/example.js'
import { attend } from './attend.js'

export const example = defineExample({
  name: 'attend',
  title: 'What attention learns',
  description: 'two causal blocks learn to copy, reverse, sort and add, and show where they look',
  data: null,
  settings: {
    epochs: { default: 8, description: 'how many parts the training of a task has' },
    steps: { default: 150, description: 'steps of 32 new sequences in each of them' },
  },
  run: attend,
})
