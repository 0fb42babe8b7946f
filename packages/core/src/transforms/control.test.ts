import { describe, expect, it } from 'vitest'
import { cond, np, scan, type Tensor, whileLoop } from '../index.js'

describe('JavaScript numbers beside integer tensors', () => {
  const two = np.array(2, { dtype: 'int32' })
  it('take the integer type if they are whole', () => {
    const [carry] = scan(
      (_: Tensor | number, x: Tensor) => [x as Tensor | number, null],
      0,
      np.array([1, 2], { dtype: 'int32' }),
    )
    expect([(carry as Tensor).dtype, (carry as Tensor).item()]).toEqual(['int32', 2])
    expect(
      cond(
        false,
        (x: Tensor): Tensor | number => x,
        () => 3,
        two,
      ),
    ).toMatchObject({ dtype: 'int32' })
  })
  it('are not cut if they are not', () => {
    expect(() =>
      whileLoop(
        ([i]: readonly [Tensor | number, Tensor | number]) => np.less(i, 3),
        ([i]: readonly [Tensor | number, Tensor | number]) => [np.add(i, 1), two] as const,
        [0, 0.5] as readonly [Tensor | number, Tensor | number],
      ),
    ).toThrow(/carry\[1\] starts as the number 0\.5 and is returned as int32\[\].*astype\('float32'\)/)
    expect(() =>
      cond(
        false,
        (x: Tensor): Tensor | number => x,
        () => 2.5,
        two,
      ),
    ).toThrow(/return different types/)
  })
})
