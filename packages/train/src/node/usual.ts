/** The host that `fit` has unless said, and the workers that there are, in Node. */
export { nodeHost as usualHost } from './host.js'
export { threads as usualWorkers } from './threads.js'
