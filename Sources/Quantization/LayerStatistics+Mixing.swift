internal import Kernels

extension LayerStatistics {
  /// Adds samples that count differently: Σ w x xᵀ, Σ w t xᵀ and so on.
  ///
  /// - Parameters:
  ///   - values: `[inputs, columns]`; inputs must be real.
  ///   - targets: `[outputs, columns]`.
  ///   - weights: w, `[columns]`, not negative; their mean over all samples of the layer is to be
  ///     1, since the regression takes the number of samples for the sum of the weights.
  package mutating func add(
    values: Span<Float>, targets: Span<Float>, weights: Span<Float>, columns: Int
  ) {
    guard case .values(var gram, var sums) = moments else {
      preconditionFailure("statistics of codes cannot take weighted samples")
    }
    precondition(weights.count == columns, "one weight per sample")
    moments = .values(gram: [], sums: [])
    let roots = (0..<columns).map { weights[$0].squareRoot() }
    // Products of two values scaled by √w carry w, sums of values must carry it themselves.
    let scaledValues = scaled(values, rows: inputs, by: roots)
    let scaledTargets = scaled(targets, rows: outputs, by: roots)
    var unused = [Double](repeating: 0, count: inputs)
    addGram(scaledValues.span, inputs: inputs, columns: columns, to: &gram, sums: &unused)
    addCrossProduct(
      scaledTargets.span, scaledValues.span, outputs: outputs, inputs: inputs, columns: columns,
      to: &cross)
    addSquares(scaledTargets.span, rows: outputs, columns: columns, to: &targetSquares)
    let plainWeights = (0..<columns).map { weights[$0] }
    addSums(
      scaled(values, rows: inputs, by: plainWeights).span, rows: inputs, columns: columns,
      to: &sums)
    addSums(
      scaled(targets, rows: outputs, by: plainWeights).span, rows: outputs, columns: columns,
      to: &targetSums)
    moments = .values(gram: gram, sums: sums)
    sampleCount += columns
  }

  /// The moments of real values, also where they were of codes.
  package var ofValues: LayerStatistics {
    guard case .codes(let gram, let sums, let step) = moments else { return self }
    let unit = Double(step)
    var result = self
    result.moments = .values(
      gram: gram.map { unit * unit * Double($0) }, sums: sums.map { unit * Double($0) })
    result.cross = cross.map { unit * $0 }
    return result
  }

  /// The regression on inputs that are of one kind with some probability, otherwise of the other:
  /// the mean of both moments. With clean and quantized inputs and a half it is what dropping the
  /// quantization of random inputs samples (QDrop), in closed form up to the covariance of mixed
  /// pairs.
  ///
  /// - Parameters:
  ///   - other: of the same layer, targets and number of samples.
  ///   - share: the probability of `other`, 0 ... 1.
  package func mixed(with other: LayerStatistics, share: Double) -> LayerStatistics {
    precondition(inputs == other.inputs && outputs == other.outputs, "other layer")
    precondition(sampleCount == other.sampleCount, "other samples")
    precondition((0...1).contains(share), "a probability")
    guard case .values(let gram, let sums) = ofValues.moments,
      case .values(let otherGram, let otherSums) = other.ofValues.moments
    else { preconditionFailure("moments of values are of values") }
    func mean(_ left: [Double], _ right: [Double]) -> [Double] {
      zip(left, right).map { (1 - share) * $0 + share * $1 }
    }
    return LayerStatistics(
      inputs: inputs, outputs: outputs, sampleCount: sampleCount,
      moments: .values(gram: mean(gram, otherGram), sums: mean(sums, otherSums)),
      cross: mean(ofValues.cross, other.ofValues.cross),
      targetSums: mean(targetSums, other.targetSums),
      targetSquares: mean(targetSquares, other.targetSquares))
  }
}

/// `values` `[rows, columns]` with each column times its factor.
private func scaled(_ values: Span<Float>, rows: Int, by factors: [Float]) -> [Float] {
  let columns = factors.count
  precondition(values.count == rows * columns, "values do not fit \(rows) × \(columns)")
  var result = [Float](repeating: 0, count: values.count)
  for row in 0..<rows {
    for column in 0..<columns {
      result[row * columns + column] = values[row * columns + column] * factors[column]
    }
  }
  return result
}
