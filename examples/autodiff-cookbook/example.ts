import { defineExample } from '../runner/example.js'
import { cook } from './recipes.js'

export const example = defineExample({
  name: 'autodiff-cookbook',
  title: 'Autodiff cookbook',
  description: 'derivatives of every kind of one small logistic regression',
  data: null,
  settings: { steps: { default: 50, description: 'steps of the descent' } },
  run: cook,
})
