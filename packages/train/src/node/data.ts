/** Data, files and folders included. */
export * from '../data/index.js'
export { readBytes, readFileAs } from './file.js'
export {
  fromImageFolder,
  type ImageExample,
  type ImageFolder,
  imageLoader,
  type LoadedImageFolder,
  listImageFolder,
  loadImage,
  loadImageFolder,
} from './image-folder.js'
export { cifar10Files, loadCifar10 } from './load-cifar.js'
