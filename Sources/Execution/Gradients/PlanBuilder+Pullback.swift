internal import COneDNN
internal import Network
internal import Tensors

extension PlanBuilder {
  /// Appends the pullbacks of all nodes in reverse order, after the forward steps.
  ///
  /// - Parameters:
  ///   - sources: what is differentiated by; gradient i becomes result `first + i`, the learned
  ///     steps' gradients follow, then mean and variance of each measured normalization.
  /// - Returns: the first of the steps, the last ones, that tell mean and variance.
  func appendPullbacks(
    of sources: [ValueID], firstResult first: Int
  ) throws(ExecutionError) -> Int {
    for output in network.outputs {
      let seed = addInput(Layout(plain: shape(output)))
      try named(network[output].name) { () throws(PrimitiveFailure) in
        try contribute(seed, to: output, isShared: true)
      }
    }
    let places = Dictionary(
      sources.enumerated().map { ($1, first + $0) }, uniquingKeysWith: { first, _ in first })
    // Nobody adds to a gradient once the first reader of its value has been gone back through.
    var finished: [Int: [ValueID]] = [:]
    for source in places.keys.sorted() {
      guard let reader = consumers[source]?.first else { continue }
      finished[reader, default: []].append(source)
    }
    for index in network.nodes.indices.reversed() {
      let node = network.nodes[index]
      try named(node.name) { () throws(PrimitiveFailure) in
        if shape(node.outputs[0]).product > 0 { try pullBack(node) }
        for source in finished[index] ?? [] {
          guard let cotangent = training!.cotangents[source] else { continue }
          try emitPlain(cotangent.view, at: places[source]!)
        }
      }
    }
    for (place, output) in training!.learnedSteps.enumerated() {
      guard let view = training!.stepGradients[output] else { continue }
      try named(network[output].name) { () throws(PrimitiveFailure) in
        try emitPlain(view, at: first + sources.count + place)
      }
    }
    let statistics = first + sources.count + training!.learnedSteps.count
    let firstTelling = steps.count
    for (place, output) in training!.measured.enumerated() {
      guard let moments = training!.moments[output] else { continue }
      try named(network[output].name) { () throws(PrimitiveFailure) in
        try emitPlain(moments.mean, at: statistics + 2 * place)
        try emitPlain(moments.variance, at: statistics + 2 * place + 1)
      }
    }
    return firstTelling
  }

  private func emitPlain(_ view: View, at position: Int) throws(PrimitiveFailure) {
    let plain = Layout(plain: view.layout.shape)
    let reorder =
      view.layout == plain
      ? nil : try PrimitiveChoice(reorderFrom: view.layout, to: plain, engine).primitive()
    append(.emit(view, reorder: reorder, output: position))
  }

  private func pullBack(_ node: Node) throws(PrimitiveFailure) {
    let output = node.outputs[0]
    guard let dy = training!.cotangents.removeValue(forKey: output) else { return }
    let wanted = node.inputs.contains { isWanted($0) }
    guard wanted || training!.steps[output] != nil else { return }
    switch node.operation {
    case .convolution(let convolution): try pullBackConvolution(convolution, node, dy)
    case .batchNormalization(let epsilon): try pullBackBatchNormalization(epsilon, node, dy)
    case .relu: try pullBackSlope(0, signsOf: output, node, dy)
    case .leakyRelu(let slope):
      try pullBackSlope(slope, signsOf: slope > 0 ? output : node.inputs[0]!, node, dy)
    case .clip(let lower, let upper): try pullBackClip(lower: lower, upper: upper, node, dy)
    case .gemm(let gemm): try pullBackGemm(gemm, node, dy)
    case .matMul: try pullBackMatMul(node, dy)
    case .add: try pullBackAddition(node, dy)
    case .multiply: try pullBackMultiplication(node, dy)
    case .maxPool(let pooling): try pullBackPooling(pooling, .maximum, node, dy)
    case .averagePool(let pooling, let countsPadding):
      try pullBackPooling(pooling, countsPadding ? .paddedMean : .mean, node, dy)
    case .globalAveragePool:
      try pullBackPooling(.global(shape(node.inputs[0]!)), .mean, node, dy)
    case .concatenate(let axis): try pullBackConcatenation(axis: axis, node, dy)
    case .flatten, .reshape, .unsqueeze, .squeeze:
      let input = node.inputs[0]!
      let part = try reshaped(dy, to: shape(input))
      try contribute(part.view, to: input, isShared: part.isShared)
    case .identity: try contribute(dy.view, to: node.inputs[0]!, isShared: dy.isShared)
    case .transpose, .slice, .pad: try pullBackGather(node, dy)
    case .softmax(let axis, let flattens):
      try pullBackSoftmax(axis: axis, flattensTrailing: flattens, node, dy)
    case .unary, .binary, .localResponseNormalization, .resize, .general:
      preconditionFailure("\(node.operation.operatorName) is refused by GradientRoutes")
    case .quantize(let quantizer): try pullBackQuantizer(quantizer, node, dy)
    }
  }
}
