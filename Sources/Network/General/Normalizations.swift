internal import Tensors

/// Mean and 1 / √(variance + ε) of groups of elements.
private struct GroupMoments {
  var means: [Double]
  var inverses: [Double]

  /// - Parameter targets: the group of each element.
  init(_ values: [Float], targets: [Int], groups: Int, epsilon: Double, centred: Bool = true) {
    means = [Double](repeating: 0, count: groups)
    inverses = means
    let count = Double(max(1, groups == 0 ? 1 : values.count / groups))
    if centred {
      for (index, target) in targets.enumerated() { means[target] += Double(values[index]) }
      for index in means.indices { means[index] /= count }
    }
    for (index, target) in targets.enumerated() {
      let distance = Double(values[index]) - means[target]
      inverses[target] += distance * distance
    }
    for index in inverses.indices {
      inverses[index] = 1 / (inverses[index] / count + epsilon).squareRoot()
    }
  }
}

/// The groups of consecutive elements: `length` each.
private func consecutive(_ count: Int, _ length: Int) -> [Int] {
  (0..<count).map { $0 / max(length, 1) }
}

private func sameForm(
  _: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> ResultForm {
  ResultForm(try operands.type(0), try operands.shape(0))
}

/// LayerNormalization and RMSNormalization: over the axes from `axis` on.
private func layerNormalization(opset: Int, centred: Bool) -> OperatorRule {
  OperatorRule(opset: opset) { operation, operands throws(ShapeProblem) in
    let shape = try operands.shape(0)
    let axis = try problemAxis(operation.integer("axis", -1), rank: shape.count)
    for index in 1...2 where operands.has(index) {
      guard broadcast(try operands.shape(index), Array(shape[axis...])) == Array(shape[axis...])
      else { throw ShapeProblem("scale or offset does not fit the axes from \(axis) on") }
    }
    guard operation.output > 0 else { return ResultForm(try operands.type(0), shape) }
    return ResultForm(.float32, shape[..<axis] + shape[axis...].map { _ in 1 })
  } compute: { operation, operands, form throws(ShapeProblem) in
    let x = try operands.constant(0)
    let axis = try problemAxis(operation.integer("axis", -1), rank: x.shape.count)
    let normalized = Array(x.shape[axis...])
    let length = normalized.product
    var values = x.reals
    let targets = consecutive(values.count, length)
    let moments = GroupMoments(
      values, targets: targets, groups: length == 0 ? 0 : values.count / length,
      epsilon: Double(operation.real("epsilon", 1e-5)), centred: centred)
    if operation.output == 1 { return .reals(moments.means.map { Float($0) }) }
    if operation.output == 2 { return .reals(moments.inverses.map { Float($0) }) }
    let scale = try operands.optional(1)
    let offset = try operands.optional(2)
    let (scales, offsets) = (scale?.reals ?? [1], offset?.reals ?? [0])
    let scalePlaces = Places(scale?.shape ?? [], normalized)
    let offsetPlaces = Places(offset?.shape ?? [], normalized)
    for index in values.indices {
      let (group, place) = (targets[index], index % length)
      let distance = (Double(values[index]) - moments.means[group]) * moments.inverses[group]
      values[index] =
        Float(distance) * scales[scalePlaces[place]] + offsets[offsetPlaces[place]]
    }
    return .reals(values)
  }
}

/// Groups of consecutive elements, then scale and offset per channel.
private func channelNormalization(
  opset: Int, groups: @escaping @Sendable (GeneralOperation, [Int]) -> Int
) -> OperatorRule {
  OperatorRule(opset: opset) { operation, operands throws(ShapeProblem) in
    let shape = try operands.shape(0)
    guard shape.count >= 2 else { throw ShapeProblem("needs a channel axis") }
    let count = groups(operation, shape)
    guard count > 0, shape[1] > 0, shape[1] % count == 0 else {
      throw ShapeProblem("\(shape[1]) channels cannot be \(count) groups")
    }
    for index in 1...2 where try operands.shape(index) != [shape[1]] {
      throw ShapeProblem("input \(index) needs one value per channel")
    }
    return ResultForm(try operands.type(0), shape)
  } compute: { operation, operands, form throws(ShapeProblem) in
    var values = try operands.reals(0)
    let count = groups(operation, form.shape)
    let plane = Array(form.shape[2...]).product
    let length = form.shape[1] / count * plane
    let targets = consecutive(values.count, length)
    let moments = GroupMoments(
      values, targets: targets, groups: length == 0 ? 0 : values.count / length,
      epsilon: Double(operation.real("epsilon", 1e-5)))
    let (scale, offset) = (try operands.reals(1), try operands.reals(2))
    for index in values.indices {
      let channel = index / plane % form.shape[1]
      let distance =
        (Double(values[index]) - moments.means[targets[index]]) * moments.inverses[targets[index]]
      values[index] =
        Float(distance) * scale[channel] + offset[channel]
    }
    return .reals(values)
  }
}

/// BatchNormalization: outputs 1 and 2 are the running statistics of its training form.
private let batchNormalization = OperatorRule(opset: 15) {
  operation, operands throws(ShapeProblem) in
  let shape = try operands.shape(0)
  guard shape.count >= 2 else { throw ShapeProblem("needs a channel axis") }
  for index in 1...4 where try operands.shape(index) != [shape[1]] {
    throw ShapeProblem("input \(index) needs one value per channel")
  }
  guard operation.output == 0 || operation.output <= 2 && operation.flag("training_mode") else {
    throw ShapeProblem("its output \(operation.output) is not known")
  }
  return ResultForm(try operands.type(0), operation.output == 0 ? shape : [shape[1]])
} compute: { operation, operands, form throws(ShapeProblem) in
  let x = try operands.constant(0)
  var values = x.reals
  let (channels, plane) = (x.shape[1], Array(x.shape[2...]).product)
  var (mean, variance) = (try operands.reals(3), try operands.reals(4))
  if operation.flag("training_mode") {
    let targets = values.indices.map { $0 / plane % channels }
    let moments = GroupMoments(values, targets: targets, groups: channels, epsilon: 0)
    let momentum = operation.real("momentum", 0.9)
    let measured = [moments.means, moments.inverses.map { 1 / ($0 * $0) }]
      .map { $0.map { Float($0) } }
    if operation.output > 0 {
      let old = operation.output == 1 ? mean : variance
      return .reals(
        zip(old, measured[operation.output - 1]).map { $0 * momentum + $1 * (1 - momentum) })
    }
    (mean, variance) = (measured[0], measured[1])
  }
  let (scale, offset) = (try operands.reals(1), try operands.reals(2))
  let epsilon = operation.real("epsilon", 1e-5)
  for index in values.indices {
    let channel = index / plane % channels
    values[index] =
      (values[index] - mean[channel]) / (variance[channel] + epsilon).squareRoot()
      * scale[channel] + offset[channel]
  }
  return .reals(values)
}

extension GeneralOperation {
  static let normalizationRules: [String: OperatorRule] = [
    "LayerNormalization": layerNormalization(opset: 17, centred: true),
    "RMSNormalization": layerNormalization(opset: 23, centred: false),
    "InstanceNormalization": channelNormalization(opset: 6) { $1[1] },
    "GroupNormalization": channelNormalization(opset: 21) { operation, _ in
      operation.integer("num_groups", 1)
    },
    "BatchNormalization": batchNormalization,
    "MeanVarianceNormalization": OperatorRule(form: sameForm) {
      operation, operands, form throws(ShapeProblem) in
      let axes = try problemAxes(
        operation.integers("axes") ?? [0, 2, 3], rank: form.shape.count)
      var values = try operands.reals(0)
      let targets = reductionTargets(form.shape, axes: axes)
      let groups = form.shape.indices.filter { !axes.contains($0) }.map { form.shape[$0] }.product
      let moments = GroupMoments(values, targets: targets, groups: groups, epsilon: 1e-18)
      for index in values.indices {
        let group = targets[index]
        values[index] = Float(
          (Double(values[index]) - moments.means[group]) * moments.inverses[group])
      }
      return .reals(values)
    },
    "LRN": OperatorRule(form: sameForm) { operation, operands, form throws(ShapeProblem) in
      guard form.shape.count >= 2 else { throw ShapeProblem("needs a channel axis") }
      let size = operation.integer("size", 1)
      let (alpha, beta) = (operation.real("alpha", 0.0001), operation.real("beta", 0.75))
      let bias = operation.real("bias", 1)
      let values = try operands.reals(0)
      let (channels, plane) = (form.shape[1], Array(form.shape[2...]).product)
      guard (1...attributeLimit).contains(size) else { throw ShapeProblem("size is \(size)") }
      return .reals(
        values.indices.map { index in
          let channel = index / plane % channels
          let from = max(0, channel - (size - 1) / 2)
          let to = min(channels - 1, channel + size / 2)
          var sum: Float = 0
          for other in from...to {
            let x = values[index + (other - channel) * plane]
            sum += x * x
          }
          let base = bias + alpha / Float(size) * sum
          return values[index] / Float(raised(Double(base), Double(beta)))
        })
    },
  ]
}
