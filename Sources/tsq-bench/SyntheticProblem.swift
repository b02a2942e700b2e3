internal import Kernels
internal import Quantization
internal import Tensors

/// Seeded numbers, normals as sums of uniforms.
struct SeededNumbers {
  private var words: SeededWords

  init(seed: UInt64) { words = SeededWords(seed: seed) }

  mutating func next() -> UInt64 { words.next() }

  mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Nearly normal: four uniforms of 16 bits, standardised.
  mutating func normal() -> Float {
    let word = next()
    var sum: Float = 0
    for part in 0..<4 { sum += Float(UInt16(truncatingIfNeeded: word >> UInt64(16 * part))) }
    return (sum * 0x1p-16 - 2) * 1.732_050_8
  }
}

/// A layer with correlated 2-bit inputs and heavy-tailed weights, and its samples.
struct SyntheticProblem {
  let inputs: Int
  let outputs: Int
  let columns: Int
  let step: Float = 0.5
  /// `[inputs, columns]`.
  let codes: [Int8]
  let weights: [Float]
  /// `[outputs, columns]`.
  let targets: [Float]

  /// - Parameter targetsOfCodes: whether the targets are of the codes rather than of what they
  ///   stand for.
  init(
    inputs: Int, outputs: Int, columns: Int, sources: Int, seed: UInt64,
    targetsOfCodes: Bool = false
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.columns = columns
    var numbers = SeededNumbers(seed: seed)
    let spread = 1 / Float(sources).squareRoot()
    let mixing = (0..<inputs * sources).map { _ in numbers.normal() * spread }
    let drivers = (0..<sources * columns).map { _ in numbers.normal() }
    var values = [Float](repeating: 0, count: inputs * columns)
    var span = values.mutableSpan
    multiply(
      mixing.span, drivers.span, into: &span, rows: inputs, columns: columns, inner: sources)
    var codes = [Int8](repeating: 0, count: values.count)
    for index in values.indices {
      let value = values[index] + 0.4 * numbers.normal()
      let code = (value / 0.65).rounded()
      codes[index] = Int8(max(0, min(3, code)))
      values[index] = targetsOfCodes ? Float(codes[index]) * 0.65 : max(0, value)
    }
    let weights = (0..<outputs * inputs).map { _ -> Float in
      var square: Float = 0
      for _ in 0..<5 {
        let value = numbers.normal()
        square += value * value
      }
      return numbers.normal() / max(square / 5, 1e-3).squareRoot() * 0.1
    }
    self.codes = codes
    self.weights = weights
    var targets = [Float](repeating: 0, count: outputs * columns)
    var output = targets.mutableSpan
    multiply(
      weights.span, values.span, into: &output, rows: outputs, columns: columns, inner: inputs)
    self.targets = targets
  }

  /// Statistics of the samples, taken `repeats` times over.
  func statistics(repeats: Int = 1) -> LayerStatistics {
    let tally = LayerTally(inputs: inputs, outputs: outputs, codeStep: step)
    for _ in 0..<repeats {
      tally.add(codes: codes.span, targets: targets.span, columns: columns)
    }
    return tally.statistics
  }

  private init(_ whole: SyntheticProblem, columns range: Range<Int>) {
    (inputs, outputs, columns) = (whole.inputs, whole.outputs, range.count)
    weights = whole.weights
    codes = (0..<whole.inputs).flatMap { row in
      whole.codes[row * whole.columns + range.lowerBound..<row * whole.columns + range.upperBound]
    }
    targets = (0..<whole.outputs).flatMap { row in
      whole.targets[
        row * whole.columns + range.lowerBound..<row * whole.columns + range.upperBound]
    }
  }

  /// The first and the second half of the samples.
  func halves() -> (SyntheticProblem, SyntheticProblem) {
    let middle = columns / 2
    return (
      SyntheticProblem(self, columns: 0..<middle),
      SyntheticProblem(self, columns: middle..<columns)
    )
  }
}
