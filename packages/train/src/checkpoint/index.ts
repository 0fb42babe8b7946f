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
export {
  type Checkpoint,
  type DecodeCheckpointOptions,
  decodeCheckpoint,
  encodeCheckpoint,
  type Json,
  type CheckpointError,
  type CheckpointErrorKind,
  showCheckpointError,
} from '@puregrad/formats'
