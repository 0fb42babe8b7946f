import { defineExample } from '../runner/example.js'
import { pretrained } from './pretrained.js'

export const example = defineExample({
  name: 'pretrained',
  title: 'What others trained, and what it looks at',
  description: 'networks from elsewhere give their logits to 1e-3, and show where they see a class',
  data: {
    files: 'DIR/pretrained, DIR/cifar10 and DIR/mnist',
    standIn: 'drawn digits, learnt here and read back from a file',
  },
  settings: {},
  run: pretrained,
})
