/** A sound as a picture: its waveform above its spectrogram. */
import { np } from '@puregrad/core'
import { audio } from '@puregrad/models'

const [width, waveHeight, mels] = [128, 48, 64]
export const pictureShape = [waveHeight + mels, width] as const

/** Grey bytes [height, width], time from left to right; the spectrogram in mel bands, low ones below, 60 dB from black to white. */
export const pictureOf = (samples: Float32Array, sampleRate: number): Uint8Array => {
  const [height] = pictureShape
  const pixels = new Uint8Array(height * width).fill(255)
  for (let x = 0; x < width; x++) {
    const part = samples.subarray(
      Math.floor((x * samples.length) / width),
      Math.floor(((x + 1) * samples.length) / width),
    )
    const row = (value: number): number => Math.round(((1 - Math.max(-1, Math.min(1, value))) / 2) * (waveHeight - 1))
    const [high, low] = [part.reduce((a, b) => Math.max(a, b), 0), part.reduce((a, b) => Math.min(a, b), 0)]
    for (let y = row(high); y <= row(low); y++) pixels[y * width + x] = 40
  }
  const hop = Math.max(1, Math.floor(samples.length / width))
  const power = audio.melSpectrogram(np.array(samples), 256, { sampleRate, hop, mels, window: 'hann' })
  const decibels = audio.powerToDb(power, { ref: 'max', topDb: 60 }).toArray() as readonly (readonly number[])[]
  for (let x = 0; x < width; x++)
    for (let band = 0; band < mels; band++) {
      const db = decibels[Math.min(x, decibels.length - 1)]?.[band] as number
      pixels[(height - 1 - band) * width + x] = Math.round(255 * (1 + Math.max(-60, db) / 60))
    }
  return pixels
}
