/** Checkpoints as bytes: trainings under way first, then any tree, then what can be wrong. */
export {
  type DecodeSessionOptions,
  type DecodeSession,
  decodeSession,
  encodeSession,
  type LoopState,
} from './session-bytes.js'
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
