/** Gives tensors their methods. Importing this module once is enough. */
import { convertElementType } from '../primitives/convert.js'
import { installOperators } from '../tensor.js'
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
    eq: equal,
    ne: notEqual,
    lt: less,
    le: lessEqual,
    gt: greater,
    ge: greaterEqual,
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
