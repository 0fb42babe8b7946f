/** fast-check where nothing can be loaded late: in browsers and their bundles. */
export { default } from 'fast-check'
