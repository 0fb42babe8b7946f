/** Checkpoints: trainings under way first, then any tree in a file or a folder, then the bytes and what can be wrong. */
export { type FoundSession, loadLatestSession, loadSession, saveSession } from './sessions.js'
export { type LoadCheckpointOptions, loadCheckpoint, saveCheckpoint } from './checkpoint.js'
export {
  type FoundCheckpoint,
  listCheckpoints,
  loadBest,
  loadLatest,
  type SaveInFolderOptions,
  saveInFolder,
} from './folder.js'
export { type Checkpoint, type DecodeCheckpointOptions, decodeCheckpoint } from './decode.js'
export { encodeCheckpoint } from './format.js'
export type { Json } from './metadata.js'
export { type CheckpointError, type CheckpointErrorKind, showCheckpointError } from './checkpointError.js'
