extension Operation {
  /// The ONNX operator that this operation is read from.
  package var operatorName: String {
    switch self {
    case .convolution: "Conv"
    case .batchNormalization: "BatchNormalization"
    case .relu: "Relu"
    case .leakyRelu: "LeakyRelu"
    case .clip: "Clip"
    case .gemm: "Gemm"
    case .matMul: "MatMul"
    case .add: "Add"
    case .multiply: "Mul"
    case .unary(let function): function.operatorName
    case .binary(let function): function.operatorName
    case .localResponseNormalization: "LRN"
    case .maxPool: "MaxPool"
    case .averagePool: "AveragePool"
    case .globalAveragePool: "GlobalAveragePool"
    case .concatenate: "Concat"
    case .flatten: "Flatten"
    case .reshape: "Reshape"
    case .unsqueeze: "Unsqueeze"
    case .squeeze: "Squeeze"
    case .transpose: "Transpose"
    case .slice: "Slice"
    case .pad: "Pad"
    case .resize: "Resize"
    case .softmax: "Softmax"
    case .identity: "Identity"
    case .general(let operation): operation.name
    case .quantize: "QuantizeLinear"
    }
  }
}
