/** Gives tensors their methods. Importing this module once is enough. */
import { convertElementType } from '../primitives/convert.js'
import { installOperators } from '../tensor.js'
import { comparison } from '../trace/stage.js'
import { add, divide, multiply, negative, power, remainder, subtract } from './arithmetic.js'
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from './comparison.js'
import { at, sliceAt } from './indexing.js'
import { matmul } from './matmul.js'
import { max, mean, min, sum } from './reductions.js'
import { reshape, transpose } from './shaping.js'
import { unstack } from './splitting.js'

installOperators({
  binary: {
    add,
    sub: subtract,
    mul: multiply,
    div: divide,
    mod: remainder,
    pow: power,
    matmul,
    eq: (x, y) => comparison(equal(x, y), 'eq'),
    ne: (x, y) => comparison(notEqual(x, y), 'ne'),
    lt: (x, y) => comparison(less(x, y), 'lt'),
    le: (x, y) => comparison(lessEqual(x, y), 'le'),
    gt: (x, y) => comparison(greater(x, y), 'gt'),
    ge: (x, y) => comparison(greaterEqual(x, y), 'ge'),
  },
  neg: negative,
  reshape,
  transpose,
  astype: (x, dtype) => convertElementType(x, dtype),
  slice: sliceAt,
  sum,
  mean,
  max,
  min,
  at,
  unstack: (x) => unstack(x),
})
