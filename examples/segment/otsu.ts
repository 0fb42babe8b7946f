/** Otsu's threshold (1979), without any learning: the brightness that splits an image into two parts that are each most alike. */

/**
 * The threshold of grey values for which the variance between those up to it and those above is largest.
 * @example otsuThreshold(Uint8Array.of(10, 12, 11, 200, 201)) // 12
 */
export const otsuThreshold = (grey: Uint8Array): number => {
  const counts = new Float64Array(256)
  for (const value of grey) counts[value] = (counts[value] as number) + 1
  const sum = counts.reduce((total, count, value) => total + count * value, 0)
  let [below, belowSum, best, threshold] = [0, 0, -1, 0]
  for (let value = 0; value < 256; value++) {
    below += counts[value] as number
    belowSum += value * (counts[value] as number)
    const above = grey.length - below
    if (below === 0 || above === 0) continue
    const between = below * above * (belowSum / below - (sum - belowSum) / above) ** 2
    if (between > best) [best, threshold] = [between, value]
  }
  return threshold
}

/** Grey values of colours, by ITU-R BT.601. */
export const greyOf = (colours: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: colours.length / 3 }, (_, i) => {
    const [red, green, blue] = [colours[3 * i], colours[3 * i + 1], colours[3 * i + 2]] as [number, number, number]
    return Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
  })

/** Where an image of [pixels, 3] is brighter than its threshold: ones and zeros. */
export const otsuMask = (colours: Uint8Array): Uint8Array => {
  const grey = greyOf(colours)
  const threshold = otsuThreshold(grey)
  return grey.map((value) => (value > threshold ? 1 : 0))
}
