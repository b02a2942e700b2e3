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
      "nonlinear", .uint8(rows.map { $0.nonlinear == nil ? 0 : $0.nonlinear!.accepted ? 2 : 1 }))
    append("nonlinear before", .float64(rows.map { $0.nonlinear?.errorBefore ?? 0 }))
    append("nonlinear after", .float64(rows.map { $0.nonlinear?.errorAfter ?? 0 }))
    append("nonlinear steps", .int64(rows.map { Int64($0.nonlinear?.steps ?? 0) }))
    for stage in solution.report.stages {
      append("stage " + stage.stage, .float64([stage.residual]))
    }
    append("samples", .int64([Int64(solution.report.sampleCount)]))
    append("ridge", .float64([solution.report.ridge]))
  }

  /// - Throws: `WireError` when arrays are missing or do not fit each other.
  package func solution() throws(WireError) -> Solution {
    let scales = try float32("scales")
    let rows = scales.count
    let codes = try int8("codes")
    guard rows > 0, codes.count % rows == 0 else {
      throw WireError("codes", .malformed("\(codes.count) codes for \(rows) rows"))
    }
    let stages = try entries.filter { $0.name.hasPrefix("stage ") }.map {
      (entry) throws(WireError) in
      StageReport(
        stage: String(entry.name.dropFirst(6)),
        residual: try float64(entry.name, shape: [1])[0])
    }
    return Solution(
      inputs: codes.count / rows, codes: codes, scales: scales,
      offsets: try float32("offsets", shape: [rows]),
      report: SolveReport(
        rows: try rowReports(rows), stages: stages,
        sampleCount: Int(try int64("samples", shape: [1])[0]),
        ridge: try float64("ridge", shape: [1])[0]))
  }

  private func rowReports(_ rows: Int) throws(WireError) -> [RowReport] {
    let residual = try float64("residual", shape: [rows])
    let energy = try float64("energy", shape: [rows])
    let sweeps = try int64("sweeps", shape: [rows])
    let changed = try int64("changed", shape: [rows])
    let zeros = try int64("zeros", shape: [rows])
    let fromADMM = try uint8("from admm", shape: [rows])
    let nonlinear = try uint8("nonlinear", shape: [rows])
    let before = try float64("nonlinear before", shape: [rows])
    let after = try float64("nonlinear after", shape: [rows])
    let steps = try int64("nonlinear steps", shape: [rows])
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
  }

  /// - Throws: `WireError` when arrays are missing or the weight set is not known.
  package func layerSolution() throws(WireError) -> LayerSolution {
    let name = String(decoding: try uint8("layer"), as: UTF8.self)
    let set = String(decoding: try uint8("set"), as: UTF8.self)
    guard let weights = WeightSet(rawValue: set) else {
      throw WireError("set", .malformed("weight set '\(set)' is not known here"))
    }
    let codes = try int8("codes")
    let levels = Set(weights.levels)
    guard codes.allSatisfy(levels.contains) else {
      throw WireError("codes", .malformed("a code is not in the set '\(set)'"))
    }
    return LayerSolution(
      layer: name, weights: weights, codes: codes, scales: try float32("scales"),
      offsets: try float32("offsets"))
  }
}
