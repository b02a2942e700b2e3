import Quantization
import TestSupport

/// A layer with correlated 2-bit inputs and heavy-tailed weights, as in table D.2, and its data.
struct SyntheticLayer {
  let inputs: Int
  let outputs: Int
  let columns: Int
  let step: Float = 0.5
  let codes: [Int8]
  let weights: [Float]
  let targets: [Float]

  init(inputs: Int, outputs: Int, columns: Int, seed: UInt64, noise: Double = 0) {
    self.inputs = inputs
    self.outputs = outputs
    self.columns = columns
    var random = SplitMix64(seed: seed)
    let sources = max(2, inputs / 2)
    let mixing = (0..<inputs * sources).map { _ in random.normal() / Double(sources).squareRoot() }
    var codes = [Int8](repeating: 0, count: inputs * columns)
    for column in 0..<columns {
      let source = (0..<sources).map { _ in random.normal() }
      for input in 0..<inputs {
        var value = 0.4 * random.normal()
        for k in 0..<sources { value += mixing[input * sources + k] * source[k] }
        codes[input * columns + column] = Int8(max(0, min(3, (value / 0.65).rounded())))
      }
    }
    let weights = (0..<outputs * inputs).map { _ -> Float in
      var square = 0.0
      for _ in 0..<5 {
        let value = random.normal()
        square += value * value
      }
      return Float(random.normal() / (square / 5).squareRoot() * 0.1)
    }
    var targets = [Float](repeating: 0, count: outputs * columns)
    for row in 0..<outputs {
      for column in 0..<columns {
        var sum = 0.3 + noise * random.normal()
        for input in 0..<inputs {
          sum +=
            Double(weights[row * inputs + input]) * Double(codes[input * columns + column]) * 0.5
        }
        targets[row * columns + column] = Float(sum)
      }
    }
    self.codes = codes
    self.weights = weights
    self.targets = targets
  }

  var statistics: LayerStatistics {
    var result = LayerStatistics(inputs: inputs, outputs: outputs, codeStep: step)
    result.add(codes: codes.span, targets: targets.span, columns: columns)
    return result
  }

  var realStatistics: LayerStatistics {
    var result = LayerStatistics(inputs: inputs, outputs: outputs, codeStep: nil)
    result.add(
      values: codes.map { Float($0) * step }.span, targets: targets.span, columns: columns)
    return result
  }

  func problem(
    _ set: WeightSet = .ternary, granularity: ScaleGranularity = .row
  ) -> LayerProblem {
    LayerProblem(
      statistics: statistics, weights: weights, weightSet: set, granularity: granularity)
  }

  var judge: Judge {
    Judge(
      inputs: inputs, outputs: outputs, columns: columns,
      samples: codes.map { Double($0) * Double(step) }, targets: targets.map { Double($0) })
  }
}

/// Solves with a fresh workspace.
func solved(
  _ problem: LayerProblem, _ settings: SolverSettings = SolverSettings()
) throws(SolverError) -> Solution {
  var workspace = SolverWorkspace()
  return try solve(problem, settings: settings, workspace: &workspace)
}
