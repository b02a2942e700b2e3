package import Quantization

/// Statistics of a layer group, as they leave a worker and as a problem carries them.
extension TensorBundle {
  /// Appends the statistics of one of several groups.
  package mutating func append(_ statistics: LayerStatistics, group: Int) {
    append(statistics, prefix: "group \(group) ")
  }

  /// Appends the statistics of a layer group.
  package mutating func append(_ statistics: LayerStatistics) { append(statistics, prefix: "") }

  private mutating func append(_ statistics: LayerStatistics, prefix: String) {
    append(
      prefix + "sizes",
      .int64([statistics.inputs, statistics.outputs, statistics.sampleCount].map { Int64($0) }))
    let square = [statistics.inputs, statistics.inputs]
    switch statistics.moments {
    case .codes(let gram, let sums, let step):
      append(prefix + "gram", .triangle(of: gram, order: statistics.inputs))
      append(prefix + "sums", .int64(sums))
      append(prefix + "step", .float32([step]))
    case .values(let gram, let sums):
      append(prefix + "gram", shape: square, .float64(gram))
      append(prefix + "sums", .float64(sums))
    }
    append(
      prefix + "cross", shape: [statistics.outputs, statistics.inputs], .float64(statistics.cross))
    append(prefix + "target sums", .float64(statistics.targetSums))
    append(prefix + "target squares", .float64(statistics.targetSquares))
  }

  /// The statistics of one of several groups.
  ///
  /// - Throws: like `statistics()`.
  package func statistics(group: Int) throws(WireError) -> LayerStatistics {
    try statistics(prefix: "group \(group) ")
  }

  /// - Throws: `WireError` when arrays are missing, do not fit each other, or hold codes' moments
  ///   that so many samples cannot have.
  package func statistics() throws(WireError) -> LayerStatistics { try statistics(prefix: "") }

  private func statistics(prefix: String) throws(WireError) -> LayerStatistics {
    let sizes = try int64(prefix + "sizes", shape: [3])
    guard sizes[0] > 0, sizes[1] > 0, (1...PayloadLimits.samples).contains(sizes[2]),
      max(sizes[0], sizes[1]) <= PayloadLimits.count
    else {
      throw WireError(prefix + "sizes", .malformed("a size is out of range"))
    }
    let (inputs, outputs) = (Int(sizes[0]), Int(sizes[1]))
    let moments: InputMoments
    if contains(prefix + "step") {
      let step = try float32(prefix + "step", shape: [1])[0]
      guard step.isUsableScale else { throw WireError(prefix + "step", .malformed("not positive")) }
      let largest = UInt64(PayloadLimits.codeSquare * sizes[2])
      let gram = try gram(prefix + "gram", order: inputs, largest: largest)
      let sums = try int64(prefix + "sums", shape: [inputs])
      guard sums.allSatisfy({ $0.magnitude <= largest }) else {
        throw WireError(
          prefix + "sums", .malformed("larger than \(sizes[2]) samples of codes can give"))
      }
      moments = .codes(gram: gram, sums: sums, step: step)
    } else {
      moments = .values(
        gram: try float64(prefix + "gram", shape: [inputs, inputs]),
        sums: try float64(prefix + "sums", shape: [inputs]))
    }
    return LayerStatistics(
      inputs: inputs, outputs: outputs, sampleCount: Int(sizes[2]), moments: moments,
      cross: try float64(prefix + "cross", shape: [outputs, inputs]),
      targetSums: try float64(prefix + "target sums", shape: [outputs]),
      targetSquares: try float64(prefix + "target squares", shape: [outputs]))
  }

  /// A symmetric matrix from its lower triangle.
  private func gram(
    _ name: String, order: Int, largest: UInt64
  ) throws(WireError) -> [Int64] {
    // Of a size whose square cannot be counted there is no matrix.
    guard order < 1 << 31 else { throw WireError(name, .malformed("order \(order)")) }
    let shape = [order * (order + 1) / 2]
    let triangle: [Int64]
    let isShort: Bool
    if case .int32 = try entry(name).elements { isShort = true } else { isShort = false }
    if isShort {
      triangle = try int32(name, shape: shape).map { Int64($0) }
    } else {
      triangle = try int64(name, shape: shape)
    }
    guard triangle.allSatisfy({ $0.magnitude <= largest }) else {
      throw WireError(name, .malformed("larger than its samples of codes can give"))
    }
    var square = [Int64](repeating: 0, count: order * order)
    var target = square.mutableSpan
    var next = 0
    for row in 0..<order {
      for column in 0...row {
        target[row * order + column] = triangle[next]
        target[column * order + row] = triangle[next]
        next += 1
      }
    }
    return square
  }

  /// The problem's statistics, weights and biases; the sets and settings are parameters.
  package mutating func append(
    problem statistics: LayerStatistics, weights: [Float], biases: [Float]
  ) {
    append(statistics)
    append("weights", shape: [statistics.outputs, statistics.inputs], .float32(weights))
    append("biases", .float32(biases))
  }

  /// The problem of the rows that `parameters` name.
  ///
  /// - Throws: `WireError` when it is damaged, or the rows or samples do not fit it.
  package func problem(
    _ parameters: SolveParameters, samples: NonlinearSamples?
  ) throws(WireError) -> LayerProblem {
    let statistics = try statistics()
    guard parameters.rows.upperBound <= statistics.outputs, !parameters.rows.isEmpty else {
      throw WireError("rows", .malformed("\(parameters.rows) of \(statistics.outputs)"))
    }
    guard parameters.granularity == .row || parameters.rows.count == statistics.outputs else {
      throw WireError("rows", .malformed("one scale for the layer needs all its rows"))
    }
    if let samples {
      guard samples.inputs == statistics.inputs, samples.outputs == statistics.outputs else {
        throw WireError(
          "samples",
          .malformed(
            "they have \(samples.inputs) inputs and \(samples.outputs) outputs, the problem "
              + "\(statistics.inputs) and \(statistics.outputs)"))
      }
    }
    let problem = LayerProblem(
      statistics: statistics,
      weights: try float32("weights", shape: [statistics.outputs, statistics.inputs]),
      biases: try float32("biases", shape: [statistics.outputs]), weightSet: parameters.weights,
      granularity: parameters.granularity, samples: samples)
    return parameters.rows.count == statistics.outputs ? problem : problem.rows(parameters.rows)
  }
}

extension TensorBundle.Elements {
  /// The lower triangle of a symmetric matrix, in 32 bits where its numbers fit.
  fileprivate static func triangle(of matrix: [Int64], order: Int) -> Self {
    let count = order * (order + 1) / 2
    let isShort = matrix.allSatisfy { Int64(Int32(truncatingIfNeeded: $0)) == $0 }
    if isShort {
      var short: [Int32] = []
      short.reserveCapacity(count)
      for row in 0..<order {
        for column in 0...row {
          short.append(Int32(truncatingIfNeeded: matrix[row * order + column]))
        }
      }
      return .int32(short)
    }
    var long: [Int64] = []
    long.reserveCapacity(count)
    for row in 0..<order { long += matrix[row * order...row * order + row] }
    return .int64(long)
  }
}
