/** Voices that are made: each letter of a digit's name is a vowel of its own, spoken at the pitch of who speaks. */
import { loudest, type Recording, sampleRate } from './recording.js'

export const digitNames = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'] as const

const pitches = { george: 105, lucas: 125, nicolas: 150, theo: 180, yweweler: 140 } as const
const takes = 2
const letterLength = 360 // samples of a letter: 45 ms

/** A number from 0 to 1 by chance, another one for each state (Steele et al. 2014, SplitMix). */
const chance = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) | 0
    const mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    const more = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((more ^ (more >>> 15)) >>> 0) / 2 ** 32
  }
}

/** Two frequencies that are loud in a letter, in Hz. */
const formants = (letter: string): readonly [number, number] => {
  const place = letter.charCodeAt(0) - 97
  return [300 + 90 * (place % 6), 1000 + 420 * Math.floor(place / 6)]
}

const speak = (name: string, pitch: number, seed: number): Float32Array => {
  const random = chance(seed)
  const [bent, pace] = [pitch * (0.95 + 0.1 * random()), letterLength * (0.95 + 0.1 * random())]
  const length = Math.round(pace * name.length)
  const samples = new Float32Array(length)
  let phase = 0
  for (let t = 0; t < length; t++) {
    phase += (2 * Math.PI * bent) / sampleRate
    const [low, high] = formants(name[Math.min(name.length - 1, Math.floor(t / pace))] as string)
    let sum = 0
    for (let h = 1; h * bent < 3600; h++) {
      const far = (formant: number, width: number): number => ((h * bent - formant) / width) ** 2
      sum += Math.sin(h * phase) * (Math.exp(-far(low, 120)) + 0.6 * Math.exp(-far(high, 160)))
    }
    // Letters begin and end softly.
    samples[t] = (sum + 0.04 * (random() - 0.5)) * (0.2 + Math.sin((Math.PI * (t % pace)) / pace))
  }
  return loudest(samples)
}

/** Five speakers, each of whom says every digit twice; always the same. */
export const madeVoices = (): readonly Recording[] =>
  Object.entries(pitches).flatMap(([speaker, pitch], s) =>
    digitNames.flatMap((name, digit) =>
      Array.from({ length: takes }, (_, take) => ({
        digit,
        speaker,
        samples: speak(name, pitch, 1000 * s + 10 * digit + take),
      })),
    ),
  )
