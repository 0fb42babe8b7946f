import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { range, sizeOf, stridesOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { type ConvOptions, convGeneralDilated } from './conv.js'
import { convDimensionNumbers, dilated, type Padding, resolvePadding } from './conv-dimensions.js'
import { convertElementType } from './convert.js'

const indices = (shape: readonly number[]): number[][] =>
  range(sizeOf(shape)).map((flat) => stridesOf(shape).map((s, i) => Math.floor(flat / s) % (shape[i] as number)))

/** The definition: every result element sums the kernel's elements times the padded, dilated operand's. */
const naive = (
  x: Tensor,
  w: Tensor,
  strides: readonly number[],
  padding: Padding,
  options: ConvOptions = {},
): Tensor => {
  const { lhsSpec, rhsSpec, outSpec } = convDimensionNumbers(x.shape, w.shape, options.dimensionNumbers)
  const rank = x.ndim - 2
  const {
    lhsDilation = strides.map(() => 1),
    rhsDilation = strides.map(() => 1),
    featureGroupCount: groups = 1,
    batchGroupCount: blocks = 1,
  } = options
  const pick = (t: Tensor, spec: readonly number[]): number[] => spec.map((a) => t.shape[a] as number)
  const [[batch, , ...size], [features, inner, ...window]] = [pick(x, lhsSpec), pick(w, rhsSpec)] as [
    number[],
    number[],
  ]
  const full = size.map((n, i) => dilated(n, lhsDilation[i] as number))
  const covered = window.map((n, i) => dilated(n, rhsDilation[i] as number))
  const pads = resolvePadding('conv', padding, full, covered, strides)
  const out = full.map((n, i) =>
    Math.max(
      0,
      Math.floor((n + (pads[i]?.[0] ?? 0) + (pads[i]?.[1] ?? 0) - (covered[i] as number)) / (strides[i] as number)) + 1,
    ),
  )
  const result = new Array<number>(rank + 2)
  ;[(batch as number) / blocks, features as number, ...out].forEach((n, i) => {
    result[outSpec[i] as number] = n
  })
  const [xs, ws] = [elements(x), elements(w)]
  const locate = (t: Tensor, spec: readonly number[], index: readonly number[]): number =>
    spec.reduce((sum, a, i) => sum + (stridesOf(t.shape)[a] as number) * (index[i] as number), 0)
  const values = indices(result).map((position) => {
    const [n, f, ...o] = outSpec.map((a) => position[a] as number) as [number, number, ...number[]]
    const group = Math.floor(f / ((features as number) / groups))
    const block = Math.floor(f / ((features as number) / blocks))
    let sum = 0
    for (const k of indices(window)) {
      const raw = o.map(
        (p, i) => p * (strides[i] as number) + (k[i] as number) * (rhsDilation[i] as number) - (pads[i]?.[0] as number),
      )
      const inside = raw.every((r, i) => r >= 0 && r < (full[i] as number) && r % (lhsDilation[i] as number) === 0)
      if (!inside) continue
      for (let c = 0; c < (inner as number); c++) {
        const at = [
          n + (block * (batch as number)) / blocks,
          group * (inner as number) + c,
          ...raw.map((r, i) => r / (lhsDilation[i] as number)),
        ]
        sum += (xs[locate(x, lhsSpec, at)] as number) * (ws[locate(w, rhsSpec, [f, c, ...k])] as number)
      }
    }
    return sum
  })
  return tensor(values, result, x.dtype)
}

const nhwc = { dimensionNumbers: ['NHWC', 'HWIO', 'NHWC'] } as const
const nwc = { dimensionNumbers: ['NWC', 'WIO', 'NWC'] } as const
const cases: readonly [string, number[], number[], number[], Padding, ConvOptions][] = [
  ['3×3 SAME', [2, 5, 4, 2], [3, 3, 2, 3], [1, 1], 'SAME', nhwc],
  ['3×2 VALID with strides', [1, 6, 5, 2], [3, 2, 2, 2], [2, 1], 'VALID', nhwc],
  ['SAME_LOWER, even kernel, strides 2', [1, 5, 4, 1], [2, 2, 1, 2], [2, 2], 'SAME_LOWER', nhwc],
  ['channels first by default', [1, 2, 4, 3], [3, 2, 2, 2], [1, 1], 'SAME', {}],
  [
    'mixed orders',
    [4, 3, 2, 1],
    [2, 2, 3, 2],
    [1, 1],
    'VALID',
    { dimensionNumbers: ['HWCN', 'OIWH', 'CNHW'] as never },
  ],
  ['kernel dilation', [1, 7, 2], [2, 2, 3], [1], [[3, 0]], { ...nwc, rhsDilation: [3] }],
  [
    'operand dilation',
    [2, 3, 3, 2],
    [3, 3, 2, 1],
    [1, 1],
    [
      [1, 2],
      [2, 0],
    ],
    { ...nhwc, lhsDilation: [2, 3] },
  ],
  [
    'everything dilated and strided',
    [1, 4, 2],
    [2, 2, 2],
    [2],
    [[2, 1]],
    { ...nwc, lhsDilation: [3], rhsDilation: [2] },
  ],
  ['negative padding', [1, 6, 1], [2, 1, 2], [1], [[-1, -2]], nwc],
  ['feature groups', [2, 4, 4], [3, 2, 4], [1], 'SAME', { ...nwc, featureGroupCount: 2 }],
  ['depthwise', [1, 3, 3, 3], [2, 2, 1, 3], [1, 1], 'VALID', { ...nhwc, featureGroupCount: 3 }],
  ['batch groups', [4, 4, 2], [2, 2, 4], [1], 'VALID', { ...nwc, batchGroupCount: 2 }],
  [
    'three spatial axes',
    [1, 3, 2, 3, 1],
    [2, 2, 2, 1, 2],
    [1, 1, 2],
    'SAME',
    { dimensionNumbers: ['NDHWC', 'DHWIO', 'NDHWC'] },
  ],
  ['no spatial axis', [3, 2], [2, 4], [], [], { dimensionNumbers: ['NC', 'IO', 'NC'] }],
]

describe('convGeneralDilated', () => {
  for (const [name, x, w, strides, padding, options] of cases) {
    const run = ([a, b]: readonly Tensor[]): Tensor[] => [
      convGeneralDilated(a as Tensor, b as Tensor, strides, padding, options),
    ]
    const args = [spread(x), spread(w, -1, 1, 2)] as const
    it(`${name}: values`, () => {
      expectClose(run(args)[0] as Tensor, naive(...args, strides, padding, options), 1e-13)
      const single = run(args.map((t) => convertElementType(t, 'float32')))[0] as Tensor
      expectClose(convertElementType(single, 'float64'), naive(...args, strides, padding, options), 1e-5)
    })
    it(`${name}: integers`, () => {
      const whole = [x, w].map((shape, i) =>
        tensor(
          range(sizeOf(shape)).map((k) => ((k * 7 + i) % 11) - 5),
          shape,
          'int32',
        ),
      ) as readonly Tensor[] as [Tensor, Tensor]
      expect(run(whole)[0]?.toArray()).toEqual(naive(...whole, strides, padding, options).toArray())
    })
    it(`${name}: derivatives`, () => expectDerivatives(run, args))
    it(`${name}: batches`, () => expectBatches(run, args, 2))
  }
  it('an empty batch, or a kernel larger than the operand, gives nothing', () => {
    expect(convGeneralDilated(tensor([], [0, 4, 1]), spread([2, 1, 3]), [1], 'VALID', nwc).shape).toEqual([0, 3, 3])
    const f = ([x, w]: readonly Tensor[]): Tensor[] => [convGeneralDilated(x as Tensor, w as Tensor, [1], 'VALID', nwc)]
    expect((f([spread([1, 2, 1]), spread([3, 1, 2])])[0] as Tensor).shape).toEqual([1, 0, 2])
    expectDerivatives(f, [spread([1, 2, 1]), spread([3, 1, 2])], 1)
  })
  it('names what does not fit', () => {
    expect(() => convGeneralDilated(spread([1, 4, 3]), spread([2, 2, 5]), [1], 'SAME', nwc)).toThrow(
      'the operand has 3 features and the kernel takes 2',
    )
    expect(() => convGeneralDilated(spread([1, 4, 3]), spread([2, 3, 5]), [1], 'EVEN' as never, nwc)).toThrow(
      "'SAME', 'VALID'",
    )
    expect(() => convGeneralDilated(spread([1, 4, 3]), spread([2, 3, 5]), [1], 'SAME', nhwc)).toThrow(
      'name the 3 axes by letters',
    )
    expect(() => convGeneralDilated(spread([1, 4, 3]), spread([2, 3, 5]), [0], 'SAME', nwc)).toThrow(
      'windowStrides [0]',
    )
  })
})
