/** Numbers by name, such as `{ loss: 0.21, accuracy: 0.94 }`. */
export type Metrics = Readonly<Record<string, number>>

/** What one epoch of training gave. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number
  readonly train: Metrics
  readonly validation?: Metrics
  readonly seconds: number
}

/** The epochs of a training, in order. */
export type History = readonly EpochRecord[]
