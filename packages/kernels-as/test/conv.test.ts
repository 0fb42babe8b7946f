import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, arrays, out, type Typed, variants } from './arena.js'
import { noise } from './values.js'

interface Axis {
  readonly S: number
  readonly K: number
  readonly O: number
  readonly stride: number
  readonly pad: number
  readonly lhs: number
  readonly rhs: number
}
interface Case {
  readonly N: number
  readonly C: number
  readonly F: number
  readonly groups: number
  readonly batchGroups: number
  readonly axes: readonly Axis[]
}

const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1)
const meta = ({ N, C, F, groups, batchGroups, axes }: Case) => {
  const keys = ['S', 'K', 'O', 'stride', 'pad', 'lhs', 'rhs'] as const
  return new Int32Array([N, C, F, groups, batchGroups, ...keys.flatMap((k) => axes.map((a) => a[k]))])
}

const between = (min: number, max: number) => fc.integer({ min, max })

/** One spatial axis with padding from −2, its output size worked out. */
const axis = (size: number, least: number): fc.Arbitrary<Axis> =>
  fc
    .tuple(
      between(least, size),
      between(least, 4),
      between(1, 3),
      between(-2, 3),
      between(-2, 3),
      between(1, 3),
      between(1, 3),
    )
    .map(([S, K, stride, pad, high, lhs, rhs]) => {
      const padded = (S === 0 ? 0 : (S - 1) * lhs + 1) + pad + high
      const reach = K === 0 ? 0 : (K - 1) * rhs + 1
      return { S, K, O: Math.max(0, Math.floor((padded - reach) / stride) + 1), stride, pad, lhs, rhs }
    })

/** Without dilation of the image: the direct path's precondition. */
const undilatedAxis = (x: Axis): Axis => ({
  ...x,
  lhs: 1,
  O: Math.max(0, Math.floor((x.S + 2 * x.pad - (x.K - 1) * x.rhs - 1) / x.stride) + 1),
})
const undilated = (a: fc.Arbitrary<Axis>) => a.map(undilatedAxis)

const grouping = fc.oneof(
  fc.constant({ groups: 1, batchGroups: 1 }),
  between(2, 4).map((groups) => ({ groups, batchGroups: 1 })),
  between(2, 4).map((batchGroups) => ({ groups: 1, batchGroups })),
)

const cases = (axes: fc.Arbitrary<readonly Axis[]>, channels: fc.Arbitrary<number>, features: fc.Arbitrary<number>) =>
  fc.tuple(axes, grouping, between(0, 3), channels, features).map(
    ([list, g, images, c, f]): Case => ({
      ...g,
      axes: list,
      N: images * g.batchGroups,
      C: c * g.groups,
      F: f * Math.max(g.groups, g.batchGroups),
    }),
  )

/** Straight from the definition, in float64. */
function reference({ N, C, F, groups, batchGroups, axes }: Case, x: Typed, w: Typed): number[] {
  const images = N / batchGroups,
    channels = C / groups,
    features = F / Math.max(groups, batchGroups)
  const outputs = product(axes.map((a) => a.O)),
    taps = product(axes.map((a) => a.K)),
    places = product(axes.map((a) => a.S))
  const y = new Array<number>(images * outputs * F).fill(0)
  for (let p = 0; p < outputs; p++)
    for (let t = 0; t < taps; t++) {
      let at = 0,
        inside = true,
        restP = p,
        restT = t,
        step = 1
      for (const a of axes.toReversed()) {
        const position = (restP % a.O) * a.stride - a.pad + (restT % a.K) * a.rhs
        if (position < 0 || position % a.lhs !== 0 || position / a.lhs >= a.S) inside = false
        at += (position / a.lhs) * step
        step *= a.S
        restP = Math.floor(restP / a.O)
        restT = Math.floor(restT / a.K)
      }
      if (!inside) continue
      for (let n = 0; n < images; n++)
        for (let f = 0; f < F; f++) {
          const block = Math.floor(f / features)
          const image = batchGroups > 1 ? block * images + n : n,
            first = groups > 1 ? block * channels : 0
          const o = (n * outputs + p) * F + f
          for (let c = 0; c < channels; c++)
            y[o] =
              (y[o] as number) +
              (x[(image * places + at) * C + first + c] as number) * (w[(t * channels + c) * F + f] as number)
        }
    }
  return y
}

