// Scalar float64 functions as `run` classes for the maps of map.ts; float32 kernels without a vector form use them too.
// The elementary functions are AssemblyScript's NativeMath, a port of musl's libm (below 1 ulp each).
import { erfScalar, erfcScalar } from './erf-scalar'

// @ts-ignore: decorator
@unmanaged export class Exp { @inline run(x: f64): f64 { return NativeMath.exp(x) } }
// @ts-ignore: decorator
@unmanaged export class Exp2 { @inline run(x: f64): f64 { return NativeMath.exp2(x) } }
// @ts-ignore: decorator
@unmanaged export class Expm1 { @inline run(x: f64): f64 { return NativeMath.expm1(x) } }
// @ts-ignore: decorator
@unmanaged export class Log { @inline run(x: f64): f64 { return NativeMath.log(x) } }
// @ts-ignore: decorator
@unmanaged export class Log2 { @inline run(x: f64): f64 { return NativeMath.log2(x) } }
// @ts-ignore: decorator
@unmanaged export class Log10 { @inline run(x: f64): f64 { return NativeMath.log10(x) } }
// @ts-ignore: decorator
@unmanaged export class Log1p { @inline run(x: f64): f64 { return NativeMath.log1p(x) } }
// @ts-ignore: decorator
@unmanaged export class Cbrt { @inline run(x: f64): f64 { return NativeMath.cbrt(x) } }
// @ts-ignore: decorator
@unmanaged export class Sin { @inline run(x: f64): f64 { return NativeMath.sin(x) } }
// @ts-ignore: decorator
@unmanaged export class Cos { @inline run(x: f64): f64 { return NativeMath.cos(x) } }
// @ts-ignore: decorator
@unmanaged export class Tan { @inline run(x: f64): f64 { return NativeMath.tan(x) } }
// @ts-ignore: decorator
@unmanaged export class Asin { @inline run(x: f64): f64 { return NativeMath.asin(x) } }
// @ts-ignore: decorator
@unmanaged export class Acos { @inline run(x: f64): f64 { return NativeMath.acos(x) } }
// @ts-ignore: decorator
@unmanaged export class Atan { @inline run(x: f64): f64 { return NativeMath.atan(x) } }
// @ts-ignore: decorator
@unmanaged export class Sinh { @inline run(x: f64): f64 { return NativeMath.sinh(x) } }
// @ts-ignore: decorator
@unmanaged export class Cosh { @inline run(x: f64): f64 { return NativeMath.cosh(x) } }
// @ts-ignore: decorator
@unmanaged export class Tanh { @inline run(x: f64): f64 { return NativeMath.tanh(x) } }
// @ts-ignore: decorator
@unmanaged export class Asinh { @inline run(x: f64): f64 { return NativeMath.asinh(x) } }
// @ts-ignore: decorator
@unmanaged export class Acosh { @inline run(x: f64): f64 { return NativeMath.acosh(x) } }
// @ts-ignore: decorator
@unmanaged export class Atanh { @inline run(x: f64): f64 { return NativeMath.atanh(x) } }
// @ts-ignore: decorator
@unmanaged export class Erf { @inline run(x: f64): f64 { return erfScalar(x) } }
// @ts-ignore: decorator
@unmanaged export class Erfc { @inline run(x: f64): f64 { return erfcScalar(x) } }

/** 1/(1 + e⁻ˣ) with e^−|x| only, so that nothing overflows and subnormal results are kept. */
// @ts-ignore: decorator
@unmanaged export class Logistic {
  @inline run(x: f64): f64 {
    const e = NativeMath.exp(-abs(x))
    return (x < 0 ? e : 1) / (1 + e)
  }
}
