// lgamma = log |Γ(x)| and digamma = Γ′(x)/Γ(x).
// Positive x: a polynomial on one unit interval, the recurrence Γ(x + 1) = x Γ(x) up to 10, Stirling's series above.
// Negative x: reflection (Abramowitz & Stegun 6.1.17, 6.3.7). Fits computed at 40 digits, highest degree first.
import { mapWide32, mapWide64 } from './map'
import { horner } from './polynomial'

// lgamma(2 + s)/s on |s| ≤ ½
// @ts-ignore: decorator
@inline const nearTwo: usize = memory.data<f64>([
  2.788001339249184494e-7, -5.812501250599261106e-7, 9.199898075671394666e-7, -1.974188453290558495e-6,
  4.384731931829374526e-6, -9.456338120610122453e-6, 0.00002050558437289693128, -0.00004492371708374659545,
  0.00009945767440096763786, -0.0002231549786893194458, 0.0005096695153484373136, -0.001192753900920401892,
  0.002890510331036772129, -0.007385551028937974102, 0.02058080842778033543, -0.06735230105319560981,
  0.3224670334241132359, 0.4227843350984671355,
])
// B₂ₖ/(2k(2k − 1)), k = 8 … 1 (A&S 6.1.40)
// @ts-ignore: decorator
@inline const stirling: usize = memory.data<f64>([
  -0.02955065359477124183, 0.0064102564102564102564, -0.0019175269175269175269, 0.00084175084175084175084,
  -0.0005952380952380952381, 0.00079365079365079365079, -0.0027777777777777777778, 0.083333333333333333333,
])
// ψ(x)/(x − root) on s = x − 3/2, |s| ≤ ½
// @ts-ignore: decorator
@inline const nearRoot: usize = memory.data<f64>([
  -0.0001783734240046242384, 0.0002599100450715036727, -0.0001446038460924008776, 0.000226952050712578951,
  -0.0004860641705041235266, 0.0007234757252061551074, -0.001036422724782802261, 0.001556587976179794459,
  -0.002345501627910711735, 0.003519014164936380506, -0.005279936417885741406, 0.007926943794456376574,
  -0.01190822016978600217, 0.01790725249634521256, -0.02697579665686471857, 0.04076083381023946231,
  -0.06192213327556182539, 0.09498872445498365687, -0.1484049230538800674, 0.2405424842407738985,
  -0.4236274212814606027, 0.9510558760318328932,
])
// B₂ₖ/2k, k = 8 … 1 (A&S 6.3.18)
// @ts-ignore: decorator
@inline const asymptotic: usize = memory.data<f64>([
  -0.44325980392156862745, 0.083333333333333333333, -0.021092796092796092796, 0.0075757575757575757576,
  -0.0041666666666666666667, 0.003968253968253968254, -0.0083333333333333333333, 0.083333333333333333333,
])

// @ts-ignore: decorator
@inline const halfLogTwoPi: f64 = 0.91893853320467274178
// The positive root of ψ, in two parts.
// @ts-ignore: decorator
@inline const root: f64 = 1.4616321449683622
// @ts-ignore: decorator
@inline const rootTail: f64 = 9.5499954299656977e-17

function lgammaPositive(x: f64): f64 {
  if (x >= 10) {
    if (x > 1e17) return x * (NativeMath.log(x) - 1)
    const z = 1 / x
    return (x - 0.5) * NativeMath.log(x) - x + halfLogTwoPi + z * horner(z * z, stirling, 8)
  }
  if (x < 1.5) {
    // Γ(x) = Γ(x + 1)/x, once or twice, so that the argument of the fit is 2 + s
    if (x < 0.5) return x * horner(x, nearTwo, 18) - NativeMath.log1p(x) - NativeMath.log(x)
    const s = x - 1
    return s * horner(s, nearTwo, 18) - NativeMath.log1p(s)
  }
  let product: f64 = 1
  while (x >= 2.5) {
    x -= 1
    product *= x
  }
  const s = x - 2
  const y = s * horner(s, nearTwo, 18)
  return product == 1 ? y : y + NativeMath.log(product)
}

/** x − nearest integer, with the sign x's period gives: sin πx = (−1)^k sin π·rest. Exact. */
// @ts-ignore: decorator
@inline
function rest(x: f64): f64 { return x - nearest(x) }

function lgamma(x: f64): f64 {
  if (x != x) return x
  const y = abs(x)
  if (y == Infinity) return Infinity
  if (y < 5e-17) return -NativeMath.log(y) // Γ(x) = 1/x − γ + …
  if (x > 0) return lgammaPositive(x)
  const r = rest(x)
  if (r == 0) return Infinity
  return NativeMath.log(Math.PI / (NativeMath.sin(Math.PI * abs(r)) * y)) - lgammaPositive(y)
}

function digammaPositive(x: f64): f64 {
  let sum: f64 = 0
  if (x < 1) {
    sum = -1 / x
    x += 1
  } else if (x < 10) {
    while (x > 2) {
      x -= 1
      sum += 1 / x
    }
  }
  if (x <= 2) return sum + (x - root - rootTail) * horner(x - 1.5, nearRoot, 22)
  const z = 1 / (x * x)
  return NativeMath.log(x) - 0.5 / x - z * horner(z, asymptotic, 8)
}

function digamma(x: f64): f64 {
  if (x > 0) return digammaPositive(x)
  const r = rest(x)
  if (!(r != 0)) return NaN // poles, −∞, NaN
  if (x > -1e-9) return -1 / x - 0.57721566490153286061 + x * 1.6449340668482264365 // A&S 6.3.14
  return digammaPositive(1 - x) - Math.PI / NativeMath.tan(Math.PI * r)
}

// @ts-ignore: decorator
@unmanaged class Lgamma { @inline run(x: f64): f64 { return lgamma(x) } }
// @ts-ignore: decorator
@unmanaged class Digamma { @inline run(x: f64): f64 { return digamma(x) } }

export function lgamma_f32(x: usize, o: usize, n: i32): void { mapWide32<Lgamma>(x, o, n) }
export function lgamma_f64(x: usize, o: usize, n: i32): void { mapWide64<Lgamma>(x, o, n) }
export function digamma_f32(x: usize, o: usize, n: i32): void { mapWide32<Digamma>(x, o, n) }
export function digamma_f64(x: usize, o: usize, n: i32): void { mapWide64<Digamma>(x, o, n) }
