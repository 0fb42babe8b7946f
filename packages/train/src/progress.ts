/** Telling how far a training is. */
import type { Metrics } from './history.js'

/** Shows how far an epoch is, and leaves one line about each. */
export interface Progress {
  /** A new epoch of so many steps begins. */
  readonly begin: (name: string, steps: number) => void
  /** So many of its steps are done. */
  readonly step: (done: number, metrics?: Metrics) => void
  /** The epoch is over: its line replaces the bar. */
  readonly end: (metrics?: Metrics) => void
  /** Takes the bar away, also in the middle of an epoch. */
  readonly stop: () => void
}

/**
 * Metrics in a row, four significant digits each.
 * @example writeMetrics({ loss: 0.123456, accuracy: 1 }) // 'loss 0.1235  accuracy 1.000'
 */
export const writeMetrics = (metrics: Metrics): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${Number.isFinite(value) ? value.toPrecision(4) : value}`)
    .join('  ')

/**
 * Seconds for people.
 * @example writeDuration(3725) // '1 h 02 min'
 */
export const writeDuration = (seconds: number): string => {
  const whole = Math.round(seconds)
  const two = (n: number): string => String(n).padStart(2, '0')
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
  if (whole >= 60) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${whole} s`
}
