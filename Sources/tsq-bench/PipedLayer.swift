internal import Glibc
internal import Kernels
internal import Quantization

/// One layer with its samples, as `scripts/synthetic-layer` writes it to standard input.
struct PipedLayer {
  let problem: LayerProblem

  /// Reads, little-endian: Int32 inputs, outputs, columns, fitted columns; fp32 input step, output
  /// step, output threshold of zero; codes `[inputs, columns]`, bytes; fp32 targets
  /// `[outputs, columns]` and weights `[outputs, inputs]`. Columns from the fitted ones on decide
  /// whether the non-linear stage is accepted; without any the stage is left out.
  /// - Throws: `PipedLayerError` when the input ends early or sizes are none.
  init() throws(PipedLayerError) {
    let sizes = try Self.read(4, of: Int32.self).map { Int($0) }
    let (inputs, outputs, columns, fitted) = (sizes[0], sizes[1], sizes[2], sizes[3])
    guard (1...1 << 14).contains(inputs), (1...1 << 14).contains(outputs),
      (1...1 << 20).contains(columns), (1...columns).contains(fitted)
    else { throw .sizes(sizes) }
    let steps = try Self.read(3, of: Float.self)
    guard steps[0] > 0, steps[1] > 0, steps[2] > 0 else { throw .sizes(sizes) }
    let codes = try Self.read(inputs * columns, of: Int8.self)
    let targets = try Self.read(outputs * columns, of: Float.self)
    let weights = try Self.read(outputs * inputs, of: Float.self)
    let tally = LayerTally(inputs: inputs, outputs: outputs, codeStep: steps[0])
    tally.add(codes: codes.span, targets: targets.span, columns: columns)
    var samples: NonlinearSamples?
    if fitted < columns {
      samples = NonlinearSamples(
        inputs: inputs, outputs: outputs, columns: columns, fittedColumns: fitted, codes: codes,
        inputStep: steps[0], targets: targets, shortcut: nil,
        quantizer: CodeQuantizer(bits: 2, step: steps[1], zeroThreshold: steps[2]))
    }
    problem = LayerProblem(
      statistics: tally.statistics, weights: weights, weightSet: .ternary, samples: samples)
  }

  private static func read<Element: BitwiseCopyable & Numeric>(
    _ count: Int, of type: Element.Type
  ) throws(PipedLayerError) -> [Element] {
    var values = [Element](repeating: 0, count: count)
    let size = count * MemoryLayout<Element>.stride
    let missing = unsafe values.withUnsafeMutableBytes { bytes in
      var done = 0
      while done < size {
        let found = unsafe Glibc.read(
          STDIN_FILENO, bytes.baseAddress?.advanced(by: done), size - done)
        if found <= 0 { break }
        done += found
      }
      return size - done
    }
    if missing > 0 { throw .short(bytes: missing) }
    return values
  }

  /// Scales, offsets, codes and seconds of the solution, one JSON object.
  func solutionText(settings: SolverSettings) throws(SolverError) -> String {
    var workspace = SolverWorkspace()
    let start = processSeconds()
    let solution = try solve(problem, settings: settings, workspace: &workspace)
    let seconds = processSeconds() - start
    func list(_ values: [some Any]) -> String {
      values.map { "\($0)" }.joined(separator: ", ")
    }
    return """
      {"seconds": \(seconds), "scales": [\(list(solution.scales))], \
      "offsets": [\(list(solution.offsets))], "codes": [\(list(solution.codes))]}
      """
  }
}

/// Why a layer could not be read.
enum PipedLayerError: Error, CustomStringConvertible {
  case short(bytes: Int)
  case sizes([Int])

  var description: String {
    switch self {
    case .short(let bytes):
      "standard input ended \(bytes) bytes early; scripts/synthetic-layer writes a layer to it"
    case .sizes(let sizes):
      "no layer has the sizes \(sizes) (inputs, outputs, columns, fitted) or steps of 0 or less"
    }
  }
}
