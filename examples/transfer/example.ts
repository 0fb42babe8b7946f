import { defineExample } from '../runner/example.js'
import { transfer } from './transfer.js'

export const example = defineExample({
  name: 'transfer',
  title: 'Weights from elsewhere',
  description: 'networks that others trained give what they gave there, and serve another task',
  data: {
    files: 'DIR/pretrained, DIR/cifar10, DIR/mnist and DIR/text',
    standIn: 'drawn digits, features learnt on those from 0 to 4',
  },
  settings: {},
  run: transfer,
})
