/** `nn.losses`: Optax's names. */
export { softmaxCrossEntropyWithIntegerLabels } from './classification.js'
