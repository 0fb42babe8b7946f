// The error function and its complement in float64.
import { horner } from './polynomial'

// Rational fits of FreeBSD msun s_erf.c (Sun Microsystems 1993), highest degree first.
// erf(x)/x − 1 = P(x²)/Q(x²) on |x| < 0.84375
// @ts-ignore: decorator
@inline const smallP: usize = memory.data<f64>([
  -2.37630166566501626084e-05, -5.77027029648944159157e-03, -2.84817495755985104766e-02, -3.25042107247001499370e-01,
  1.28379167095512558561e-01,
])
// @ts-ignore: decorator
@inline const smallQ: usize = memory.data<f64>([
  -3.96022827877536812320e-06, 1.32494738004321644526e-04, 5.08130628187576562776e-03, 6.50222499887672944485e-02,
  3.97917223959155352819e-01, 1.0,
])
// erf(x) − erx = P(x − 1)/Q(x − 1) on [0.84375, 1.25)
// @ts-ignore: decorator
@inline const erx: f64 = 8.45062911510467529297e-01
// @ts-ignore: decorator
@inline const middleP: usize = memory.data<f64>([
  -2.16637559486879084300e-03, 3.54783043256182359371e-02, -1.10894694282396677476e-01, 3.18346619901161753674e-01,
  -3.72207876035701323847e-01, 4.14856118683748331666e-01, -2.36211856075265944077e-03,
])
// @ts-ignore: decorator
@inline const middleQ: usize = memory.data<f64>([
  1.19844998467991074170e-02, 1.36370839120290507362e-02, 1.26171219808761642112e-01, 7.18286544141962662868e-02,
  5.40397917702171048937e-01, 1.06420880400844228286e-01, 1.0,
])
// log(x·erfc(x)) + x² + 0.5625 = P(1/x²)/Q(1/x²) on [1.25, 1/0.35)
// @ts-ignore: decorator
@inline const largeP: usize = memory.data<f64>([
  -9.81432934416914548592e+00, -8.12874355063065934246e+01, -1.84605092906711035994e+02, -1.62396669462573470355e+02,
  -6.23753324503260060396e+01, -1.05586262253232909814e+01, -6.93858572707181764372e-01, -9.86494403484714822705e-03,
])
// @ts-ignore: decorator
@inline const largeQ: usize = memory.data<f64>([
  -6.04244152148580987438e-02, 6.57024977031928170135e+00, 1.08635005541779435134e+02, 4.29008140027567833386e+02,
  6.45387271733267880336e+02, 4.34565877475229228821e+02, 1.37657754143519042600e+02, 1.96512716674392571292e+01, 1.0,
])
// the same on [1/0.35, 28)
// @ts-ignore: decorator
@inline const hugeP: usize = memory.data<f64>([
  -4.83519191608651397019e+02, -1.02509513161107724954e+03, -6.37566443368389627722e+02, -1.60636384855821916062e+02,
  -1.77579549177547519889e+01, -7.99283237680523006574e-01, -9.86494292470009928597e-03,
])
// @ts-ignore: decorator
@inline const hugeQ: usize = memory.data<f64>([
  -2.24409524465858183362e+01, 4.74528541206955367215e+02, 2.55305040643316442583e+03, 3.19985821950859553908e+03,
  1.53672958608443695994e+03, 3.25792512996573918826e+02, 3.03380607434824582924e+01, 1.0,
])

/** erf(x)/x − 1 for |x| < 0.84375. */
// @ts-ignore: decorator
@inline
function nearZero(x: f64): f64 {
  const z = x * x
  return horner(z, smallP, 5) / horner(z, smallQ, 6)
}

/** erf(y) − erx for y in [0.84375, 1.25). */
// @ts-ignore: decorator
@inline
function nearOne(y: f64): f64 {
  const s = y - 1
  return horner(s, middleP, 7) / horner(s, middleQ, 7)
}

/** erfc(y) for y ≥ 1.25. The square is split so that exp sees an exact argument. */
function tail(y: f64): f64 {
  if (y >= 28) return 0
  const s = 1 / (y * y)
  const r = y < 1 / 0.35 ? horner(s, largeP, 8) / horner(s, largeQ, 9) : horner(s, hugeP, 7) / horner(s, hugeQ, 8)
  const z = reinterpret<f64>(reinterpret<u64>(y) & 0xffffffff00000000)
  return (NativeMath.exp(-z * z - 0.5625) * NativeMath.exp((z - y) * (z + y) + r)) / y
}

export function erfScalar(x: f64): f64 {
  const y = abs(x)
  if (!(y >= 0.84375)) return x + x * nearZero(x)
  return copysign(y < 1.25 ? erx + nearOne(y) : y < 6 ? 1 - tail(y) : 1, x)
}

export function erfcScalar(x: f64): f64 {
  const y = abs(x)
  if (!(y >= 0.84375)) {
    const r = nearZero(x)
    return x < 0.25 ? 1 - (x + x * r) : 0.5 - (x - 0.5 + x * r)
  }
  if (y < 1.25) {
    const r = nearOne(y)
    return x > 0 ? 1 - erx - r : 1 + (erx + r)
  }
  return x > 0 ? tail(y) : 2 - tail(y)
}
