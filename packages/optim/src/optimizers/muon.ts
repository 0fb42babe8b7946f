/** Muon for matrices and Adam for the rest: a partition with the usual name. */
import { operation, type Tensor, tree } from '@puregrad/core'
import type { Scalar } from '../moments.js'
import type { LabelTree, Mask } from '../prefixes.js'
import type { AdamState } from '../scaling/adam.js'
import { addDecayedWeights } from '../scaling/decay.js'
import {
  type MuonDimensionNumbers,
  type MuonState,
  matrixDimensions,
  type ScaleByMuonOptions,
  scaleByMuon,
  scaleByShape,
} from '../scaling/muon.js'
import { type LearningRateState, scaleByLearningRate } from '../scaling/scale.js'
import type { ScalarOrSchedule } from '../schedules/decay.js'
import { chain, type GradientTransformation } from '../transformation.js'
import type { MaskedState } from '../wrappers/masked.js'
import { partition } from '../wrappers/partition.js'
import { adamw } from './adam.js'

export interface MuonOptions extends Omit<ScaleByMuonOptions, 'dimensionNumbers'> {
  /** Decay of the matrices: 0 unless said. */
  readonly weightDecay?: Scalar
  /** Which matrices decay: all unless said. */
  readonly weightDecayMask?: Mask
  /** The root mean square of updates of matrices, instead of a scale by their shape. */
  readonly consistentRms?: Scalar
  /** Of the parameters that Adam gets: 0.9, 0.999 and 0 unless said, and the learning rate of Muon. */
  readonly adamB1?: Scalar
  readonly adamB2?: Scalar
  readonly adamWeightDecay?: Scalar
  readonly adamLearningRate?: ScalarOrSchedule
  /** What is a matrix in a leaf, or null for what Adam gets: leaves of two axes unless said. */
  readonly weightDimensionNumbers?: (leaf: Tensor) => MuonDimensionNumbers | null
}

/** The state of each of the two. */
export interface MuonPartitionState {
  readonly innerStates: {
    readonly muon: MaskedState<readonly [MuonState, null, null, LearningRateState]>
    readonly adam: MaskedState<readonly [AdamState, null, LearningRateState]>
  }
}

const matrices = (leaf: Tensor): MuonDimensionNumbers | null => (leaf.ndim === 2 ? matrixDimensions : null)

/**
 * Muon: momentum whose singular values are all made alike, for matrices; AdamW for all other parameters. Jordan et al. 2024. Its
 * update needs the parameters.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { kernel: np.ones([2, 2]), bias: np.array([1, 2]) }
 * const grads = { kernel: np.array([[7, 0], [0, -3]]), bias: np.array([1, -1]) }
 * const optimizer = muon(0.1, { nsCoeffs: [2, -1.5, 0.5], nsSteps: 12, nesterov: false })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params), params)
 * const { kernel, bias } = applyUpdates(params, updates)
 * np.concatenate([kernel.reshape([4]), bias]).toArray() // [0.9, 1, 1, 1.1, 0.9, 2.1]
 */
export const muon = operation(
  'muon',
  {
    at: 1,
    numbers: ['learningRate'],
    names: [
      'weightDecay',
      'weightDecayMask',
      'consistentRms',
      'adamB1',
      'adamB2',
      'adamWeightDecay',
      'adamLearningRate',
      'weightDimensionNumbers',
      'eps',
      'beta',
      'nesterov',
      'nsCoeffs',
      'nsSteps',
      'adaptive',
    ],
  },
  (learningRate: ScalarOrSchedule, options: MuonOptions = {}): GradientTransformation<MuonPartitionState> => {
    const { weightDecay = 0, weightDecayMask = true, consistentRms, eps = 1e-8, nesterov = true, ...rest } = options
    const { adamB1 = 0.9, adamB2 = 0.999, adamWeightDecay = 0, adamLearningRate = learningRate, ...others } = rest
    const { weightDimensionNumbers = matrices, ...ofMuon } = others
    const dimensionNumbers = (leaf: Tensor): MuonDimensionNumbers => weightDimensionNumbers(leaf) ?? matrixDimensions
    const label = (leaf: Tensor): string => (weightDimensionNumbers(leaf) === null ? 'adam' : 'muon')
    return partition(
      {
        muon: chain(
          scaleByMuon({ ...ofMuon, eps, nesterov, dimensionNumbers }),
          scaleByShape({ dimensionNumbers, ...(consistentRms === undefined ? {} : { consistentRms }) }),
          addDecayedWeights(weightDecay, { mask: weightDecayMask }),
          scaleByLearningRate(learningRate),
        ),
        adam: adamw(adamLearningRate, { b1: adamB1, b2: adamB2, eps, nesterov, weightDecay: adamWeightDecay }),
      },
      (params) => tree.map(label as never, params) as LabelTree,
    )
  },
)
