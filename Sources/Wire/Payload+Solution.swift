package import Quantization

/// Solved rows with their account, and whole layers.
extension TensorBundle {
  /// Appends solved rows with their account.
  package mutating func append(_ solution: Solution) {
    append("codes", shape: [solution.rows, solution.inputs], .int8(solution.codes))
    append("scales", .float32(solution.scales))
    append("offsets", .float32(solution.offsets))
    let rows = solution.report.rows
    append("residual", .float64(rows.map(\.residual)))
    append("energy", .float64(rows.map(\.energy)))
    append("sweeps", .int64(rows.map { Int64($0.sweeps) }))
    append("changed", .int64(rows.map { Int64($0.changedEntries) }))
    append("zeros", .int64(rows.map { Int64($0.zeros) }))
    append("from admm", .uint8(rows.map { $0.cameFromADMM ? 1 : 0 }))
    append(
      "nonlinear", .uint8(rows.map { row in row.nonlinear.map { $0.accepted ? 2 : 1 } ?? 0 }))
    append("nonlinear before", .float64(rows.map { $0.nonlinear?.errorBefore ?? 0 }))
    append("nonlinear after", .float64(rows.map { $0.nonlinear?.errorAfter ?? 0 }))
    append("nonlinear steps", .int64(rows.map { Int64($0.nonlinear?.steps ?? 0) }))
    for stage in solution.report.stages {
      append("stage " + stage.stage, .float64([stage.residual]))
    }
    append("samples", .int64([Int64(solution.report.sampleCount)]))
    append("ridge", .float64([solution.report.ridge]))
  }

  /// - Throws: `WireError` when arrays are missing, do not fit each other, or hold numbers that no
  ///   solution has (a scale that is not positive, an error that is NaN).
  package func solution() throws(WireError) -> Solution {
    let scales = try positive("scales")
    let rows = scales.count
    let codes = try int8("codes")
    let shape = try entry("codes").shape
    guard rows > 0, shape.count == 2, shape[0] == rows, shape[1] > 0 else {
      throw WireError("codes", .malformed("codes of shape \(shape) for \(rows) rows"))
    }
    let stages = try entries.filter { $0.name.hasPrefix("stage ") }.map {
      (entry) throws(WireError) in
      StageReport(
        stage: String(entry.name.dropFirst(6)), residual: try amounts(entry.name, count: 1)[0])
    }
    return Solution(
      inputs: shape[1], codes: codes, scales: scales, offsets: try finite("offsets", count: rows),
      report: SolveReport(
        rows: try rowReports(rows), stages: stages,
        sampleCount: Int(try counts("samples", count: 1)[0]),
        ridge: try amounts("ridge", count: 1)[0]))
  }

  /// Errors and energies: finite and not negative.
  private func amounts(_ name: String, count: Int) throws(WireError) -> [Double] {
    let values = try float64(name, shape: [count])
    guard values.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw WireError(name, .malformed("a number is negative or not finite"))
    }
    return values
  }

  private func counts(_ name: String, count: Int) throws(WireError) -> [Int64] {
    let values = try int64(name, shape: [count])
    guard values.allSatisfy((0...PayloadLimits.count).contains) else {
      throw WireError(name, .malformed("a count is out of range"))
    }
    return values
  }

  private func choices(
    _ name: String, count: Int, limit: UInt8
  ) throws(WireError) -> [UInt8] {
    let values = try uint8(name, shape: [count])
    guard values.allSatisfy({ $0 <= limit }) else {
      throw WireError(name, .malformed("a choice is above \(limit)"))
    }
    return values
  }

  private func positive(_ name: String) throws(WireError) -> [Float] {
    let values = try float32(name)
    guard values.allSatisfy(\.isUsableScale) else {
      throw WireError(name, .malformed("a scale is not positive"))
    }
    return values
  }

  private func finite(_ name: String, count: Int? = nil) throws(WireError) -> [Float] {
    let values = try float32(name, shape: count.map { [$0] })
    guard values.allSatisfy(\.isFinite) else {
      throw WireError(name, .malformed("a number is not finite"))
    }
    return values
  }

  private func rowReports(_ rows: Int) throws(WireError) -> [RowReport] {
    let residual = try amounts("residual", count: rows)
    let energy = try amounts("energy", count: rows)
    let sweeps = try counts("sweeps", count: rows)
    let changed = try counts("changed", count: rows)
    let zeros = try counts("zeros", count: rows)
    let fromADMM = try choices("from admm", count: rows, limit: 1)
    let nonlinear = try choices("nonlinear", count: rows, limit: 2)
    let before = try amounts("nonlinear before", count: rows)
    let after = try amounts("nonlinear after", count: rows)
    let steps = try counts("nonlinear steps", count: rows)
    return (0..<rows).map { row in
      RowReport(
        residual: residual[row], energy: energy[row], sweeps: Int(sweeps[row]),
        changedEntries: Int(changed[row]), zeros: Int(zeros[row]),
        cameFromADMM: fromADMM[row] != 0,
        nonlinear: nonlinear[row] == 0
          ? nil
          : NonlinearRowReport(
            errorBefore: before[row], errorAfter: after[row], accepted: nonlinear[row] == 2,
            steps: Int(steps[row])))
    }
  }

  /// Appends the low-bit form of a layer.
  package mutating func append(_ layer: LayerSolution) {
    append("layer", .uint8(Array(layer.layer.utf8)))
    append("set", .uint8(Array(layer.weights.rawValue.utf8)))
    append("codes", .int8(layer.codes))
    append("scales", .float32(layer.scales))
    append("offsets", .float32(layer.offsets))
    if let step = layer.inputStep { append("input step", .float32([step])) }
  }

  private func text(_ part: String) throws(WireError) -> String {
    guard let text = String(validating: try uint8(part), as: UTF8.self) else {
      throw WireError(part, .malformed("it is not UTF-8"))
    }
    return text
  }

  /// - Throws: `WireError` when arrays are missing or do not fit each other, or the weight set is
  ///   not known.
  package func layerSolution() throws(WireError) -> LayerSolution {
    let name = try text("layer")
    let set = try text("set")
    guard let weights = WeightSet(rawValue: set) else {
      throw WireError("set", .malformed("weight set '\(set)' is not known here"))
    }
    let codes = try int8("codes")
    let levels = Set(weights.levels)
    guard codes.allSatisfy(levels.contains) else {
      throw WireError("codes", .malformed("a code is not in the set '\(set)'"))
    }
    let scales = try positive("scales")
    let offsets = try finite("offsets")
    guard !offsets.isEmpty, codes.count % offsets.count == 0, !codes.isEmpty,
      scales.count == 1 || scales.count == offsets.count
    else {
      throw WireError(
        "codes",
        .malformed("\(codes.count) codes, \(scales.count) scales, \(offsets.count) offsets"))
    }
    let step = contains("input step") ? try positive("input step") : []
    guard step.count <= 1 else {
      throw WireError("input step", .malformed("\(step.count) steps for one layer"))
    }
    return LayerSolution(
      layer: name, weights: weights, codes: codes, scales: scales, offsets: offsets,
      inputStep: step.first)
  }
}
