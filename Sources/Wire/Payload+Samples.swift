package import Quantization

/// Sampled columns of a layer group, for the non-linear stage.
extension TensorBundle {
  /// Appends the columns that one shard gives for a group.
  package mutating func append(_ sample: RegressionColumns, group: Int) {
    append(inputsOf: sample, prefix: "group \(group) ")
    append(
      "group \(group) targets", shape: [sample.outputs, sample.columns],
      .float32(sample.targets))
  }

  /// Appends what all rows of a layer group that is solved from columns share.
  package mutating func append(inputsOf columns: RegressionColumns) {
    append(inputsOf: columns, prefix: "")
  }

  private mutating func append(inputsOf columns: RegressionColumns, prefix: String) {
    let elements: Elements =
      switch columns.values {
      case .signed(let codes): .int8(codes)
      case .unsigned(let codes): .uint8(codes)
      case .real(let values): .float32(values)
      }
    append(prefix + "codes", shape: [columns.inputs, columns.columns], elements)
    if let step = columns.step { append(prefix + "step", .float32([step])) }
  }

  /// The columns that one shard gives for a group.
  ///
  /// - Throws: `WireError` when they are damaged.
  package func columns(group: Int) throws(WireError) -> RegressionColumns {
    let (values, step, shape) = try inputs(prefix: "group \(group) ")
    let targets = try entry("group \(group) targets")
    guard targets.shape.count == 2, targets.shape[0] > 0, targets.shape[1] == shape[1] else {
      throw WireError(
        targets.name, .malformed("shapes \(shape) and \(targets.shape) do not fit each other"))
    }
    return RegressionColumns(
      inputs: shape[0], outputs: targets.shape[0], columns: shape[1], values: values, step: step,
      targets: try float32(targets.name))
  }

  /// Whether it holds columns that stand for a layer's statistics.
  package var holdsColumns: Bool { contains("codes") && !contains("gram") }

  /// The problem of some rows, whose targets and weights are in another bundle.
  ///
  /// - Throws: `WireError` when one of them is damaged, or they do not fit each other.
  package func sampledProblem(
    rows bundle: TensorBundle, _ parameters: SolveParameters
  ) throws(WireError) -> SampledProblem {
    let (values, step, shape) = try inputs(prefix: "")
    let rows = parameters.rows.count
    return SampledProblem(
      inputs: shape[0], outputs: rows, columns: shape[1], values: values.values(step: step),
      targets: try bundle.float32("targets", shape: [rows, shape[1]]),
      weights: try bundle.float32("weights", shape: [rows, shape[0]]),
      weightSet: parameters.weights, codeStep: step)
  }

  /// Appends what some rows of a layer that is solved from columns have of their own.
  ///
  /// - Parameters:
  ///   - targets: `[rows, columns]`.
  ///   - weights: `[rows, inputs]`.
  package mutating func append(targets: [Float], weights: [Float], rows: Int) {
    append("targets", shape: [rows, targets.count / rows], .float32(targets))
    append("weights", shape: [rows, weights.count / rows], .float32(weights))
  }

  private func inputs(
    prefix: String
  ) throws(WireError) -> (values: ColumnValues, step: Float?, shape: [Int]) {
    let entry = try entry(prefix + "codes")
    guard entry.shape.count == 2, entry.shape[0] > 0, entry.shape[1] > 0 else {
      throw WireError(entry.name, .malformed("its shape is \(entry.shape)"))
    }
    let values: ColumnValues
    switch entry.elements {
    case .int8(let codes): values = .signed(codes)
    case .uint8(let codes): values = .unsigned(codes)
    case .float32(let reals): return (.real(reals), nil, entry.shape)
    default: throw WireError(entry.name, .malformed("neither codes nor values"))
    }
    let step = try float32(prefix + "step", shape: [1])[0]
    guard step.isUsableScale else { throw WireError(prefix + "step", .malformed("not positive")) }
    return (values, step, entry.shape)
  }

