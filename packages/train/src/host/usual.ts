/** The host that `fit` has unless said, and the workers that there are, anywhere but in Node. */
export { pageHost as usualHost } from './page-host.js'
export { pageWorkers as usualWorkers } from './page-workers.js'
