/** Numbers by name, such as `{ loss: 0.21, accuracy: 0.94 }`. */
export type Metrics = Readonly<Record<string, number>>

/** What one epoch of training gave. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number
  /**
   * Means over the epoch, each step measured before its update. Of a function of one's own that gives one number of a batch, the
   * mean over batches, each by its number of examples; numbers for each example and those of `losses` and `metrics` add up exactly.
   */
  readonly train: Metrics
  /** Measured after the epoch. */
  readonly validation?: Metrics
  readonly seconds: number
  /** The epoch was stopped before its end, so that `train` tells of its first steps only. */
  readonly interrupted?: true
}

/** The epochs of a training, in order. */
export type History = readonly EpochRecord[]
