// Polynomials whose coefficients lie in a float64 table, highest degree first.

/** Σ c[k] tⁿ⁻¹⁻ᵏ by Horner's rule. */
export function horner(t: f64, table: usize, n: i32): f64 {
  let sum = load<f64>(table)
  const end = table + (<usize>n << 3)
  for (let c = table + 8; c < end; c += 8) sum = sum * t + load<f64>(c)
  return sum
}

/** Σ c[k] Tₙ₋₁₋ₖ(t) of Chebyshev polynomials by Clenshaw's rule. */
export function chebyshev(t: f64, table: usize, n: i32): f64 {
  const twice = t + t
  let a: f64 = 0
  let b: f64 = 0
  const last = table + (<usize>(n - 1) << 3)
  for (let c = table; c < last; c += 8) {
    const next = twice * a - b + load<f64>(c)
    b = a
    a = next
  }
  return t * a - b + load<f64>(last)
}
