/** Weights in and out: the formats of files first, then names and layouts of other libraries. */
export { type NamedTensors, nameLeaves, type ReadTensors, type TensorsByName, tensorNamed } from './named.js'
export { decodeSafetensors, encodeSafetensors, type Safetensors } from './safetensors.js'
export { decodeNpy, encodeNpy } from './npy.js'
export { type DecodeNpzOptions, decodeNpz, type EncodeNpzOptions, encodeNpz } from './npz.js'
export { decodeTfjs, type TfjsModel } from './tfjs.js'
export { loadTfjs } from './loadTfjs.js'

export {
  exportWeights,
  type ImportOptions,
  importWeights,
  type Misfit,
  showWeightsError,
  type WeightsError,
} from './mapping.js'
export { type Convert, channelsLast, flattened, identity, type Layout, one, type Rule, same, swapped } from './rules.js'
export * as keras from './keras.js'
export * as torch from './torch.js'
export { torchIgnored, torchRules } from './torch.js'
