/**
 * `augment`: pure functions of a key and a scene, which is an image with its boxes, masks and keypoints. First what scenes are and how
 * augmentations compose, then what moves pixels, what changes their colours, and what mixes scenes.
 */
export type { ImageSize, Scene } from './scene.js'
export { type Augmentation, type AugmentationStep, batch, chain, Monoid, sometimes } from './chain.js'
export type { Range } from './ranges.js'

export { flip, type FlipOptions } from './flip.js'
export { crop, type CropOptions } from './crop.js'
export { type Margins, pad, type PadSceneOptions, resize, type ResizeSceneOptions } from './resize.js'
export { resizedCrop, type ResizedCropOptions } from './resized-crop.js'
export { affine, type AffineOptions } from './affine.js'
export type { Sampling } from './sampling.js'

export {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  colorJitter,
  type ColorJitterOptions,
} from './colour.js'
export { cutOut, type CutOutOptions } from './cut-out.js'
export { fitBoxes } from './fit-boxes.js'

export { mixUp, type MixUpOptions } from './mix-up.js'
export { mosaic, type MosaicOptions } from './mosaic.js'
