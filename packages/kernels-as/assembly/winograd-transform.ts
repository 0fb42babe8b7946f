/**
 * Winograd's F(4×4, 3×3) by the points 0, ±¾, ±1½, ∞: y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A for a tile d of 6×6 elements, a kernel g of
 * 3×3 and 4×4 outputs y (Lavin & Gray 2016). All entries of A and B are exact, and with these points the error is less than half of
 * that with 0, ±1, ±2, ∞. Lanes run over channels. Its transpose gives the kernel's gradient: Gᵀ[(Bᵀ d B) ⊙ (A e Aᵀ)]G.
 */
import { multiplyAdd } from './gemm-pack'

/** Points of a transformed tile. */
// @ts-ignore: decorator
@inline
export const POINTS: i32 = 36

// @ts-ignore: decorator
@inline const P: f32 = 0.75
// @ts-ignore: decorator
@inline const Q: f32 = 1.5
// @ts-ignore: decorator
@inline const PP: f32 = P * P
// @ts-ignore: decorator
@inline const QQ: f32 = Q * Q
// 1 / Π (point − other points), for 0, ±¾ and ±1½
// @ts-ignore: decorator
@inline const AT_ZERO: f32 = 64.0 / 81.0
// @ts-ignore: decorator
@inline const AT_P: f32 = -128.0 / 243.0
// @ts-ignore: decorator
@inline const AT_Q: f32 = 32.0 / 243.0

/** a·x + plus */
// @ts-ignore: decorator
@inline
function times(a: f32, x: v128, plus: v128): v128 {
  return multiplyAdd<f32>(f32x4.splat(a), x, plus)
}

/** Six vectors `by` bytes apart → Bᵀ of them, `os` bytes apart. */
// @ts-ignore: decorator
@inline
function inputVector(s: usize, by: usize, o: usize, os: usize): void {
  const d0 = v128.load(s), d1 = v128.load(s + by), d2 = v128.load(s + 2 * by)
  const d3 = v128.load(s + 3 * by), d4 = v128.load(s + 4 * by), d5 = v128.load(s + 5 * by)
  v128.store(o, times(PP * QQ, d0, times(-PP - QQ, d2, d4)))
  v128.store(o + 5 * os, times(PP * QQ, d1, times(-PP - QQ, d3, d5)))
  const evenP = times(-QQ, d2, d4), oddP = times(-QQ, d1, d3)
  v128.store(o + os, times(P, oddP, evenP))
  v128.store(o + 2 * os, times(-P, oddP, evenP))
  const evenQ = times(-PP, d2, d4), oddQ = times(-PP, d1, d3)
  v128.store(o + 3 * os, times(Q, oddQ, evenQ))
  v128.store(o + 4 * os, times(-Q, oddQ, evenQ))
}

/** Six vectors → Aᵀ of them: four; returns the sum of those. */
// @ts-ignore: decorator
@inline
function outputVector(s: usize, by: usize, o: usize, os: usize): v128 {
  const m1 = v128.load(s + by), m2 = v128.load(s + 2 * by), m3 = v128.load(s + 3 * by), m4 = v128.load(s + 4 * by)
  const sumP = f32x4.add(m1, m2), sumQ = f32x4.add(m3, m4)
  const y0 = f32x4.add(f32x4.add(v128.load(s), sumP), sumQ)
  const y2 = times(PP, sumP, f32x4.mul(f32x4.splat(QQ), sumQ))
  v128.store(o, y0)
  v128.store(o + 2 * os, y2)
  const differenceP = f32x4.sub(m1, m2), differenceQ = f32x4.sub(m3, m4)
  const y1 = times(P, differenceP, f32x4.mul(f32x4.splat(Q), differenceQ))
  const y3 = times(P * PP, differenceP, times(Q * QQ, differenceQ, v128.load(s + 5 * by)))
  v128.store(o + os, y1)
  v128.store(o + 3 * os, y3)
  return f32x4.add(f32x4.add(y0, y1), f32x4.add(y2, y3))
}

/** Three vectors → G of them: six. */
// @ts-ignore: decorator
@inline
function kernelVector(s: usize, by: usize, o: usize, os: usize): void {
  const g0 = v128.load(s), g1 = v128.load(s + by), g2 = v128.load(s + 2 * by)
  v128.store(o, f32x4.mul(f32x4.splat(AT_ZERO), g0))
  v128.store(o + 5 * os, g2)
  const evenP = f32x4.mul(f32x4.splat(AT_P), times(PP, g2, g0)), oddP = f32x4.mul(f32x4.splat(AT_P * P), g1)
  v128.store(o + os, f32x4.add(evenP, oddP))
  v128.store(o + 2 * os, f32x4.sub(evenP, oddP))
  const evenQ = f32x4.mul(f32x4.splat(AT_Q), times(QQ, g2, g0)), oddQ = f32x4.mul(f32x4.splat(AT_Q * Q), g1)
  v128.store(o + 3 * os, f32x4.add(evenQ, oddQ))
  v128.store(o + 4 * os, f32x4.sub(evenQ, oddQ))
}

