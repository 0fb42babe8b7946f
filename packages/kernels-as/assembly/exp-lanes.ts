/** e^x lane by lane for either float type, with the bits of exp_f32 and exp_f64. */
import { expVector } from './vector-exp'

// @ts-ignore: decorator
@inline
export function expLanes<T>(x: v128): v128 {
  if (sizeof<T>() == 4) return expVector(x)
  const low = NativeMath.exp(f64x2.extract_lane(x, 0)), high = NativeMath.exp(f64x2.extract_lane(x, 1))
  return f64x2.replace_lane(f64x2.splat(low), 1, high)
}
