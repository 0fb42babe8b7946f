/** What can be wrong with a checkpoint. */
export type CheckpointErrorKind =
  | 'missing'
  | 'unreadable'
  | 'unwritable'
  | 'magic'
  | 'version'
  | 'truncated'
  | 'trailing'
  | 'header'
  | 'hash'
  | 'tree'
  | 'shape'
  | 'dtype'

/** A checkpoint that cannot be used or written: which file, which leaf, what it should have held, what it holds, the cure. */
export interface CheckpointError {
  readonly _tag: 'CheckpointError'
  readonly kind: CheckpointErrorKind
  readonly file: string
  /** Where in the tree, as code writes it; null if it is not about one leaf. */
  readonly leaf: string | null
  readonly expected: string
  readonly found: string
  readonly cure: string
}

/**
 * A `CheckpointError` from its parts.
 * @internal
 */
export const checkpointError = (
  kind: CheckpointErrorKind,
  parts: Omit<CheckpointError, '_tag' | 'kind'>,
): CheckpointError => ({ _tag: 'CheckpointError', kind, ...parts })

/**
 * A `CheckpointError` as one sentence a person can act on.
 * @example
 * const decoded = decodeCheckpoint(new Uint8Array(3), { file: 'a' })
 * E.isLeft(decoded) && showCheckpointError(decoded.left).slice(0, 42) // 'CheckpointError: a: expected at least 48 b'
 */
export const showCheckpointError = ({ file, leaf, expected, found, cure }: CheckpointError): string =>
  `CheckpointError: ${file}${leaf === null ? '' : `: ${leaf}`}: expected ${expected}, found ${found}. ${cure}`

/**
 * Whether the file itself is bad, so that an older one may serve: not so if it is a good file of another model.
 * @internal
 */
export const isDamage = ({ kind }: CheckpointError): boolean =>
  ['magic', 'truncated', 'trailing', 'header', 'hash'].includes(kind)