/** Four vectors → A of them: six. */
// @ts-ignore: decorator
@inline
function cotangentVector(s: usize, by: usize, o: usize, os: usize): void {
  const e0 = v128.load(s), e1 = v128.load(s + by), e2 = v128.load(s + 2 * by), e3 = v128.load(s + 3 * by)
  v128.store(o, e0)
  v128.store(o + 5 * os, e3)
  const evenP = times(PP, e2, e0), oddP = times(PP, e3, e1)
  v128.store(o + os, times(P, oddP, evenP))
  v128.store(o + 2 * os, times(-P, oddP, evenP))
  const evenQ = times(QQ, e2, e0), oddQ = times(QQ, e3, e1)
  v128.store(o + 3 * os, times(Q, oddQ, evenQ))
  v128.store(o + 4 * os, times(-Q, oddQ, evenQ))
}

/** Six vectors → Gᵀ of them: three; returns the sum of those. */
// @ts-ignore: decorator
@inline
function gradientVector(s: usize, by: usize, o: usize, os: usize): v128 {
  const m1 = v128.load(s + by), m2 = v128.load(s + 2 * by), m3 = v128.load(s + 3 * by), m4 = v128.load(s + 4 * by)
  const sumP = f32x4.mul(f32x4.splat(AT_P), f32x4.add(m1, m2)), sumQ = f32x4.mul(f32x4.splat(AT_Q), f32x4.add(m3, m4))
  const g0 = f32x4.add(times(AT_ZERO, v128.load(s), sumP), sumQ)
  const g1 = times(AT_P * P, f32x4.sub(m1, m2), f32x4.mul(f32x4.splat(AT_Q * Q), f32x4.sub(m3, m4)))
  const g2 = times(PP, sumP, times(QQ, sumQ, v128.load(s + 5 * by)))
  v128.store(o, g0)
  v128.store(o + os, g1)
  v128.store(o + 2 * os, g2)
  return f32x4.add(f32x4.add(g0, g1), g2)
}

/** One group of four channels of a tile: rows `row` and columns `column` bytes apart → 36 points `os` bytes apart. */
// @ts-ignore: decorator
@inline
export function transformInput(s: usize, row: usize, column: usize, buffer: usize, o: usize, os: usize): void {
  for (let j: usize = 0; j < 6; j++) inputVector(s + j * column, row, buffer + j * 16, 96)
  for (let i: usize = 0; i < 6; i++) inputVector(buffer + i * 96, 16, o + i * 6 * os, os)
}

/** 36 points → 4×4 outputs at `o`, rows `row` and columns `column` bytes apart. Lanes of `check` become NaN where one is not finite. */
// @ts-ignore: decorator
@inline
export function transformOutput(
  s: usize, by: usize, buffer: usize, o: usize, row: usize, column: usize, check: v128,
): v128 {
  for (let j: usize = 0; j < 6; j++) outputVector(s + j * by, 6 * by, buffer + j * 16, 96)
  for (let i: usize = 0; i < 4; i++) check = times(0, outputVector(buffer + i * 96, 16, o + i * row, column), check)
  return check
}

/** 3×3 vectors of a kernel, `by` bytes apart → 36 points. */
// @ts-ignore: decorator
@inline
export function transformKernel(s: usize, by: usize, buffer: usize, o: usize, os: usize): void {
  for (let j: usize = 0; j < 3; j++) kernelVector(s + j * by, 3 * by, buffer + j * 16, 48)
  for (let i: usize = 0; i < 6; i++) kernelVector(buffer + i * 48, 16, o + i * 6 * os, os)
}

/** 4×4 vectors of a cotangent → 36 points. */
// @ts-ignore: decorator
@inline
export function transformCotangent(s: usize, row: usize, column: usize, buffer: usize, o: usize, os: usize): void {
  for (let j: usize = 0; j < 4; j++) cotangentVector(s + j * column, row, buffer + j * 16, 64)
  for (let i: usize = 0; i < 6; i++) cotangentVector(buffer + i * 64, 16, o + i * 6 * os, os)
}

/** 36 points → the 3×3 vectors of a kernel's gradient, `os` bytes apart. Lanes of `check` become NaN where one is not finite. */
// @ts-ignore: decorator
@inline
export function transformGradient(s: usize, by: usize, buffer: usize, o: usize, os: usize, check: v128): v128 {
  for (let j: usize = 0; j < 6; j++) gradientVector(s + j * by, 6 * by, buffer + j * 16, 96)
  for (let i: usize = 0; i < 3; i++) check = times(0, gradientVector(buffer + i * 96, 16, o + i * 3 * os, os), check)
  return check
}
