/**
 * Binary operations as types, so that one loop serves them all. Each has `one<T>` on scalars, and, where `simd<T>` holds,
 * `lanes<T>` with the same bits on vectors. They are used through `changetype<Op>(0)` and never instantiated.
 */

@unmanaged
export class Add {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return true }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.add<T>(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T { return <T>(a + b) }
}

@unmanaged
export class Sub {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return true }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.sub<T>(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T { return <T>(a - b) }
}

/** Wrapping for integers. Bytes have no vector form: SIMD has no byte product, and they are rare. */
@unmanaged
export class Mul {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return sizeof<T>() > 1 }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.mul<T>(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T { return <T>(a * b) }
}

/** Floats: IEEE. Integers: truncating; x/0 has all bits set, as in XLA, and the one signed overflow wraps. */
@unmanaged
export class Div {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return isFloat<T>() }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.div<T>(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T {
    if (isInteger<T>()) {
      if (b == 0) return <T>-1
      if (isSigned<T>()) {
        if (b == -1) return <T>(0 - a)
      }
    }
    return <T>(a / b)
  }
}

/** Integers only: the sign of the dividend; x rem 0 = x. */
@unmanaged
export class Rem {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return false }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return a }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T {
    if (b == 0) return a
    if (isSigned<T>()) {
      if (b == -1) return 0
    }
    return <T>(a % b)
  }
}

/** Integers only, by squaring, wrapping; a negative exponent gives 0, except that 1 and −1 keep absolute value 1. */
@unmanaged
export class Pow {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return false }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return a }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T {
    if (isSigned<T>()) {
      if (b < 0) {
        if (a == 1) return 1
        if (a == -1) return b & 1 ? -1 : 1
        return 0
      }
    }
    let base = <u32>a, exponent = <u32>b, power: u32 = 1
    while (exponent) {
      if (exponent & 1) power *= base
      base *= base
      exponent >>= 1
    }
    return <T>power
  }
}

// @ts-ignore: decorator
@inline
function allOnes<T>(): T {
  return sizeof<T>() == 4 ? <T>reinterpret<f32>(-1) : <T>reinterpret<f64>(<i64>-1)
}

/** NaN from either side; −0 < +0. */
@unmanaged
export class Max {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return true }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 {
    if (isInteger<T>()) return v128.max<T>(a, b)
    // five instructions where the engine's own max takes eight: both orders differ only at NaN and in the sign of zero
    const x = v128.pmax<T>(a, b), y = v128.pmax<T>(b, a)
    return v128.or(v128.and(x, y), v128.ne<T>(x, y))
  }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T {
    const m = max<T>(a, b)
    // the NaN of the lanes, so that position changes no bit
    return isFloat<T>() && m != m ? allOnes<T>() : m
  }
}

/** NaN from either side; −0 < +0. */
@unmanaged
export class Min {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return true }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 {
    if (isInteger<T>()) return v128.min<T>(a, b)
    // five instructions where the engine's own min takes eight: both orders differ only at NaN and in the sign of zero
    const x = v128.pmin<T>(a, b), y = v128.pmin<T>(b, a)
    return v128.or(v128.or(x, y), v128.ne<T>(x, y))
  }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T {
    const m = min<T>(a, b)
    // the NaN of the lanes, so that position changes no bit
    return isFloat<T>() && m != m ? allOnes<T>() : m
  }
}

@unmanaged
export class And {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return true }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.and(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T { return <T>(a & b) }
}

@unmanaged
export class Or {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return true }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.or(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T { return <T>(a | b) }
}

@unmanaged
export class Xor {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return true }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.xor(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T { return <T>(a ^ b) }
}

/** A count outside 0 ≤ b < width shifts every bit out. */
@unmanaged
export class Shl {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return false }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return a }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T { return <u32>b < 8 * sizeof<T>() ? <T>(<u32>a << <u32>b) : 0 }
}

/** Zeros enter, also for a signed type. */
@unmanaged
export class ShrLogical {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return false }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return a }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T { return <u32>b < 8 * sizeof<T>() ? <T>(<u32>a >> <u32>b) : 0 }
}

/** Copies of the top bit enter, also for an unsigned type. */
@unmanaged
export class ShrArithmetic {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return false }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return a }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T {
    const count = min<u32>(<u32>b, 8 * sizeof<T>() - 1)
    if (sizeof<T>() == 1) return <T>(<i32>(<i8>a) >> count)
    return <T>(<i32>a >> count)
  }
}
