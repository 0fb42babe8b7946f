/** Scans of a JPEG image: each fills in coefficients, whole blocks or, if progressive, some of their bits. */
import { damaged, type Refuse } from '../../bytes/decoding.js'
import type { Component, Frame } from './frame.js'
import { type Bits, bitsFrom, type Codes } from './huffman.js'

/** Where the coefficients lie that follow one another in the file (ITU-T T.81, figure A.6). */
export const zigzag = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21],
  ...[28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61],
  ...[54, 47, 55, 62, 63],
)

export interface ScanPart {
  readonly component: Component
  readonly dc: Codes | undefined
  readonly ac: Codes | undefined
}

export interface Scan {
  readonly parts: readonly ScanPart[]
  /** The coefficients from `from` to `to`, and the bits: all above `low`, or if `high` is not 0 only the bit `low`. */
  readonly from: number
  readonly to: number
  readonly high: number
  readonly low: number
  /** Units between restart markers, 0 if there are none. */
  readonly restartInterval: number
}

/** Decodes one block, whose coefficients begin at `at`. */
type DecodeBlock = (part: number, at: number) => void

interface BlockDecoder {
  readonly block: DecodeBlock
  readonly restart: () => void
}

const codesOrRefuse = (codes: Codes | undefined, refuse: Refuse): Codes => {
  if (codes !== undefined) return codes
  throw refuse('syntax', 'the Huffman tables of a scan', 'none', damaged)
}

const beyond = (refuse: Refuse) => refuse('syntax', '64 coefficients a block', 'more', damaged)

/** The difference of a DC coefficient to the one before. */
const difference = (bits: Bits, codes: Codes, refuse: Refuse): number => {
  const size = bits.symbol(codes)
  if (size > 15) throw refuse('syntax', 'DC coefficients of at most 15 bits', `${size}`, damaged)
  return bits.signed(size)
}

const sequential = ({ parts }: Scan, bits: Bits, refuse: Refuse): BlockDecoder => {
  const tables = parts.map(({ dc, ac }) => [codesOrRefuse(dc, refuse), codesOrRefuse(ac, refuse)] as const)
  const last = parts.map(() => 0)
  return {
    restart: () => last.fill(0),
    block: (part, at) => {
      const { coefficients } = (parts[part] as ScanPart).component
      const [dc, ac] = tables[part] as readonly [Codes, Codes]
      const value = (last[part] as number) + difference(bits, dc, refuse)
      last[part] = value
      coefficients[at] = value
      for (let k = 1; k < 64; k++) {
        const symbol = bits.symbol(ac)
        const size = symbol & 15
        k += symbol >> 4
        if (size === 0) {
          if (symbol === 0xf0) continue
          break
        }
        if (k > 63) throw beyond(refuse)
        coefficients[at + (zigzag[k] as number)] = bits.signed(size)
      }
    },
  }
}

const progressiveDc = ({ parts, high, low }: Scan, bits: Bits, refuse: Refuse): BlockDecoder => {
  const last = parts.map(() => 0)
  const coefficientsOf = (part: number): Int16Array => (parts[part] as ScanPart).component.coefficients
  if (high !== 0) {
    const block: DecodeBlock = (part, at) => {
      if (bits.take(1) === 1) coefficientsOf(part)[at] = (coefficientsOf(part)[at] as number) | (1 << low)
    }
    return { block, restart: () => {} }
  }
  const tables = parts.map(({ dc }) => codesOrRefuse(dc, refuse))
  return {
    restart: () => last.fill(0),
    block: (part, at) => {
      const value = (last[part] as number) + difference(bits, tables[part] as Codes, refuse)
      last[part] = value
      coefficientsOf(part)[at] = value << low
    },
  }
}

/** The first bits of AC coefficients; a run of blocks may hold none (ITU-T T.81, G.1.2.2). */
const progressiveAc = ({ parts, from, to, low }: Scan, bits: Bits, refuse: Refuse): BlockDecoder => {
  const { component, ac } = parts[0] as ScanPart
  const codes = codesOrRefuse(ac, refuse)
  let empty = 0
  return {
    restart: () => {
      empty = 0
    },
    block: (_, at) => {
      if (empty > 0) {
        empty--
        return
      }
      for (let k = from; k <= to; k++) {
        const symbol = bits.symbol(codes)
        const [run, size] = [symbol >> 4, symbol & 15]
        if (size === 0 && run < 15) {
          empty = (1 << run) + bits.take(run) - 1
          return
        }
        k += run
        if (size === 0) continue
        if (k > to) throw beyond(refuse)
        component.coefficients[at + (zigzag[k] as number)] = bits.signed(size) * (1 << low)
      }
    },
  }
}