const inputSize = (c: Case) => c.N * product(c.axes.map((a) => a.S)) * c.C
const kernelSize = (c: Case) => product(c.axes.map((a) => a.K)) * (c.C / c.groups) * c.F
const outputSize = (c: Case) => (c.N / c.batchGroups) * product(c.axes.map((a) => a.O)) * c.F
const work = (c: Case) => outputSize(c) * product(c.axes.map((a) => a.K)) * (c.C / c.groups)

describe.each(variants)('convolutions, %s', (variant) => {
  const { run, kernels } = arena(variant, 400)

  const conv = (t: 'f32' | 'f64', c: Case, x: Typed, w: Typed): number[] => {
    const { memory, heapBase, call } = kernels
    const shape = meta(c)
    new Int32Array(memory.buffer, (heapBase + 15) & ~15, shape.length).set(shape)
    const bytes = call[`convScratch_${t}`](c.axes.length, (heapBase + 15) & ~15)
    // the scratch is an output too, so that writing past its end is noticed
    const args = [x, w, out(t, outputSize(c)), c.axes.length, shape, out('u8', bytes)]
    return run(`conv_${t}`, args)[0] as number[]
  }

  for (const t of ['f32', 'f64'] as const) {
    // small integers: sums are exact, so results compare with ===
    const digits = (n: number, seed: number) => new arrays[t](noise('i32', n, seed).map((v) => (v % 17) - 8))
    const exact = (c: Case, seed: number) => {
      const x = digits(inputSize(c), seed),
        w = digits(kernelSize(c), seed + 1)
      expect(conv(t, c, x, w).map((v) => v + 0)).toEqual(reference(c, x, w).map((v) => v + 0))
    }
    const check = (title: string, some: fc.Arbitrary<Case>, numRuns: number) =>
      it(`conv_${t}: ${title}`, () => {
        fc.assert(
          fc.property(
            some.filter((c) => work(c) < 200_000),
            fc.nat(),
            exact,
          ),
          { numRuns },
        )
      })

    const rank = between(1, 3)
    const small = rank.chain((r) => fc.array(axis(r === 3 ? 5 : 8, 0), { minLength: r, maxLength: r }))
    check(
      'any rank, stride, dilation, padding and grouping, sizes from 0',
      cases(small, between(0, 9), between(0, 19)),
      400,
    )
    const wide = fc.array(undilated(axis(11, 1)), { minLength: 2, maxLength: 2 })
    check('few channels', cases(wide, fc.constantFrom(1, 2, 3, 8, 24), fc.constantFrom(1, 4, 8, 13)), 150)
    check('many channels', cases(wide, fc.constantFrom(25, 32, 70), fc.constantFrom(1, 8, 13)), 80)
    check('one feature per block', cases(small, fc.constantFrom(8, 11, 32), fc.constant(1)), 100)
    const flat = rank.chain((r) => fc.array(axis(r === 1 ? 80 : r === 2 ? 24 : 9, 1), { minLength: r, maxLength: r }))
    const unitStride = flat.map((axes) =>
      axes.map((a, d) => (d === axes.length - 1 ? undilatedAxis({ ...a, stride: 1 }) : undilatedAxis(a))),
    )
    check('one channel to one feature', cases(unitStride, fc.constant(1), fc.constant(1)), 100)
    const depthwise = fc
      .tuple(
        rank.chain((r) => fc.array(axis(r === 3 ? 5 : 8, 1), { minLength: r, maxLength: r })),
        between(2, 37),
        between(1, 3),
      )
      .map(([axes, C, N]): Case => ({ N, C, F: C, groups: C, batchGroups: 1, axes }))
    check('depthwise', depthwise, 150)
    const tall = between(9, 24).chain((K) =>
      undilated(fc.constant({ S: K + 2, K, O: 3, stride: 1, pad: 0, lhs: 1, rhs: 1 })).map((a) => [
        a,
        { ...a, rhs: 1 },
      ]),
    )
    check('kernels as large as the image, k longer than a block', cases(tall, between(1, 6), between(1, 9)), 40)

    it(`conv_${t}: reads nothing past its operands, which may end where memory does`, () => {
      const { memory, heapBase, call } = kernels
      const start = (heapBase + 15) & ~15
      const some = fc.oneof(
        cases(small, between(0, 9), between(0, 19)),
        cases(wide, fc.constantFrom(1, 8, 32), between(1, 9)),
      )
      fc.assert(
        fc.property(
          some.filter((c) => work(c) < 50_000),
          fc.boolean(),
          fc.nat(),
          (c, imageLast, seed) => {
            const x = digits(inputSize(c), seed),
              w = digits(kernelSize(c), seed + 1)
            const shape = meta(c)
            new Int32Array(memory.buffer, start, shape.length).set(shape)
            const rank = c.axes.length
            const result = (start + shape.byteLength + 15) & ~15
            const size = outputSize(c)
            const other = (result + size * x.BYTES_PER_ELEMENT + 15) & ~15
            const [last, first] = imageLast ? [x, w] : [w, x]
            const end = memory.buffer.byteLength - last.byteLength
            new arrays[t](memory.buffer, other, first.length).set(first)
            new arrays[t](memory.buffer, end, last.length).set(last)
            const ws = (other + first.byteLength + 15) & ~15
            // a read beyond memory traps
            call[`conv_${t}`](imageLast ? end : other, imageLast ? other : end, result, rank, start, ws)
            const got = Array.from(new arrays[t](memory.buffer, result, size), (v) => v + 0)
            expect(got).toEqual(reference(c, x, w).map((v) => v + 0))
          },
        ),
        { numRuns: 100 },
      )
    })

    it(`conv_${t}: equals the matrix product when the kernel is 1×1`, () => {
      const one: Axis = { S: 7, K: 1, O: 7, stride: 1, pad: 0, lhs: 1, rhs: 1 }
      const c: Case = { N: 3, C: 40, F: 11, groups: 1, batchGroups: 1, axes: [one, one] }
      const x = noise(t, inputSize(c), 3),
        w = noise(t, kernelSize(c), 4)
      const bytes = kernels.call[`gemmScratch_${t}`](147, 11, 40)
      const args = [1, 0, 0, 147, 11, 40, x, 40, 0, w, 11, 0, out(t, 147 * 11), 11, 0, 0, { scratch: bytes }]
      expect(conv(t, c, x, w)).toEqual(run(`gemm_${t}`, args)[0])
    })

    it(`conv_${t}: adjoint in the image, ⟨conv(x, w), y⟩ = ⟨x, conv(y, w flipped)⟩ with stride as dilation`, () => {
      const some = fc.tuple(
        between(5, 12),
        between(1, 4),
        between(1, 3),
        between(0, 2),
        between(1, 2),
        between(1, 5),
        fc.nat(),
      )
      fc.assert(
        fc.property(some, ([S, K, stride, pad, rhs, C, seed]) => {
          const reach = (K - 1) * rhs
          const O = Math.max(0, Math.floor((S + 2 * pad - reach - 1) / stride) + 1)
          const F = 5
          const forward: Case = { N: 2, C, F, groups: 1, batchGroups: 1, axes: [{ S, K, O, stride, pad, lhs: 1, rhs }] }
          const back: Axis = { S: O, K, O: S, stride: 1, pad: reach - pad, lhs: stride, rhs }
          const backward: Case = { N: 2, C: F, F: C, groups: 1, batchGroups: 1, axes: [back] }
          const x = digits(inputSize(forward), seed),
            w = digits(kernelSize(forward), seed + 1),
            y = digits(2 * O * F, seed + 2)
          const flipped = new arrays[t](w.length)
          for (let k = 0; k < K; k++)
            for (let i = 0; i < C; i++)
              for (let f = 0; f < F; f++) flipped[(k * F + f) * C + i] = w[((K - 1 - k) * C + i) * F + f] as number
          const inner = (a: ArrayLike<number>, b: ArrayLike<number>) =>
            Array.from(a).reduce((s, v, i) => s + v * (b[i] as number), 0)
          expect(inner(conv(t, forward, x, w), y)).toBe(inner(x, conv(t, backward, y, flipped)))
        }),
        { numRuns: 60 },
      )
    })
  }
})
