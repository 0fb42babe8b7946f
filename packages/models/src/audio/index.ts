// biome-ignore-all assist/source/organizeImports: an index is read in this order, not in that of the alphabet
/** Sound as numbers: classes of samples first, then frames and spectra of them, then what ears hear in these, and the ways back. */
export { type MuLawOptions, muLawDecode, muLawEncode } from './mu-law.js'
export { frame, overlapAdd } from './frames.js'
export { window, type WindowName, type WindowOptions } from './windows.js'
export { type FrameOptions, istft, type IstftOptions, type Spectrum, stft, type StftOptions } from './stft.js'
export {
  amplitudeToDb,
  dbToPower,
  type DecibelOptions,
  powerToDb,
  spectrogram,
  type SpectrogramOptions,
} from './spectrogram.js'
export {
  hzToMel,
  melFilters,
  type MelFilterOptions,
  type MelOptions,
  type MelScale,
  type MelScaleOptions,
  melSpectrogram,
  melToHz,
} from './mel.js'
export { dct, deltas, type DeltaOptions, mfcc, type MfccOptions } from './mfcc.js'
export { resample, type ResampleOptions } from './resample.js'
export { griffinLim, type GriffinLimOptions } from './griffin-lim.js'
