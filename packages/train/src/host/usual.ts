/** The host that `fit` has unless said, anywhere but in Node. */
export { pageHost as usualHost } from './page-host.js'
