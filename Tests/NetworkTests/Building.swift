import Network
import Tensors

extension Network {
  mutating func input(_ name: String, _ shape: [Dimension]) -> ValueID {
    let value = addValue(ValueInfo(name: name, declaredShape: shape))
    inputs.append(value)
    return value
  }

  mutating func input(_ name: String, _ shape: [Int]) -> ValueID {
    input(name, shape.map { .fixed($0) })
  }

  mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]? = nil) -> ValueID {
    let tensor = Tensor(shape: shape, values: values ?? [Float](repeating: 1, count: shape.product))
    return addConstant(.stored(StoredTensor(tensor)), name: name)
  }

  mutating func node(_ operation: Operation, _ inputs: [ValueID?], name: String? = nil) -> ValueID {
    let name = name ?? "\(operation.operatorName)_\(nodes.count)"
    let output = addValue(ValueInfo(name: name + "_output"))
    nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
    return output
  }
}

/// A convolution with one kernel extent, stride and explicit padding for both spatial axes.
func convolution(
  _ kernel: Int, stride: Int = 1, pad: Int = 0, dilation: Int = 1, groups: Int = 1
) -> Operation {
  .convolution(
    Convolution(
      kernel: [kernel, kernel], strides: [stride, stride], dilations: [dilation, dilation],
      padding: .explicit(before: [pad, pad], after: [pad, pad]), groups: groups))
}
