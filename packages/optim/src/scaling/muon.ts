/** Muon's update: momentum whose singular values are all set to about 1, by a few matrix products. */
import { np, operation, ShapeError, type Tensor } from '@puregrad/core'
import { average, increment, noSteps, type Scalar, times } from '../moments.js'
import { euclidean } from '../norms.js'
import { type GradientTransformation, type Moments, stateless } from '../transformation.js'
import { mapTree, momentsOf } from '../trees.js'
import { firstMoment } from './adam.js'

/** Which axes of a parameter go in and which come out; others are a batch of matrices. */
export interface MuonDimensionNumbers {
  readonly reductionAxis: number | readonly number[]
  readonly outputAxis: number | readonly number[]
}

/** The dimension numbers of a leaf. */
export type DimensionNumbersOf = (leaf: Tensor) => MuonDimensionNumbers

export const matrixDimensions: MuonDimensionNumbers = { reductionAxis: 0, outputAxis: 1 }

/** a, b and c of the polynomial a x + b x³ + c x⁵. */
export type Coefficients = readonly [number, number, number]

// Jordan et al. 2024, Muon: coefficients of the quintic whose slope at 0 is as steep as stays within [0.7, 1.2] at 1.
const newtonSchulzCoefficients: Coefficients = [3.4445, -4.775, 2.0315]

const axesOf = (given: number | readonly number[], ndim: number): readonly number[] =>
  [given].flat().map((axis) => (axis < 0 ? axis + ndim : axis))

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

/** Axes of a leaf, those of the batch first, and how many values each kind holds. */
const layoutOf = (x: Tensor, { reductionAxis, outputAxis }: MuonDimensionNumbers) => {
  const [inputs, outputs] = [axesOf(reductionAxis, x.ndim), axesOf(outputAxis, x.ndim)]
  const named = [...inputs, ...outputs]
  if (x.ndim < 2 || new Set(named).size < named.length || named.some((axis) => !(axis in x.shape))) {
    throw new ShapeError(
      `muon: a parameter of shape [${x.shape}] is no matrix from axes [${inputs}] to axes [${outputs}]. Name different axes that it has, or leave it to adam.`,
    )
  }
  const batch = x.shape.map((_, axis) => axis).filter((axis) => !named.includes(axis))
  const sizes = (axes: readonly number[]): number => product(axes.map((axis) => x.shape[axis] as number))
  return { order: [...batch, ...named], batch: sizes(batch), fanIn: sizes(inputs), fanOut: sizes(outputs) }
}

export interface OrthogonalizeOptions {
  /** Coefficients a, b, c of the polynomial a x + b x³ + c x⁵, the same at each step or those of each. */
  readonly nsCoeffs?: Coefficients | readonly Coefficients[]
  /** How often it is applied: 5 unless said. */
  readonly nsSteps?: number
  /** Added to the norm: 1e-8 unless said. */
  readonly eps?: number
  /** What is a matrix in x: axes 0 and 1 unless said. */
  readonly dimensionNumbers?: MuonDimensionNumbers
}

/** The polynomials in order, the last `steps` of a list. */
const polynomialsOf = (nsCoeffs: Coefficients | readonly Coefficients[], steps: number): readonly Coefficients[] => {
  const listed = nsCoeffs.filter((c): c is Coefficients => typeof c === 'object')
  if (listed.length === 0) return Array.from({ length: steps }, () => nsCoeffs as Coefficients)
  return listed.slice(-steps)
}

/**
 * The orthogonal matrix nearest to x, roughly: x = U Σ Vᵀ ↦ U f(Σ) Vᵀ with f near 1, by steps x ↦ a x + (b A + c A²) x with
 * A = x xᵀ, from x / ‖x‖ on. Jordan et al. 2024.
 * @throws ShapeError if x has no such axes
 * @example
 * const nsCoeffs = [2, -1.5, 0.5] as const
 * orthogonalizeViaNewtonSchulz(np.array([[3, 0], [0, -1]]), { nsSteps: 12, nsCoeffs }).toArray() // [[1, 0], [0, -1]]
 */
