import { defineExample } from '../runner/example.js'
import { compare } from './descent.js'

export const example = defineExample({
  name: 'logistic-regression',
  title: 'Three ways down one hill',
  description: 'a linear classifier by gradient descent, SGD and Adam',
  data: { files: "scikit-learn's DIR/tabular/iris.csv and digits.csv.gz", standIn: 'three clouds of points' },
  settings: { epochs: { default: 30, description: 'how often every row is seen' } },
  run: compare,
})
