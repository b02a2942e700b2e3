internal import COneDNN
internal import Network
internal import Tensors

extension PlanBuilder {
  /// Appends the steps of one node, and of the nodes fused into it.
  func append(_ node: Node, at index: Int) throws(PrimitiveFailure) {
    let output = node.outputs[0]
    // Without elements there is nothing to compute.
    if shape(output).product == 0 {
      let isReal = network[output].type.isReal
      return try define(
        output, isReal ? allocate(plain(output)) : allocateIntegers(shape(output)))
    }
    switch node.operation {
    case .convolution(let convolution):
      try appendConvolution(convolution, node)
    case .batchNormalization(let epsilon):
      try appendBatchNormalization(epsilon: epsilon, node)
    case .relu, .leakyRelu, .clip:
      try appendEltwise(node.operation.eltwise!, node)
    case .gemm(let gemm):
      try appendGemm(gemm, node)
    case .matMul:
      try appendMatMul(node)
    case .add:
      try appendBinary(dnnl_binary_add, commutes: true, node)
    case .multiply:
      try appendBinary(dnnl_binary_mul, commutes: true, node)
    case .unary(let function):
      try appendUnary(function, node)
    case .binary(let function):
      try appendBinary(function, node)
    case .localResponseNormalization(let normalization):
      try appendLocalResponseNormalization(normalization, node)
    case .maxPool(let pooling):
      try appendPooling(pooling, .maximum, node)
    case .averagePool(let pooling, let countsPadding):
      try appendPooling(pooling, countsPadding ? .paddedMean : .mean, node)
    case .globalAveragePool:
      try appendPooling(.global(shape(node.inputs[0]!)), .mean, node)
    case .concatenate(let axis):
      try appendConcatenation(axis: axis, node)
    case .flatten, .reshape, .unsqueeze, .squeeze:
      let source = try plainView(of: node.inputs[0]!)
      try define(output, View(storage: source.storage, layout: plain(output)))
    case .identity:
      try define(output, try view(of: node.inputs[0]!))
    case .transpose, .slice, .pad:
      try appendGather(node)
    case .resize(let resize):
      try appendResize(resize, node)
    case .softmax(let axis, let flattensTrailing):
      try appendSoftmax(axis: axis, flattensTrailing: flattensTrailing, node)
    case .general(let operation):
      try appendGeneral(operation, node)
    case .quantize(let quantizer):
      try appendQuantizer(quantizer, node)
    }
  }

  func plain(_ value: ValueID) -> Layout { Layout(plain: shape(value)) }

  /// Memory for an element-wise result: the input's own where nothing else needs it.
  func destination(replacing value: ValueID, _ view: View) -> View {
    isLastRead(of: value, in: view) ? view : allocate(view.layout)
  }
}

extension Operation {
  /// The operation as one of oneDNN's element-wise algorithms.
  var eltwise: Eltwise? {
    switch self {
    case .relu: .relu
    case .leakyRelu(let slope): .leakyRelu(slope: slope)
    case .clip(let lower, let upper): .clip(lower: lower, upper: upper)
    case .unary(let function): function.eltwises.count == 1 ? function.eltwises[0] : nil
    default: nil
    }
  }
}
