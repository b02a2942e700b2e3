internal import Kernels
internal import Network
internal import Tensors

/// Which values of a network need gradients and which values these need, found before anything is
/// planned.
struct GradientRoutes {
  private(set) var wanted: Set<ValueID>
  private(set) var retained: Set<ValueID> = []

  /// - Parameters:
  ///   - sources: what is differentiated by.
  ///   - steps: outputs of quantizers whose steps are learned.
  /// - Throws: `ExecutionError.noGradient` naming the first node without a pullback.
  init(
    _ network: Network, shapes: [ValueID: [Int]], from sources: [ValueID], steps: [ValueID]
  ) throws(ExecutionError) {
    wanted = Set(sources)
    let learned = Set(steps)
    for node in network.nodes {
      let output = node.outputs[0]
      let isOnRoute = node.inputs.contains { $0.map(wanted.contains) ?? false }
      guard isOnRoute || learned.contains(output) else { continue }
      if let reason = node.pullbackObstacle(wanted: wanted, shapes: shapes) {
        throw .noGradient(
          node: node.name, operation: node.operation.operatorName, reason: reason)
      }
      wanted.insert(output)
      retained.formUnion(node.readByPullback(wanted: wanted))
    }
  }
}

extension Node {
  private func isWanted(_ index: Int, _ wanted: Set<ValueID>) -> Bool {
    guard index < inputs.count, let input = inputs[index] else { return false }
    return wanted.contains(input)
  }

  /// Why there is no pullback, as the end of a sentence; nil where there is one.
  fileprivate func pullbackObstacle(
    wanted: Set<ValueID>, shapes: [ValueID: [Int]]
  ) -> String? {
    let shape = { (index: Int) in shapes[inputs[index]!]! }
    switch operation {
    case .batchNormalization where isWanted(3, wanted) || isWanted(4, wanted):
      return "its mean and variance are taken as given"
    case .matMul:
      let (a, b) = (shape(0), shape(1))
      guard a.count >= 2, b.count >= 2, b.count == 2 || a.dropLast(2) == b.dropLast(2) else {
        return "it repeats \(a) × \(b) along batch axes; bring the operands to one shape before"
      }
      return nil
    case .quantize(let quantizer) where CodeRule(quantizer) == nil:
      return "its codes from \(quantizer.lowestCode) on are too large"
    case .pad:
      let map = operation.indexMap(input: shape(0))!
      return map.axes.allSatisfy(\.isInjective) ? nil : "it repeats elements; pad with a constant"
    case .unary, .binary, .localResponseNormalization, .resize, .general:
      return "it has no pullback"
    default: return nil
    }
  }

  /// Operands and results that the pullback reads.
  fileprivate func readByPullback(wanted: Set<ValueID>) -> [ValueID] {
    switch operation {
    case .convolution, .gemm, .matMul, .multiply, .batchNormalization:
      return inputs.compactMap { $0 }
    case .relu, .softmax: return [outputs[0]]
    case .leakyRelu(let slope): return slope > 0 ? [outputs[0]] : [inputs[0]!]
    case .clip, .quantize, .maxPool: return [inputs[0]!]
    // Sums are not fused into what is before: that would be the library's slow code.
    case .add: return inputs.compactMap { $0 }
    case .averagePool, .globalAveragePool, .concatenate, .flatten, .reshape, .transpose,
      .slice, .pad, .identity, .unary, .binary, .localResponseNormalization, .resize, .unsqueeze,
      .squeeze, .general:
      return []
    }
  }
}

extension IndexMap.Axis {
  /// Whether no source element occurs twice.
  var isInjective: Bool {
    let used = indices.filter { $0 >= 0 }
    return Set(used).count == used.count
  }
}

extension IndexMap {
  /// The map that takes each element back to where it came from, zero where it went nowhere.
  ///
  /// - Precondition: every axis is injective and has a source.
  func inverted(to shape: [Int]) -> IndexMap {
    var result = IndexMap(identity: shape)
    result.fill = 0
    for (axis, mapping) in axes.enumerated() {
      guard let source = mapping.source else { preconditionFailure("an axis without a source") }
      var indices = [Int](repeating: -1, count: shape[source])
      for (place, index) in mapping.indices.enumerated() where index >= 0 {
        indices[index] = place
      }
      result.axes[source] = Axis(source: axis, indices: indices)
    }
    return result
  }
}
