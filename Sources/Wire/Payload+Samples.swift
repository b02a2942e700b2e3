package import Quantization

/// Sampled columns of a layer group, for the non-linear stage.
extension TensorBundle {
  /// - Parameters:
  ///   - codes: `[inputs, columns]`.
  ///   - targets: `[outputs, columns]`.
  package mutating func append(
    sample codes: [Int8], targets: [Float], inputs: Int, outputs: Int
  ) {
    append("codes", shape: [inputs, codes.count / inputs], .int8(codes))
    append("targets", shape: [outputs, targets.count / outputs], .float32(targets))
  }
}

/// The columns of one shard.
private struct SamplePart {
  let codes: [Int8]
  let targets: [Float]
  let inputs: Int
  let outputs: Int
  let columns: Int

  init(decoding bytes: [UInt8]) throws(WireError) {
    let bundle = try TensorBundle(decoding: bytes)
    codes = try bundle.int8("codes")
    targets = try bundle.float32("targets")
    let (codeShape, targetShape) = (
      try bundle.entry("codes").shape, try bundle.entry("targets").shape
    )
    guard codeShape.count == 2, targetShape.count == 2, codeShape[1] == targetShape[1],
      codeShape[0] > 0, targetShape[0] > 0
    else {
      throw WireError(
        "targets", .malformed("shapes \(codeShape) and \(targetShape) do not fit each other"))
    }
    (inputs, outputs, columns) = (codeShape[0], targetShape[0], codeShape[1])
  }

  /// Columns that are fitted; the others decide whether a fit is accepted.
  var fitted: Int { columns - columns / 4 }
}

/// The samples of all shards side by side: first the columns to fit, then, the last quarter of each
/// shard, those that decide whether a fit is accepted.
///
/// - Parameter shards: the bundles of the shards, in order.
/// - Returns: nil where there are too few columns for both parts.
/// - Throws: `WireError` when a bundle is damaged or they are not of one layer.
package func nonlinearSamples(
  _ shards: [[UInt8]], output: CodeQuantizerParameters, inputStep: Float
) throws(WireError) -> NonlinearSamples? {
  let parts = try shards.map { (bytes) throws(WireError) in try SamplePart(decoding: bytes) }
  guard let first = parts.first else { return nil }
  guard parts.allSatisfy({ $0.inputs == first.inputs && $0.outputs == first.outputs }) else {
    throw WireError("codes", .malformed("the samples are not of one layer"))
  }
  let columns = parts.reduce(0) { $0 + $1.columns }
  let fitted = parts.reduce(0) { $0 + $1.fitted }
  guard fitted < columns else { return nil }
  let order =
    parts.map { (part: $0, columns: 0..<$0.fitted) }
    + parts.map { (part: $0, columns: $0.fitted..<$0.columns) }
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
      targets.append(contentsOf: part.targets[start + range.lowerBound..<start + range.upperBound])
    }
  }
  return NonlinearSamples(
    inputs: first.inputs, outputs: first.outputs, columns: columns, fittedColumns: fitted,
    codes: codes, inputStep: inputStep, targets: targets, shortcut: nil,
    quantizer: CodeQuantizer(
      bits: output.bits, step: output.step, lowestCode: output.lowestCode,
      zeroThreshold: output.threshold))
}
