// GPTQ on the least-squares weights W*: entries in order of falling input variance, each rounded
// to the nearest level after the errors of the earlier ones have been passed on.
//
// With H = R Rᵀ, R upper triangular in that order, ‖(w − q) R‖² is a sum of squares whose j-th
// term holds only entries up to j. Making each term as small as the levels allow, one after the
// other, is GPTQ (as Babai's nearest plane):
//
//   q_j = nearest level to  w_j + Σ_{k<j} (w_k − q_k) R_kj / R_jj

/// The order of the entries and the triangular factor, shared by all rows.
struct SequentialFactor {
  private let order: [Int]
  /// Rᵀ divided by its diagonal, by rows: row j holds R_kj / R_jj for k < j.
  private let coupling: [Double]

  /// Nil when the covariance has no factor.
  init?(gram: [Double], inputs: Int) {
    order = (0..<inputs).sorted {
      let left = gram[$0 * inputs + $0]
      let right = gram[$1 * inputs + $1]
      return left == right ? $0 < $1 : left > right
    }
    // The lower factor of the reversed matrix, reversed again, is the upper factor.
    var reversed = [Double](repeating: 0, count: inputs * inputs)
    for row in 0..<inputs {
      for column in 0..<inputs {
        let source = order[inputs - 1 - row] * inputs + order[inputs - 1 - column]
        reversed[row * inputs + column] = gram[source]
      }
    }
    guard LinearAlgebra.factorize(&reversed, order: inputs) else { return nil }
    var coupling = [Double](repeating: 0, count: inputs * inputs)
    for j in 0..<inputs {
      let last = inputs - 1 - j
      // LAPACK's lower triangle is column-major: L(i, j) lies at j · inputs + i.
      let diagonal = reversed[last * inputs + last]
      for k in 0..<j {
        coupling[j * inputs + k] = reversed[last * inputs + inputs - 1 - k] / diagonal
      }
    }
    self.coupling = coupling
  }

  /// Rounds one row; entry j of `weights` becomes level · scale.
  func round(
    _ weights: ArraySlice<Double>, scale: Double, levels: [Int8], codes: inout [Int8], at row: Int
  ) {
    let inputs = order.count
    let first = weights.startIndex
    var errors = [Double](repeating: 0, count: inputs)
    for (j, entry) in order.enumerated() {
      var wanted = weights[first + entry]
      for k in 0..<j { wanted += errors[k] * coupling[j * inputs + k] }
      let code = nearestLevel(wanted / scale, levels)
      codes[row * inputs + entry] = code
      errors[j] = weights[first + entry] - scale * Double(code)
    }
  }
}

extension Draft {
  /// Rounds every row in sequence, from the scales of the exact projection, and again with the
  /// scale that fits the outputs of the last round.
  mutating func roundInSequence(
    _ problem: LayerProblem, least: [Double], system: RowSystem, factors: InputFactors
  ) throws(SolverError) {
    guard let factor = SequentialFactor(gram: factors.gram, inputs: inputs) else {
      throw .notFactorizable(order: inputs)
    }
    let levels = problem.weightSet.levels
    var scales = project(
      least.map { Float($0) }, set: problem.weightSet, granularity: problem.granularity)
    var best = codes
    var bestScores = [FitScore](repeating: FitScore(), count: rows)
    for _ in 0..<Self.roundLimit {
      for row in 0..<rows where scales[row] > 0 {
        factor.round(
          least[entries(row)], scale: scales[row], levels: levels, codes: &codes, at: row)
      }
      let scores = system.ridgedScores(of: codes, gram: factors.gram)
      let total = scores.reduce(FitScore(), +)
      let bestTotal = bestScores.reduce(FitScore(), +)
      for row in 0..<rows {
        let isLayer = problem.granularity == .layer
        let common = isLayer ? total : scores[row]
        if common.gain > (isLayer ? bestTotal : bestScores[row]).gain {
          best.replaceSubrange(entries(row), with: codes[entries(row)])
          bestScores[row] = scores[row]
        }
        scales[row] = common.gain > 0 ? common.product / common.quadratic : scales[row]
      }
    }
    codes = best
  }

  /// Rounds of scale and codes; the scale settles within five.
  private static let roundLimit = 5
}
