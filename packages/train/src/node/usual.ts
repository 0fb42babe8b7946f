/** The host that `fit` has unless said, in Node. */
export { nodeHost as usualHost } from './host.js'