export const orthogonalizeViaNewtonSchulz = operation(
  'orthogonalizeViaNewtonSchulz',
  { at: 1, names: ['nsCoeffs', 'nsSteps', 'eps', 'dimensionNumbers'] },
  (x: Tensor, options: OrthogonalizeOptions = {}): Tensor => {
    const {
      nsCoeffs = newtonSchulzCoefficients,
      nsSteps = 5,
      eps = 1e-8,
      dimensionNumbers = matrixDimensions,
    } = options
    const { order, batch, fanIn, fanOut } = layoutOf(x, dimensionNumbers)
    const ordered = np.transpose(x, order)
    const matrices = np.reshape(ordered, [batch, fanIn, fanOut])
    const wide = fanIn > fanOut ? np.swapaxes(matrices, 1, 2) : matrices
    const norms = euclidean(wide, [1, 2])
    const orthogonal = polynomialsOf(nsCoeffs, nsSteps).reduce(
      (y, [a, b, c]) => {
        const gram = np.matmul(y, np.swapaxes(y, 1, 2))
        return y.mul(a).add(np.matmul(gram.mul(b).add(np.matmul(gram, gram).mul(c)), y))
      },
      wide.div(norms.add(eps)),
    )
    const narrow = fanIn > fanOut ? np.swapaxes(orthogonal, 1, 2) : orthogonal
    const back = order.map((_, axis) => order.indexOf(axis))
    return np.transpose(np.reshape(narrow, ordered.shape), back)
  },
)

export interface MuonState {
  readonly count: Tensor
  readonly mu: Moments
}

export interface ScaleByMuonOptions extends Omit<OrthogonalizeOptions, 'dimensionNumbers'> {
  /** Decay of the momentum: 0.95 unless said. */
  readonly beta?: Scalar
  /** Whether the momentum looks one step ahead: true unless said. */
  readonly nesterov?: boolean
  /** Whether updates are scaled by ⟨m, update⟩: false unless said. Bernstein & Newhouse 2024. */
  readonly adaptive?: boolean
  /** What is a matrix in a leaf: axes 0 and 1 unless said. */
  readonly dimensionNumbers?: DimensionNumbersOf
}

/**
 * The momentum of each matrix, orthogonalised. All leaves have to be matrices: `muon` leaves the others to Adam.
 * @throws ShapeError if a leaf is none
 * @example
 * const t = scaleByMuon({ nsSteps: 12, nsCoeffs: [2, -1.5, 0.5] })
 * t.update({ w: np.array([[5, 0], [0, -2]]) }, t.init({ w: np.zeros([2, 2]) }))[0] // { w: [[1, 0], [0, -1]] }
 */
export const scaleByMuon = operation(
  'scaleByMuon',
  { at: 0, names: ['beta', 'nesterov', 'adaptive', 'dimensionNumbers', 'eps', 'nsCoeffs', 'nsSteps'] },
  (options: ScaleByMuonOptions = {}): GradientTransformation<MuonState> => {
    const {
      beta = 0.95,
      nesterov = true,
      adaptive = false,
      dimensionNumbers = () => matrixDimensions,
      ...rest
    } = options
    return {
      init: (params) => ({ count: noSteps(), mu: momentsOf(np.zerosLike, params) }),
      update: (grads, state) => {
        const count = increment(state.count)
        const mu = mapTree(average(beta), grads, state.mu)
        const updates = mapTree(
          (m) => {
            const u = orthogonalizeViaNewtonSchulz(m, { ...rest, dimensionNumbers: dimensionNumbers(m) })
            return adaptive ? u.mul(np.sum(m.mul(u))) : u
          },
          firstMoment(grads, mu, beta, count, nesterov),
        )
        return [updates, { count, mu: mu as Moments }]
      },
    }
  },
)

export interface ScaleByShapeOptions {
  /** What is a matrix in a leaf: axes 0 and 1 unless said. */
  readonly dimensionNumbers?: DimensionNumbersOf
  /** The root mean square that orthogonal updates of every shape get, such as Adam's 0.2. Liu et al. 2025. */
  readonly consistentRms?: Scalar
}

/**
 * Multiplies a matrix of shape [in, out] by √max(1, out / in), so that one learning rate fits all widths, or with
 * `consistentRms` by consistentRms · √max(in, out).
 * @example scaleByShape().update({ w: np.ones([1, 4]) }, null)[0].w.toArray() // [[2, 2, 2, 2]]
 */
export const scaleByShape = operation(
  'scaleByShape',
  { at: 0, names: ['dimensionNumbers', 'consistentRms'] },
  (options: ScaleByShapeOptions = {}): GradientTransformation<null> => {
    const { dimensionNumbers = () => matrixDimensions, consistentRms } = options
    return stateless((grads) =>
      mapTree((u) => {
        const { fanIn, fanOut } = layoutOf(u, dimensionNumbers(u))
        if (consistentRms === undefined) return u.mul(Math.sqrt(Math.max(1, fanOut / fanIn)))
        return times(u.mul(Math.sqrt(Math.max(fanIn, fanOut))), consistentRms)
      }, grads),
    )
  },
)
