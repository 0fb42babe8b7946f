/** Models: what they see with first, then the networks. */
export * as boxes from './vision/boxes.js'
export type { BoxCoding, BoxFormat } from './vision/boxes.js'
export { batchedNms, type Kept, type NmsOptions, nms, type SoftNmsOptions, softNms } from './vision/nms.js'
export { type RoiAlignOptions, type RoiPoolOptions, roiAlign, roiPool } from './vision/roi.js'
