/** What can be wrong with a data file. */
export type DataErrorKind =
  | 'missing'
  | 'unreadable'
  | 'gzip'
  | 'magic'
  | 'dimensions'
  | 'truncated'
  | 'trailing'
  | 'mismatch'
  | 'label'
  | 'syntax'
  | 'checksum'
  | 'unsupported'
  | 'limit'
  | 'overlap'
  | 'duplicate'
  | 'value'

/** A data file that cannot be used: which one, what it should have held, what it holds, and the likely cure. */
export interface DataError {
  readonly _tag: 'DataError'
  readonly kind: DataErrorKind
  readonly file: string
  readonly expected: string
  readonly found: string
  readonly cure: string
}

/**
 * A `DataError` from its parts.
 * @internal
 */
export const dataError = (kind: DataErrorKind, parts: Omit<DataError, '_tag' | 'kind'>): DataError => ({
  _tag: 'DataError',
  kind,
  ...parts,
})

/**
 * A `DataError` as one sentence a person can act on.
 * @example
 * const [expected, found, cure] = ['a file', 'nothing', 'Make it.']
 * const error = { _tag: 'DataError', kind: 'missing', file: 'a', expected, found, cure } as const
 * showDataError(error) // 'DataError: a: expected a file, found nothing. Make it.'
 */
export const showDataError = ({ file, expected, found, cure }: DataError): string =>
  `DataError: ${file}: expected ${expected}, found ${found}. ${cure}`
