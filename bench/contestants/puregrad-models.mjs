/** What the jitted and the eager puregrad both run. */
export const makeTensors =
  ({ np }) =>
  (inputs) =>
    Object.fromEntries(Object.entries(inputs).map(([name, { shape, data }]) => [name, np.array(data).reshape(shape)]))

export const mlpLoss =
  ({ np, nn }) =>
  ({ w1, b1, w2, b2, w3, b3 }, x, y) => {
    const hidden1 = nn.relu(np.matmul(x, w1).add(b1))
    const hidden2 = nn.relu(np.matmul(hidden1, w2).add(b2))
    return np.mean(nn.losses.softmaxCrossEntropy(np.matmul(hidden2, w3).add(b3), y))
  }