/** One bit more of AC coefficients: of those that are not 0, and new ones between them (ITU-T T.81, G.1.2.3). */
const refiningAc = ({ parts, from, to, low }: Scan, bits: Bits, refuse: Refuse): BlockDecoder => {
  const { component, ac } = parts[0] as ScanPart
  const { coefficients } = component
  const codes = codesOrRefuse(ac, refuse)
  const bit = 1 << low
  let empty = 0
  const refine = (at: number): void => {
    const value = coefficients[at] as number
    if (bits.take(1) === 1 && (Math.abs(value) & bit) === 0) coefficients[at] = value + (value > 0 ? bit : -bit)
  }
  /** Refines coefficients from k on and passes `zeros` that are 0; gives the place of the next that is 0. */
  const pass = (at: number, k: number, zeros: number): number => {
    let left = zeros
    for (let i = k; i <= to; i++) {
      const place = at + (zigzag[i] as number)
      if (coefficients[place] !== 0) refine(place)
      else if (left-- === 0) return i
    }
    return to + 1
  }
  return {
    restart: () => {
      empty = 0
    },
    block: (_, at) => {
      let k = from
      while (k <= to && empty === 0) {
        const symbol = bits.symbol(codes)
        const [run, size] = [symbol >> 4, symbol & 15]
        if (size > 1) throw refuse('syntax', 'new coefficients of one bit', `${size}`, damaged)
        if (size === 0 && run < 15) {
          empty = (1 << run) + bits.take(run)
          break
        }
        const value = size === 0 ? 0 : bits.take(1) === 1 ? bit : -bit
        k = pass(at, k, run)
        if (value !== 0) {
          if (k > to) throw beyond(refuse)
          coefficients[at + (zigzag[k] as number)] = value
        }
        k++
      }
      if (empty > 0) {
        pass(at, k, 64)
        empty--
      }
    },
  }
}

const decoderOf = (frame: Frame, scan: Scan, bits: Bits, refuse: Refuse): BlockDecoder => {
  if (!frame.progressive) return sequential(scan, bits, refuse)
  if (scan.from === 0) return progressiveDc(scan, bits, refuse)
  return (scan.high === 0 ? progressiveAc : refiningAc)(scan, bits, refuse)
}

/** Decodes the scan that begins at byte `start` into the coefficients of its components; the byte behind it. */
export const decodeScan = (bytes: Uint8Array, start: number, frame: Frame, scan: Scan, refuse: Refuse): number => {
  const { parts, restartInterval } = scan
  const bits = bitsFrom(bytes, start, refuse)
  const decoder = decoderOf(frame, scan, bits, refuse)
  let units = 0
  const nextUnit = (): void => {
    if (restartInterval > 0 && units > 0 && units % restartInterval === 0) {
      bits.restart(units / restartInterval - 1)
      decoder.restart()
    }
    units++
  }
  const [only] = parts
  if (parts.length === 1 && only !== undefined) {
    // A scan of one component goes through its own blocks, as many as the image needs.
    const { width, height, stride } = only.component
    for (let line = 0; line < Math.ceil(height / 8); line++) {
      for (let column = 0; column < Math.ceil(width / 8); column++) {
        nextUnit()
        decoder.block(0, 64 * (line * stride + column))
      }
    }
    return bits.position()
  }
  const [across, down] = [Math.ceil(frame.width / (8 * frame.h)), Math.ceil(frame.height / (8 * frame.v))]
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      nextUnit()
      for (let part = 0; part < parts.length; part++) {
        const { h, v, stride } = (parts[part] as ScanPart).component
        for (let y = 0; y < v; y++)
          for (let x = 0; x < h; x++) decoder.block(part, 64 * ((row * v + y) * stride + column * h + x))
      }
    }
  }
  return bits.position()
}