  /// The columns of all shards side by side: first the columns to fit, then, the last quarter of
  /// each shard, those that decide whether a fit is accepted.
  ///
  /// - Parameter parts: of one group, in the order of the shards.
  /// - Throws: `WireError` when they are not of one layer.
  package init(merging parts: [SamplePart]) throws(WireError) {
    self.init()
    guard let first = parts.first,
      parts.allSatisfy({ $0.inputs == first.inputs && $0.outputs == first.outputs })
    else { throw WireError("codes", .malformed("the samples are not of one layer")) }
    let order =
      parts.map { (part: $0, columns: 0..<$0.fitted) }
      + parts.map { (part: $0, columns: $0.fitted..<$0.columns) }
    let columns = parts.reduce(0) { $0 + $1.columns }
    var codes: [Int8] = []
    codes.reserveCapacity(first.inputs * columns)
    for row in 0..<first.inputs {
      for (part, range) in order {
        let start = row * part.columns
        codes.append(contentsOf: part.codes[start + range.lowerBound..<start + range.upperBound])
      }
    }
    var targets: [Float] = []
    targets.reserveCapacity(first.outputs * columns)
    for row in 0..<first.outputs {
      for (part, range) in order {
        let start = row * part.columns
        targets.append(
          contentsOf: part.targets[start + range.lowerBound..<start + range.upperBound])
      }
    }
    append("codes", shape: [first.inputs, columns], .int8(codes))
    append("targets", shape: [first.outputs, columns], .float32(targets))
    append("fitted", .int64([Int64(parts.reduce(0) { $0 + $1.fitted })]))
  }

  /// The merged columns.
  ///
  /// - Returns: nil where there are too few columns for both parts.
  /// - Throws: `WireError` when the bundle is damaged.
  package func nonlinearSamples(
    output: CodeQuantizerParameters, inputStep: Float
  ) throws(WireError) -> NonlinearSamples? {
    let part = try SamplePart(self, prefix: "")
    let fitted = try int64("fitted", shape: [1])[0]
    guard (0...Int64(part.columns)).contains(fitted) else {
      throw WireError("fitted", .malformed("\(fitted) of \(part.columns) columns"))
    }
    guard fitted < part.columns else { return nil }
    return NonlinearSamples(
      inputs: part.inputs, outputs: part.outputs, columns: part.columns,
      fittedColumns: Int(fitted), codes: part.codes, inputStep: inputStep, targets: part.targets,
      shortcut: nil,
      quantizer: CodeQuantizer(
        bits: output.bits, step: output.step, lowestCode: output.lowestCode,
        zeroThreshold: output.threshold))
  }
}

/// The columns of one shard and group.
package struct SamplePart: Sendable {
  let codes: [Int8]
  let targets: [Float]
  package let inputs: Int
  package let outputs: Int
  let columns: Int

  /// - Throws: `WireError` when an array is missing or they do not fit each other.
  package init(_ bundle: TensorBundle, group: Int) throws(WireError) {
    try self.init(bundle, prefix: "group \(group) ")
  }

  fileprivate init(_ bundle: TensorBundle, prefix: String) throws(WireError) {
    codes = try bundle.int8(prefix + "codes")
    targets = try bundle.float32(prefix + "targets")
    let codeShape = try bundle.entry(prefix + "codes").shape
    let targetShape = try bundle.entry(prefix + "targets").shape
    guard codeShape.count == 2, targetShape.count == 2, codeShape[1] == targetShape[1],
      codeShape[0] > 0, targetShape[0] > 0
    else {
      throw WireError(
        prefix + "targets",
        .malformed("shapes \(codeShape) and \(targetShape) do not fit each other"))
    }
    (inputs, outputs, columns) = (codeShape[0], targetShape[0], codeShape[1])
  }

  /// Columns that are fitted; the others decide whether a fit is accepted.
  var fitted: Int { columns - columns / 4 }
}

/// How the groups of a layer share blobs: few blobs per task, however many groups there are.
package enum GroupBlobs {
  /// Blobs of one kind at most; so many are pulled, stored and listed per task.
  private static let limit = 16

  /// The groups of each blob, in order; the same for every worker and every run.
  package static func ranges(groups: Int) -> [Range<Int>] {
    let size = max(1, (groups + limit - 1) / limit)
    return stride(from: 0, to: groups, by: size).map { $0..<min($0 + size, groups) }
  }
}
