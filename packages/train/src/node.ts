// Everything that runs in a page, then what touches Node: files, folders, the terminal.
export * from './index.js'
export { type LoadCheckpointOptions, loadCheckpoint, saveCheckpoint } from './node/checkpoint.js'
export * as data from './node/data.js'
export {
  type FoundCheckpoint,
  listCheckpoints,
  loadBest,
  loadLatest,
  type SaveInFolderOptions,
  saveInFolder,
} from './node/folder.js'
export { nodeHost } from './node/host.js'
export { type LoadMnistOptions, loadMnist } from './node/load-mnist.js'
export { type ProgressOptions, progressBar } from './node/progress-bar.js'
export { type Found, type FoundSession, loadLatestSession, loadSession, saveSession } from './node/sessions.js'
export * as weights from './node/weights.js'
