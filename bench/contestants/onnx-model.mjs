/** Small ONNX models of one graph, as bytes. Field numbers are those of onnx.proto, IR version 8. */
import protobuf from 'protobufjs'

const field = (type, id, rule) => (rule ? { type, id, rule } : { type, id })
const message = (fields) => ({ fields })

const root = protobuf.Root.fromJSON({
  nested: {
    OperatorSet: message({ domain: field('string', 1), version: field('int64', 2) }),
    Attribute: message({
      name: field('string', 1),
      i: field('int64', 3),
      ints: field('int64', 8, 'repeated'),
      type: field('int32', 20),
    }),
    Node: message({
      input: field('string', 1, 'repeated'),
      output: field('string', 2, 'repeated'),
      opType: field('string', 4),
      attribute: field('Attribute', 5, 'repeated'),
    }),
    Dimension: message({ dimValue: field('int64', 1) }),
    TensorShape: message({ dim: field('Dimension', 1, 'repeated') }),
    TensorType: message({ elemType: field('int32', 1), shape: field('TensorShape', 2) }),
    Type: message({ tensorType: field('TensorType', 1) }),
    ValueInfo: message({ name: field('string', 1), type: field('Type', 2) }),
    Tensor: message({
      dims: field('int64', 1, 'repeated'),
      dataType: field('int32', 2),
      int64Data: field('int64', 7, 'repeated'),
      name: field('string', 8),
    }),
    Graph: message({
      node: field('Node', 1, 'repeated'),
      name: field('string', 2),
      initializer: field('Tensor', 5, 'repeated'),
      input: field('ValueInfo', 11, 'repeated'),
      output: field('ValueInfo', 12, 'repeated'),
    }),
    Model: message({
      irVersion: field('int64', 1),
      graph: field('Graph', 7),
      opsetImport: field('OperatorSet', 8, 'repeated'),
    }),
  },
})

const [float, int64] = [1, 7]
const [intAttribute, intsAttribute] = [2, 7]

const info = ([name, shape]) => ({
  name,
  type: { tensorType: { elemType: float, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
})

const attribute = ([name, value]) =>
  Array.isArray(value) ? { name, ints: value, type: intsAttribute } : { name, i: value, type: intAttribute }

/**
 * @param inputs shapes by name, float32
 * @param nodes `[opType, inputs, output, attributes?]`; an array of outputs stands for several
 * @param integers named constant vectors of int64
 * @param output the shape of the value `y`
 */
export const onnxModel = ({ inputs, nodes, integers = {}, output }) => {
  const Model = root.lookupType('Model')
  const graph = {
    name: 'row',
    node: nodes.map(([opType, input, out, attributes = {}]) => ({
      opType,
      input,
      output: [out].flat(),
      attribute: Object.entries(attributes).map(attribute),
    })),
    initializer: Object.entries(integers).map(([name, values]) => ({
      name,
      dims: [values.length],
      dataType: int64,
      int64Data: values,
    })),
    input: Object.entries(inputs).map(info),
    output: [info(['y', output])],
  }
  return Model.encode(Model.fromObject({ irVersion: 8, opsetImport: [{ domain: '', version: 17 }], graph })).finish()
}
