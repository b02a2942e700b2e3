internal import Glibc
internal import Tensors

/// −Σ w · log p of the labelled classes: NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss.
///
/// Inputs: scores `[batch, classes, …]`, labels `[batch, …]`, optional weights `[classes]`.
private func loss(
  _ operation: GeneralOperation, _ operands: GeneralOperands, logarithms: [Float]
) throws(ShapeProblem) -> [Float] {
  let shape = try operands.shape(0)
  let (classes, plane) = (shape[1], Array(shape[2...]).product)
  let labels = try operands.integers(1)
  let weights = try operands.optional(2)?.reals
  let ignored = operation.optionalInteger("ignore_index")
  var losses = [Float](repeating: 0, count: labels.count)
  var total: Float = 0
  for (index, label) in labels.enumerated() where label != ignored {
    guard (0..<classes).contains(label), weights?.count ?? classes == classes else {
      throw ShapeProblem("label \(label) is no class of \(classes), or the weights do not fit")
    }
    let weight = weights?[label] ?? 1
    let place = (index / plane * classes + label) * plane + index % plane
    losses[index] = -weight * logarithms[place]
    total += weight
  }
  switch operation.text("reduction", "mean") {
  case "none": return losses
  case "sum": return [losses.reduce(0, +)]
  default: return [losses.reduce(0, +) / total]
  }
}

private func logSoftmax(_ x: TypedTensor) -> [Float] {
  let (classes, plane) = (x.shape[1], Array(x.shape[2...]).product)
  var values = x.reals
  for line in 0..<(classes == 0 ? 0 : values.count / classes) {
    let base = line / plane * classes * plane + line % plane
    var largest = -Float.infinity
    for index in 0..<classes { largest = max(largest, values[base + index * plane]) }
    var sum = 0.0
    for index in 0..<classes { sum += exp(Double(values[base + index * plane] - largest)) }
    for index in 0..<classes {
      values[base + index * plane] -= largest + Float(log(sum))
    }
  }
  return values
}

private func lossRule(opset: Int, isOfScores: Bool) -> OperatorRule {
  OperatorRule(opset: opset) { operation, operands throws(ShapeProblem) in
    let (x, labels) = (try operands.shape(0), try operands.shape(1))
    guard x.count >= 2, labels == [x[0]] + x[2...] else {
      throw ShapeProblem("the labels do not fit")
    }
    if operation.output == 1 { return ResultForm(try operands.type(0), x) }
    return ResultForm(
      try operands.type(0), operation.text("reduction", "mean") == "none" ? labels : [])
  } compute: { operation, operands, _ throws(ShapeProblem) in
    let x = try operands.constant(0)
    let logarithms = isOfScores ? logSoftmax(x) : x.reals
    if operation.output == 1 { return .reals(logarithms) }
    return .reals(try loss(operation, operands, logarithms: logarithms))
  }
}

extension GeneralOperation {
  static let lossRules: [String: OperatorRule] = [
    "NegativeLogLikelihoodLoss": lossRule(opset: 13, isOfScores: false),
    "SoftmaxCrossEntropyLoss": lossRule(opset: 13, isOfScores: true),
  ]
}
