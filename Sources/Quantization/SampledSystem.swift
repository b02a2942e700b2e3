// Ridge regression in the space of samples. With K = X̃ᵀX̃ (N × N) the least-squares weights pulled
// towards W are
//
//   W* = W + (T − W X̃)(K + λI)⁻¹ X̃ᵀ
//
// and the right-hand side of the discrete search is b = T X̃ᵀ + λW, all centred on the means.

internal import Kernels

/// What the rows of a sampled problem share.
struct SampledSystem {
  /// Rows that are solved at a time.
  static let rowBlock = 32

  let inputs: Int
  let columns: Int
  /// X̃ centred, `[inputs, columns]`.
  let centred: [Float]
  let means: [Double]
  let ridge: Double
  /// Lower Cholesky factor of K + λI.
  private let factor: [Double]

  init(_ problem: SampledProblem, ridgeShare: Double) throws(SolverError) {
    inputs = problem.inputs
    columns = problem.columns
    guard columns > 0 else { throw .noSamples }
    guard problem.values.allSatisfy(\.isFinite) else { throw .notFinite(quantity: "inputs") }
    var centred = problem.values
    means = Self.centre(&centred, rows: inputs, columns: columns)
    self.centred = centred
    var bySample = [Float](repeating: 0, count: centred.count)
    for input in 0..<inputs {
      for column in 0..<columns {
        bySample[column * inputs + input] = centred[input * columns + column]
      }
    }
    var products = [Double](repeating: 0, count: columns * columns)
    var unused = [Double](repeating: 0, count: columns)
    addGram(bySample.span, inputs: columns, columns: inputs, to: &products, sums: &unused)
    var trace = 0.0
    for index in 0..<columns { trace += products[index * columns + index] }
    let unit = trace > 0 ? trace / Double(problem.inputs) : 1
    // Centred samples add up to zero, so that without a ridge there is no inverse.
    let ridge = max(ridgeShare, 1e-6) * unit
    self.ridge = ridge
    for index in 0..<columns { products[index * columns + index] += ridge }
    guard LinearAlgebra.factorize(&products, order: columns) else {
      throw .notFactorizable(order: columns)
    }
    factor = products
  }

  /// - Throws: `SolverError` when targets or weights are not finite.
  static func requireFiniteRows(_ problem: SampledProblem) throws(SolverError) {
    guard problem.targets.allSatisfy(\.isFinite) else { throw .notFinite(quantity: "targets") }
    guard problem.weights.allSatisfy(\.isFinite) else { throw .notFinite(quantity: "weights") }
  }

  /// Subtracts the mean of each row; returns the means.
  static func centre(_ values: inout [Float], rows: Int, columns: Int) -> [Double] {
    (0..<rows).map { row in
      let entries = row * columns..<(row + 1) * columns
      let mean = values[entries].reduce(0.0) { $0 + Double($1) } / Double(columns)
      for index in entries { values[index] = Float(Double(values[index]) - mean) }
      return mean
    }
  }

  /// W* and b, `[rowBlock, inputs]`, of at most `rowBlock` rows, from their centred targets.
  func rows(
    targets: [Float], weights: ArraySlice<Float>
  ) -> (least: [Float], pulled: [Float]) {
    let rows = Self.rowBlock
    var own = [Float](repeating: 0, count: rows * inputs)
    for (index, weight) in weights.enumerated() { own[index] = weight }
    var goals = [Float](repeating: 0, count: rows * columns)
    for (index, target) in targets.enumerated() { goals[index] = target }
    var misses = [Float](repeating: 0, count: rows * columns)
    var span = misses.mutableSpan
    multiply(own.span, centred.span, into: &span, rows: rows, columns: columns, inner: inputs)
    var duals = zip(goals, misses).map { Double($0) - Double($1) }
    LinearAlgebra.solve(factor: factor, order: columns, rows: &duals, count: rows)
    let factors = duals.map { Float($0) }
    var least = own
    var leastSpan = least.mutableSpan
    multiply(
      factors.span, centred.span, into: &leastSpan, rows: rows, columns: inputs, inner: columns,
      transposesRight: true, accumulates: true)
    var pulled = own.map { Float(ridge) * $0 }
    var pulledSpan = pulled.mutableSpan
    multiply(
      goals.span, centred.span, into: &pulledSpan, rows: rows, columns: inputs, inner: columns,
      transposesRight: true, accumulates: true)
    return (least, pulled)
  }
}
