// Does large and small work over the built package, and prints what came out, or the error. For the process's flags to make hard.
const say = (answer) => process._rawDebug(JSON.stringify(answer))
import('@puregrad/core').then(({ grad, jit, np }) => {
  try {
    const x = np.ones([600, 600])
    const eager = np.matmul(x, x).sum().item()
    const jitted = jit((y) => np.matmul(y, y).sum())(x).item()
    say({ eager, jitted, gradient: grad((y) => y.mul(y).sum())(np.array([1, 2])).toArray() })
  } catch (error) {
    say({ tag: error._tag ?? null, message: String(error.message) })
  }
})
