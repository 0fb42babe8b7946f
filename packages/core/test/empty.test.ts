/**
 * Operands of size 0, for every function that `np` exports: NumPy's shapes and identities (as of NumPy 1.24, whose results these
 * are), or an error of the library that says why there is no result. A new export has to say what it does.
 */
import { np, PuregradError, Tensor, type TensorLike } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const of = (...shape: readonly number[]): Tensor => np.zeros(shape)
const none = of(0)
const ints = np.zeros([0], { dtype: 'int32' })
const { linalg } = np

type Unary = (x: Tensor) => Tensor | readonly Tensor[]
type Binary = (x: TensorLike, y: TensorLike) => Tensor | readonly Tensor[]
const listed = (y: unknown): readonly Tensor[] => (y instanceof Tensor ? [y] : (y as readonly Tensor[]))

const elementwise =
  `abs absolute acos acosh arccos arccosh arcsin arcsinh arctan arctanh around asin asinh atan atanh cbrt ceil
  copy cos cosh deg2rad degrees exp exp2 expm1 fabs fix floor isfinite isinf isnan isneginf isposinf log log10 log1p log2 logicalNot
  nanToNum negative positive rad2deg radians reciprocal rint round sign signbit sin sinc sinh spacing sqrt square tan tanh trunc
  asarray array zerosLike onesLike emptyLike i0 frexp modf`
    .split(/\s+/)
    .filter((name) => name in np)
const wholes = ['bitwiseCount', 'bitwiseInvert', 'bitwiseNot', 'invert']

const pairs =
  `add arctan2 atan2 copysign divide equal floatPower floorDivide fmax fmin fmod greater greaterEqual heaviside hypot isclose
  less lessEqual logaddexp logaddexp2 logicalAnd logicalOr logicalXor maximum minimum mod multiply nextafter notEqual pow power
  remainder subtract trueDivide divmod`.split(/\s+/)
const wholePairs = `bitwiseAnd bitwiseLeftShift bitwiseOr bitwiseRightShift bitwiseXor leftShift rightShift`.split(
  /\s+/,
)

/** Reductions with what they are of nothing: a number, or null where they need an element. */
const reductions: Readonly<Record<string, number | boolean | null>> = {
  all: true,
  any: false,
  amax: null,
  amin: null,
  argmax: null,
  argmin: null,
  average: Number.NaN,
  countNonzero: 0,
  max: null,
  mean: Number.NaN,
  median: Number.NaN,
  min: null,
  nanargmax: null,
  nanargmin: null,
  nanmax: null,
  nanmean: Number.NaN,
  nanmedian: Number.NaN,
  nanmin: null,
  nanprod: 1,
  nanstd: Number.NaN,
  nansum: 0,
  nanvar: Number.NaN,
  prod: 1,
  ptp: null,
  std: Number.NaN,
  sum: 0,
  var: Number.NaN,
}

const refused = Symbol('refused')
type Wanted = readonly number[] | readonly (readonly number[])[] | typeof refused
/** The shape of the result, or of each, or that there is none; what it holds where it holds anything. */
type Case = readonly [call: () => unknown, shape: Wanted, values?: unknown]

