internal import Glibc
package import Network
package import Quantization

extension RefinementState.LayerState {
  /// The state that stands for a solved layer.
  ///
  /// Each weight lies off its level towards the full-precision one, so that those that are nearly
  /// undecided are the first to move.
  ///
  /// - Parameter weights: full precision, `[outputs, inputs]`.
  package init(_ solution: LayerSolution, weights: [Float], scaleBits: Int?) {
    precondition(weights.count == solution.codes.count, "a weight per code")
    let stride = solution.codes.count / solution.offsets.count
    let shared = solution.scales.count == 1
    self.init(
      name: solution.layer, weights: solution.weights,
      latent: solution.codes.indices.map { index in
        let code = Float(solution.codes[index])
        let wanted = weights[index] / solution.scales[shared ? 0 : index / stride]
        return code + 0.3 * min(max(wanted - code, -1), 1)
      },
      logScales: solution.scales.map { log($0) }, offsets: solution.offsets,
      scaleBits: scaleBits)
  }

  /// The scales that it stands for.
  package var scales: [Float] {
    logScales.map { value in
      let scale = exp(value)
      return scaleBits.map { roundedToSignificantBits(scale, bits: $0) } ?? scale
    }
  }

  /// The low-bit layer that it stands for.
  ///
  /// Where sums leave no room for a scale, it is shortened, and its offset moved so that the
  /// output's mean stays.
  ///
  /// - Parameters:
  ///   - quantizer: whose codes the layer reads; sums of their products are made exact.
  ///   - inputStep: the quantizer's step where it was learned.
  package func solution(quantizer: ActivationQuantizer?, inputStep: Float?) -> LayerSolution {
    let table = LevelTable(weights)
    let codes = latent.map { Int8(table.nearest(to: $0)) }
    var scales = scales
    var offsets = offsets
    let exact = quantizer.map {
      ExactSums(
        step: inputStep ?? $0.step, largestCode: max($0.highestCode, -$0.lowestCode))
    }
    let rowCount = offsets.count
    let stride = codes.count / rowCount
    let perScale = rowCount / scales.count
    for (index, scale) in scales.enumerated() {
      let rows = index * perScale..<(index + 1) * perScale
      let members = rows.map { row in
        let offset = Double(offsets[row])
        let centre = centres.isEmpty ? 0 : Double(centres[row])
        return ExactSums.Row(
          magnitude: codes[row * stride..<(row + 1) * stride].reduce(0) { $0 + abs(Int($1)) },
          offset: { offset + (Double(scale) - $0) * centre })
      }
      guard let short = exact?.deployed(Double(scale), rows: members) else { continue }
      scales[index] = short.scale
      for (row, member) in zip(rows, members) {
        let offset = member.offset(Double(short.scale))
        offsets[row] = Float((offset / short.unit).rounded() * short.unit)
      }
    }
    return LayerSolution(
      layer: name, weights: weights, codes: codes, scales: scales, offsets: offsets,
      inputStep: inputStep)
  }
}

/// The levels of a weight set with the midpoints between them.
package struct LevelTable: Sendable {
  package let levels: [Float]
  private let midpoints: [Float]

  /// The table of one set.
  package init(_ set: WeightSet) {
    levels = set.levels.map { Float($0) }.sorted()
    midpoints = zip(levels, levels.dropFirst()).map { ($0 + $1) / 2 }
  }

  /// The nearest level; the lower one at a midpoint.
  package func nearest(to value: Float) -> Float {
    var index = 0
    for midpoint in midpoints where value > midpoint { index += 1 }
    return levels[index]
  }
}
