/** Grey images and the class of each: pixels 0–255, row-major. */
export interface LabelledImages {
  /** `[count, height, width]` of `images`. */
  readonly shape: readonly [count: number, height: number, width: number]
  readonly images: Uint8Array
  readonly labels: Uint8Array
}

/** A data set, divided as its makers divided it. */
export interface ImageDataset {
  readonly train: LabelledImages
  readonly test: LabelledImages
}
