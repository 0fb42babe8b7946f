/** Order by JAX's names: sorting, the largest, and taking rows by the positions that these give. */
export { argsort, type SortOptions, sort, sortKeyVal, topK } from '../primitives/sort.js'
export { addRows, takeRows } from '../primitives/take-rows.js'
