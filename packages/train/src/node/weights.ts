/** Weights in and out, files included. */
export * from '../weights.js'
export { loadTfjs } from './load-tfjs.js'
export { type LoadWeightsOptions, loadWeights } from './load-weights.js'