const cases: Readonly<Record<string, readonly Case[]>> = {
  allclose: [[() => np.allclose(none, none), [], true]],
  append: [
    [() => np.append(none, none), [0]],
    [() => np.append(none, np.array([1])), [1], [1]],
    [() => np.append(of(0, 2), of(1, 2), { axis: 0 }), [1, 2], [[0, 0]]],
  ],
  applyAlongAxis: [[() => np.applyAlongAxis((v) => v.mul(2), 0, of(3, 0)), [3, 0]]],
  applyOverAxes: [
    [() => np.applyOverAxes((x, axis) => np.sum(x, { axis, keepdims: true }), of(2, 0), [1]), [2, 1], [[0], [0]]],
  ],
  argpartition: [[() => np.argpartition(of(0, 3), 1), [0, 3]]],
  argsort: [
    [() => np.argsort(none), [0]],
    [() => np.argsort(of(2, 0)), [2, 0]],
  ],
  argwhere: [
    [() => np.argwhere(none), [0, 1]],
    [() => np.argwhere(of(2, 0)), [0, 2]],
  ],
  arrayEqual: [
    [() => np.arrayEqual(none, none), [], true],
    [() => np.arrayEqual(none, of(0, 1)), [], false],
  ],
  arrayEquiv: [[() => np.arrayEquiv(none, of(1)), [], true]],
  arraySplit: [[() => np.arraySplit(none, 2), [[0], [0]]]],
  astype: [[() => np.astype(none, 'int32'), [0]]],
  atleast1d: [[() => np.atleast1d(none), [0]]],
  atleast2d: [[() => np.atleast2d(none), [1, 0]]],
  atleast3d: [[() => np.atleast3d(none), [1, 0, 1]]],
  bincount: [
    [() => np.bincount(ints), [0]],
    [() => np.bincount(ints, { minlength: 2 }), [2], [0, 0]],
  ],
  block: [[() => np.block([[of(1, 0), of(1, 2)]]), [1, 2], [[0, 0]]]],
  broadcastArrays: [
    [
      () => np.broadcastArrays(none, of(2, 1)),
      [
        [2, 0],
        [2, 0],
      ],
    ],
  ],
  broadcastTo: [[() => np.broadcastTo(of(1), [0]), [0]]],
  choose: [[() => np.choose(ints, [of(1), of(1)]), [0]]],
  clip: [[() => np.clip(none, 0, 1), [0]]],
  columnStack: [[() => np.columnStack([none, none]), [0, 2]]],
  compress: [[() => np.compress([], of(3)), [0]]],
  concat: [[() => np.concat([none, none]), [0]]],
  concatenate: [
    [() => np.concatenate([none, of(2)]), [2], [0, 0]],
    [() => np.concatenate([of(0, 2), of(0, 3)], { axis: 1 }), [0, 5]],
    [() => np.concatenate([]), refused],
  ],
  convolve: [[() => np.convolve(none, of(2)), refused]],
  corrcoef: [
    [
      () => np.corrcoef(of(2, 0)),
      [2, 2],
      [
        [Number.NaN, Number.NaN],
        [Number.NaN, Number.NaN],
      ],
    ],
  ],
  correlate: [[() => np.correlate(none, of(2)), refused]],
  cov: [
    [
      () => np.cov(of(2, 0)),
      [2, 2],
      [
        [Number.NaN, Number.NaN],
        [Number.NaN, Number.NaN],
      ],
    ],
  ],
  cross: [[() => np.cross(of(0, 3), of(0, 3)), [0, 3]]],
  cumprod: [[() => np.cumprod(none), [0]]],
  cumsum: [
    [() => np.cumsum(none), [0]],
    [() => np.cumsum(of(2, 0), { axis: 1 }), [2, 0]],
  ],
  cumulativeProd: [[() => np.cumulativeProd(none), [0]]],
  cumulativeSum: [[() => np.cumulativeSum(none), [0]]],
  delete: [[() => np.delete(none, []), [0]]],
  diag: [
    [() => np.diag(none), [0, 0]],
    [() => np.diag(of(0, 3)), [0]],
  ],
  diagIndices: [[() => np.diagIndices(0), [[0], [0]]]],
  diagIndicesFrom: [[() => np.diagIndicesFrom(of(0, 0)), [[0], [0]]]],
  diagflat: [[() => np.diagflat(none), [0, 0]]],
  diagonal: [[() => np.diagonal(of(0, 3)), [0]]],
  diff: [[() => np.diff(none), [0]]],
  digitize: [[() => np.digitize(none, np.array([0, 1])), [0]]],
  dot: [
    [() => np.dot(none, none), [], 0],
    [
      () => np.dot(of(2, 0), of(0, 3)),
      [2, 3],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
  ],
  dsplit: [
    [
      () => np.dsplit(of(1, 0, 2), 2),
      [
        [1, 0, 1],
        [1, 0, 1],
      ],
    ],
  ],
  dstack: [[() => np.dstack([none, none]), [1, 0, 2]]],
  ediff1d: [[() => np.ediff1d(none), [0]]],
  einsum: [
    [() => np.einsum('i,i->', none, none), [], 0],
    [() => np.einsum('ij,jk->ik', of(2, 0), of(0, 1)), [2, 1], [[0], [0]]],
  ],
  expandDims: [[() => np.expandDims(none, 0), [1, 0]]],
  extract: [[() => np.extract(np.array([], { dtype: 'bool' }), none), [0]]],
  fillDiagonal: [[() => np.fillDiagonal(of(0, 0), 1), [0, 0]]],
  flatnonzero: [[() => np.flatnonzero(none), [0]]],
  flip: [[() => np.flip(of(2, 0)), [2, 0]]],
  fliplr: [[() => np.fliplr(of(2, 0)), [2, 0]]],
  flipud: [[() => np.flipud(none), [0]]],
  gradient: [[() => np.gradient(none), refused]],
  histogram: [
    [
      () => np.histogram(none, { bins: 2 }),
      [[2], [3]],
      [
        [0, 0],
        [0, 0.5, 1],
      ],
    ],
  ],
  histogramBinEdges: [[() => np.histogramBinEdges(none, { bins: 2 }), [3], [0, 0.5, 1]]],
  histogram2d: [[() => np.histogram2d(none, none, { bins: 1 }).slice(0, 2), [[1, 1], [2]]]],
  histogramdd: [[() => [np.histogramdd(of(0, 2), { bins: 1 })[0]], [[1, 1]], [[[0]]]]],
  hsplit: [[() => np.hsplit(none, 1), [[0]]]],
  hstack: [[() => np.hstack([none, none]), [0]]],
  inner: [
    [() => np.inner(none, none), [], 0],
    [
      () => np.inner(of(2, 0), of(3, 0)),
      [2, 3],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
  ],
  insert: [[() => np.insert(none, 0, 5), [1], [5]]],
  interp: [
    [() => np.interp(none, np.array([0, 1]), np.array([0, 1])), [0]],
    [() => np.interp(of(1), none, none), refused],
  ],
  intersect1d: [[() => np.intersect1d(none, of(2)), [0]]],
  isin: [
    [() => np.isin(none, of(2)), [0]],
    [() => np.isin(of(2), none), [2], [false, false]],
  ],
  kron: [[() => np.kron(of(0, 2), of(2, 2)), [0, 4]]],
  ldexp: [[() => np.ldexp(none, ints), [0]]],
  lexsort: [[() => np.lexsort([none, none]), [0]]],
  matmul: [
    [() => np.matmul(none, none), [], 0],
    [
      () => np.matmul(of(2, 0), of(0, 3)),
      [2, 3],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
    [() => np.matmul(of(0, 2, 3), of(3, 1)), [0, 2, 1]],
  ],
  matrixTranspose: [[() => np.matrixTranspose(of(0, 3)), [3, 0]]],
  matvec: [[() => np.matvec(of(2, 0), none), [2], [0, 0]]],
  meshgrid: [
    [
      () => np.meshgrid(none, of(2)),
      [
        [2, 0],
        [2, 0],
      ],
    ],
  ],
  moveaxis: [[() => np.moveaxis(of(0, 1, 2), 0, 2), [1, 2, 0]]],
  nancumprod: [[() => np.nancumprod(none), [0]]],
  nancumsum: [[() => np.nancumsum(none), [0]]],
  nanpercentile: [[() => np.nanpercentile(none, 50), [], Number.NaN]],
  nanquantile: [[() => np.nanquantile(none, 0.5), [], Number.NaN]],
  nonzero: [[() => np.nonzero(of(2, 0)), [[0], [0]]]],
  outer: [[() => np.outer(none, of(2)), [0, 2]]],
  pad: [
    [() => np.pad(none, 1), [2], [0, 0]],
    [() => np.pad(none, 1, { mode: 'reflect' }), refused],
    [() => np.pad(none, 1, { mode: 'edge' }), refused],
  ],
  partition: [[() => np.partition(of(0, 3), 1), [0, 3]]],
  percentile: [[() => np.percentile(none, 50), refused]],
  permuteDims: [[() => np.permuteDims(of(0, 2), [1, 0]), [2, 0]]],
  poly: [[() => np.poly(none), [], 1]],
  polyadd: [[() => np.polyadd(none, of(1)), [1], [0]]],
  polyder: [[() => np.polyder(of(1)), [0]]],
  polydiv: [[() => np.polydiv(none, of(1)), refused]],
  polyfit: [[() => np.polyfit(none, none, 1), refused]],
  polyint: [[() => np.polyint(none), [1], [0]]],
  polymul: [[() => np.polymul(none, of(1)), refused]],
  polysub: [[() => np.polysub(none, none), [0]]],
  polyval: [
    [() => np.polyval(none, of(2)), [2], [0, 0]],
    [() => np.polyval(of(2), none), [0]],
  ],
  put: [[() => np.put(of(2), ints, none), [2], [0, 0]]],
  putAlongAxis: [[() => np.putAlongAxis(of(2), ints, none, 0), [2], [0, 0]]],
  quantile: [[() => np.quantile(none, 0.5), refused]],
  ravel: [[() => np.ravel(of(2, 0)), [0]]],
  ravelMultiIndex: [[() => np.ravelMultiIndex([ints, ints], [2, 3]), [0]]],
  repeat: [[() => np.repeat(none, 3), [0]]],
  reshape: [
    [() => np.reshape(none, [3, 0]), [3, 0]],
    [() => np.reshape(none, [0, -1]), refused],
    [() => np.reshape(none, [2, -1]), [2, 0]],
  ],
  resize: [[() => np.resize(none, [2]), refused]],
  roll: [[() => np.roll(none, 1), [0]]],
  rollaxis: [[() => np.rollaxis(of(1, 0), 1), [0, 1]]],
  rot90: [[() => np.rot90(of(2, 0)), [0, 2]]],
  searchsorted: [
    [() => np.searchsorted(none, of(2)), [2], [0, 0]],
    [() => np.searchsorted(of(2), none), [0]],
  ],
  select: [[() => np.select([np.array([], { dtype: 'bool' })], [none]), [0]]],
  setdiff1d: [[() => np.setdiff1d(none, of(1)), [0]]],
  setxor1d: [[() => np.setxor1d(none, none), [0]]],
  sort: [
    [() => np.sort(none), [0]],
    [() => np.sort(of(2, 0)), [2, 0]],
  ],
  split: [[() => np.split(none, 2), [[0], [0]]]],
  squeeze: [[() => np.squeeze(of(1, 0)), [0]]],
  stack: [
    [() => np.stack([none, none]), [2, 0]],
    [() => np.stack([]), refused],
  ],
  swapaxes: [[() => np.swapaxes(of(0, 2), 0, 1), [2, 0]]],
  take: [
    [() => np.take(of(2), ints), [0]],
    [() => np.take(none, 0), refused],
  ],
  takeAlongAxis: [[() => np.takeAlongAxis(of(2), ints, { axis: 0 }), [0]]],
  tensordot: [
    [
      () => np.tensordot(of(2, 0), of(0, 3), { axes: 1 }),
      [2, 3],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
  ],
  tile: [[() => np.tile(none, 2), [0]]],
  topk: [[() => np.topk(none, 0), [[0], [0]]]],
  trace: [[() => np.trace(of(0, 0)), [], 0]],
  transpose: [[() => np.transpose(of(0, 2)), [2, 0]]],
  trapezoid: [[() => np.trapezoid(none), [], 0]],
  tril: [[() => np.tril(of(0, 3)), [0, 3]]],
  trilIndices: [[() => np.trilIndices(0), [[0], [0]]]],
  trilIndicesFrom: [[() => np.trilIndicesFrom(of(0, 0)), [[0], [0]]]],
  trimZeros: [
    [() => np.trimZeros(none), [0]],
    [() => np.trimZeros(of(3)), [0]],
  ],
  triu: [[() => np.triu(of(0, 3)), [0, 3]]],
  triuIndices: [[() => np.triuIndices(0), [[0], [0]]]],
  triuIndicesFrom: [[() => np.triuIndicesFrom(of(0, 0)), [[0], [0]]]],
  union1d: [[() => np.union1d(none, none), [0]]],
  unique: [[() => np.unique(none), [0]]],
  uniqueAll: [[() => Object.values(np.uniqueAll(none)), [[0], [0], [0], [0]]]],
  uniqueCounts: [[() => Object.values(np.uniqueCounts(none)), [[0], [0]]]],
  uniqueInverse: [[() => Object.values(np.uniqueInverse(none)), [[0], [0]]]],
  uniqueValues: [[() => np.uniqueValues(none), [0]]],
  unravelIndex: [[() => np.unravelIndex(ints, [2, 3]), [[0], [0]]]],
  unstack: [
    [() => np.unstack(none), []],
    [() => np.unstack(of(2, 0)), [[0], [0]]],
  ],
  unwrap: [[() => np.unwrap(none), [0]]],
  vander: [[() => np.vander(none, { N: 2 }), [0, 2]]],
  vdot: [[() => np.vdot(none, none), [], 0]],
  vecdot: [[() => np.vecdot(of(2, 0), of(2, 0)), [2], [0, 0]]],
  vecmat: [[() => np.vecmat(none, of(0, 2)), [2], [0, 0]]],
  vsplit: [
    [
      () => np.vsplit(of(2, 0), 2),
      [
        [1, 0],
        [1, 0],
      ],
    ],
  ],
  vstack: [[() => np.vstack([none, none]), [2, 0]]],
  where: [[() => np.where(np.array([], { dtype: 'bool' }), none, none), [0]]],

  // Made from sizes.
  arange: [[() => np.arange(0), [0]]],
  bartlett: [[() => np.bartlett(0), [0]]],
  blackman: [[() => np.blackman(0), [0]]],
  empty: [[() => np.empty([0, 2]), [0, 2]]],
  eye: [[() => np.eye(0), [0, 0]]],
  fromfunction: [[() => np.fromfunction((i) => i, [0]), [0]]],
  full: [[() => np.full([0], 3), [0]]],
  fullLike: [[() => np.fullLike(none, 3), [0]]],
  geomspace: [[() => np.geomspace(1, 2, { num: 0 }), [0]]],
  hamming: [[() => np.hamming(0), [0]]],
  hanning: [[() => np.hanning(0), [0]]],
  identity: [[() => np.identity(0), [0, 0]]],
  indices: [[() => np.indices([0, 2]), [2, 0, 2]]],
  kaiser: [[() => np.kaiser(0, 1), [0]]],
  linspace: [[() => np.linspace(0, 1, 0), [0]]],
  logspace: [[() => np.logspace(0, 1, { num: 0 }), [0]]],
  ones: [[() => np.ones([0]), [0]]],
  tri: [[() => np.tri(0), [0, 0]]],
  zeros: [[() => np.zeros([0]), [0]]],

  'linalg.cholesky': [[() => linalg.cholesky(of(0, 0)), [0, 0]]],
  'linalg.cond': [[() => linalg.cond(of(0, 0)), refused]],
  'linalg.cross': [[() => linalg.cross(of(0, 3), of(0, 3)), [0, 3]]],
  'linalg.det': [
    [() => linalg.det(of(0, 0)), [], 1],
    [() => linalg.det(of(0, 2, 2)), [0]],
  ],
  'linalg.diagonal': [[() => linalg.diagonal(of(0, 3)), [0]]],
  'linalg.eigh': [[() => linalg.eigh(of(0, 0)), [[0], [0, 0]]]],
  'linalg.eigvalsh': [[() => linalg.eigvalsh(of(0, 0)), [0]]],
  'linalg.inv': [[() => linalg.inv(of(0, 0)), [0, 0]]],
  'linalg.lstsq': [[() => [linalg.lstsq(of(3, 0), of(3))[0]], [[0]]]],
  'linalg.matmul': [[() => linalg.matmul(of(2, 0), of(0, 1)), [2, 1], [[0], [0]]]],
  'linalg.matrixNorm': [[() => linalg.matrixNorm(of(0, 0)), [], 0]],
  'linalg.matrixPower': [[() => linalg.matrixPower(of(0, 0), 3), [0, 0]]],
  'linalg.matrixRank': [[() => linalg.matrixRank(of(0, 0)), [], 0]],
  'linalg.matrixTranspose': [[() => linalg.matrixTranspose(of(0, 3)), [3, 0]]],
  'linalg.multiDot': [[() => linalg.multiDot([of(2, 0), of(0, 3), of(3, 1)]), [2, 1], [[0], [0]]]],
  'linalg.norm': [
    [() => linalg.norm(none), [], 0],
    [() => linalg.norm(none, { ord: Number.POSITIVE_INFINITY }), refused],
    [() => linalg.norm(none, { ord: Number.NEGATIVE_INFINITY }), refused],
    [() => linalg.norm(of(0, 0), { ord: 2 }), refused],
    [() => linalg.norm(of(0, 0), { ord: 1 }), refused],
    [() => linalg.norm(of(2, 0), { ord: Number.POSITIVE_INFINITY }), [], 0],
    [() => linalg.norm(of(2, 0), { axis: 1 }), [2], [0, 0]],
  ],
  'linalg.outer': [[() => linalg.outer(none, of(2)), [0, 2]]],
  'linalg.pinv': [[() => linalg.pinv(of(0, 3)), [3, 0]]],
  'linalg.qr': [
    [
      () => linalg.qr(of(3, 0)),
      [
        [3, 0],
        [0, 0],
      ],
    ],
  ],
  'linalg.slogdet': [[() => linalg.slogdet(of(0, 0)), [[], []], [1, 0]]],
  'linalg.solve': [[() => linalg.solve(of(0, 0), of(0, 2)), [0, 2]]],
  'linalg.sqrtm': [
    [() => linalg.sqrtm(of(0, 0)), [0, 0]],
    [() => linalg.sqrtm(of(0, 2, 2)), [0, 2, 2]],
  ],
  'linalg.svd': [[() => linalg.svd(of(2, 0), { fullMatrices: false }), [[2, 0], [0], [0, 0]]]],
  'linalg.svdvals': [[() => linalg.svdvals(of(0, 2)), [0]]],
  'linalg.tensordot': [[() => linalg.tensordot(none, none, { axes: 1 }), [], 0]],
  'linalg.tensorinv': [[() => linalg.tensorinv(of(0, 0), { ind: 1 }), [0, 0]]],
  'linalg.tensorsolve': [[() => linalg.tensorsolve(of(0, 0), none), [0]]],
  'linalg.trace': [[() => linalg.trace(of(0, 0)), [], 0]],
  'linalg.vecdot': [[() => linalg.vecdot(of(2, 0), of(2, 0)), [2], [0, 0]]],
  'linalg.vectorNorm': [[() => linalg.vectorNorm(none), [], 0]],
}

/** Of no tensors, or of what is no number. */
const others =
  `broadcastShapes canCast finfo iinfo isdtype isscalar issubdtype ndim promoteTypes resultType shape size`.split(' ')

const value = (name: string): unknown =>
  name.split('.').reduce((inside, key) => (inside as Record<string, unknown>)[key], np as unknown)

it('every function of np says what it makes of nothing', () => {
  const functionsOf = (room: object, inside: string): readonly string[] =>
    Object.entries(room).flatMap(([key, x]) =>
      typeof x === 'function' ? [inside + key] : typeof x === 'object' && x !== null ? functionsOf(x, `${key}.`) : [],
    )
  const told = [
    ...elementwise,
    ...wholes,
    ...pairs,
    ...wholePairs,
    ...Object.keys(reductions),
    ...Object.keys(cases),
    ...others,
  ]
  expect([...told].sort()).toEqual([...functionsOf(np, '')].sort())
})

describe('operations on each element', () => {
  const shapes = [[0], [0, 3], [2, 0], [2, 0, 3]]
  it.each([...elementwise.map((name) => [name, none] as const), ...wholes.map((name) => [name, ints] as const)])(
    '%s keeps the shape',
    (name, like) => {
      for (const shape of shapes) {
        const results = listed((value(name) as Unary)(np.reshape(like, shape)))
        for (const y of results) expect([y.shape, y.data().length]).toEqual([shape, 0])
      }
    },
  )
  it.each([...pairs.map((name) => [name, none] as const), ...wholePairs.map((name) => [name, ints] as const)])(
    '%s broadcasts',
    (name, like) => {
      const f = value(name) as Binary
      const [row, column] = [np.reshape(like, [1, 0]), np.ones([3, 1], { dtype: like.dtype })]
      for (const y of listed(f(row, column))) expect(y.shape).toEqual([3, 0])
      for (const y of listed(f(column, row))) expect(y.shape).toEqual([3, 0])
      for (const y of listed(f(like, 1))) expect(y.shape).toEqual([0])
      expect(() => f(like, np.ones([2], { dtype: like.dtype }))).toThrow(PuregradError)
    },
  )
})

describe('reductions', () => {
  it.each(Object.entries(reductions))('%s', (name, identity) => {
    const f = value(name) as (x: Tensor, options?: object) => Tensor
    if (identity === null) {
      expect(() => f(none)).toThrow(PuregradError)
      expect(() => f(of(2, 0), { axis: 1 })).toThrow(PuregradError)
    } else {
      expect(f(none).toArray()).toEqual(identity)
      expect(f(of(2, 0), { axis: 1 }).toArray()).toEqual([identity, identity])
    }
    expect(f(of(2, 0), { axis: 0 }).shape).toEqual([0])
  })
})

const held = (y: Tensor): unknown => y.toArray()

it.each(Object.entries(cases).flatMap(([name, list]) => list.map((c, i) => [`${name} ${i + 1}`, c] as const)))(
  '%s',
  (_, [call, shape, values]) => {
    if (shape === refused) return expect(call).toThrow(PuregradError)
    const y = call()
    const one = y instanceof Tensor
    expect(one ? y.shape : listed(y).map((part) => part.shape)).toEqual(shape)
    if (values !== undefined) expect(one ? held(y) : listed(y).map(held)).toEqual(values)
  },
)
