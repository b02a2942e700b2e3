// The centred regression (B.7). With X̃ and T centred on their means and a ridge λ that pulls
// towards the full-precision weights W, row i is
//
//   minimise  q·H·q − 2 b·q      H = X̃X̃ᵀ + λI      b = tᵢX̃ᵀ + λwᵢ
//
// and the least-squares weights are W* = B H⁻¹ (B.6).

internal import Kernels

/// What all rows of a layer share: the centred, ridged covariance and its factorisations.
struct InputFactors {
  let inputs: Int
  let sampleCount: Int
  /// H, `[inputs, inputs]`.
  let gram: [Double]
  let ridge: Double
  let means: [Double]
  /// Lower Cholesky factor of `gram`.
  let factor: Factor
  /// Mean eigenvalue of the covariance without the ridge.
  let meanVariance: Double
  private var spectrum: Spectrum?
  /// H for panels, divided by a power of two near the mean variance.
  let matrix: PanelMatrix

  /// Eigenvalues and eigenvectors, one per row, of H or of D⁻¹ H D⁻¹ with D² the diagonal of H;
  /// in single precision for the iterations.
  struct Spectrum {
    var values: [Float]
    var vectors: [Float]
    /// D, or ones.
    var units: [Float]
    /// The mean eigenvalue, less the ridge.
    var mean: Double
    var isNormalized: Bool
  }

  /// A Cholesky factor in the precision that suffices.
  enum Factor {
    case double([Double])
    /// Of the matrix divided by `unit`, a power of two.
    case single([Float], unit: Double)

    /// Of wide layers in single precision: half the time. Its factor is that of a matrix whose
    /// entries are off by (inputs + 1) · 2⁻²⁴ √(hᵢᵢ hⱼⱼ) at most, in practice by √inputs of these
    /// units, which the ridge has to hide: a few very loud inputs ask for double precision.
    ///
    /// - Parameters:
    ///   - ridge: on the diagonal of `gram`.
    ///   - leastSingle: inputs from which single precision is tried.
    /// - Returns: nil when the matrix is not positive definite.
    init?(
      of gram: [Double], inputs: Int, ridge: Double, leastSingle: Int = singlePrecisionInputs
    ) {
      let loudest = (0..<inputs).reduce(0) { max($0, gram[$1 * inputs + $1]) }
      let rounding = Double(inputs).squareRoot() * 0x1p-24 * loudest
      if inputs >= leastSingle && 10 * rounding <= ridge {
        let unit = powerOfTwo(near: loudest)
        var factor = gram.map { Float($0 / unit) }
        if LinearAlgebra.factorize(&factor, order: inputs),
          (0..<inputs).allSatisfy({ factor[$0 * inputs + $0].isFinite })
        {
          self = .single(factor, unit: unit)
          return
        }
      }
      var factor = gram
      guard LinearAlgebra.factorize(&factor, order: inputs) else { return nil }
      self = .double(factor)
    }

    /// Solves H x = row for each row of `rows`, `[count, inputs]`, in place.
    func solve(_ rows: inout [Double], inputs: Int, count: Int) {
      switch self {
      case .double(let factor):
        LinearAlgebra.solve(factor: factor, order: inputs, rows: &rows, count: count)
      case .single(let factor, let unit):
        // Powers of two near each row's largest number keep it within fp32's range.
        let units = (0..<count).map { row in
          powerOfTwo(
            near: rows[row * inputs..<(row + 1) * inputs].reduce(0) { max($0, $1.magnitude) })
        }
        var values = rows.indices.map { Float(rows[$0] / units[$0 / inputs]) }
        LinearAlgebra.solve(factor: factor, order: inputs, rows: &values, count: count)
        for index in rows.indices {
          rows[index] = Double(values[index]) * (units[index / inputs] / unit)
        }
      }
    }
  }

  /// - Throws: `SolverError` when the moments are empty, not finite or damaged.
  init(_ statistics: LayerStatistics, ridgeShare: Double) throws(SolverError) {
    let inputs = statistics.inputs
    guard statistics.sampleCount > 0 else { throw .noSamples }
    var gram = statistics.centredGram()
    guard gram.allSatisfy(\.isFinite) else { throw .notFinite(quantity: "input moments") }
    let variances = (0..<inputs).map { gram[$0 * inputs + $0] }
    let trace = variances.reduce(0, +)
    let mean = trace / Double(max(inputs, 1))
    // Inputs that never vary leave nothing to fit: any ridge then returns W.
    let unit = mean > 0 ? mean : 1
    var ridge = ridgeShare * unit
    for _ in 0..<16 {
      for index in 0..<inputs { gram[index * inputs + index] = variances[index] + ridge }
      if let factor = Factor(of: gram, inputs: inputs, ridge: ridge) {
        self.inputs = inputs
        sampleCount = statistics.sampleCount
        self.gram = gram
        self.ridge = ridge
        means = statistics.inputMeans()
        self.factor = factor
        meanVariance = unit
        matrix = PanelMatrix(
          symmetric: gram.span, size: inputs, factor: 1 / powerOfTwo(near: unit))
        return
      }
      ridge = max(ridge * 10, 1e-12 * unit)
    }
    throw .notFactorizable(order: inputs)
  }

  mutating func computeSpectrum(normalized: Bool) throws(SolverError) -> Spectrum {
    if let spectrum, spectrum.isNormalized == normalized { return spectrum }
    var units = [Double](repeating: 1, count: inputs)
    if normalized {
      for index in 0..<inputs {
        units[index] = max(gram[index * inputs + index], .leastNormalMagnitude).squareRoot()
      }
    }
    // H is positive definite up to rounding; its smallest eigenvalue is no less than the ridge.
    let floor = normalized ? Double(Float.leastNormalMagnitude) : ridge
    let (values, vectors) = try eigenvectors(units: units)
    let spectrum = Spectrum(
      values: values.map { max($0, Float(floor)) }, vectors: vectors,
      units: units.map { Float($0) }, mean: normalized ? 1 : meanVariance,
      isNormalized: normalized)
    self.spectrum = spectrum
    return spectrum
  }

  /// Eigenvalues and eigenvectors of D⁻¹ H D⁻¹.
  private func eigenvectors(
    units: [Double]
  ) throws(SolverError) -> (values: [Float], vectors: [Float]) {
    if inputs >= singlePrecisionInputs {
      var matrix = [Float](repeating: 0, count: inputs * inputs)
      for row in 0..<inputs {
        for column in 0..<inputs {
          let index = row * inputs + column
          matrix[index] = Float(gram[index] / (units[row] * units[column]))
        }
      }
      guard let values = LinearAlgebra.eigenvectors(replacing: &matrix, order: inputs) else {
        throw .noEigenvectors(order: inputs)
      }
      return (values, matrix)
    }
    var matrix = gram
    for row in 0..<inputs {
      for column in 0..<inputs { matrix[row * inputs + column] /= units[row] * units[column] }
    }
    guard let (values, vectors) = LinearAlgebra.eigenvectors(of: matrix, order: inputs) else {
      throw .noEigenvectors(order: inputs)
    }
    return (values.map { Float($0) }, vectors.map { Float($0) })
  }
}

extension LayerStatistics {
  /// Mean of each input, in units of value.
  func inputMeans() -> [Double] {
    let count = Double(sampleCount)
    switch moments {
    case .codes(_, let sums, let step): return sums.map { Double(step) * Double($0) / count }
    case .values(_, let sums): return sums.map { $0 / count }
    }
  }

  /// Σ (x − mean)(x − mean)ᵀ, `[inputs, inputs]`; from codes exact up to one rounding.
  func centredGram() -> [Double] {
    var result = [Double](repeating: 0, count: inputs * inputs)
    let count = Double(sampleCount)
    switch moments {
    case .codes(let gram, let sums, let step):
      let unit = Double(step) * Double(step) / count
      for row in 0..<inputs {
        for column in 0..<inputs {
          let index = row * inputs + column
          let (scaled, overflows) =
            gram[index].multipliedReportingOverflow(by: Int64(sampleCount))
          let (square, alsoOverflows) = sums[row].multipliedReportingOverflow(by: sums[column])
          let (difference, wraps) = scaled.subtractingReportingOverflow(square)
          if overflows || alsoOverflows || wraps {
            let product = Double(sums[row]) * Double(sums[column])
            result[index] = (Double(gram[index]) * count - product) * unit
          } else {
            result[index] = Double(difference) * unit
          }
        }
      }
    case .values(let gram, let sums):
      for row in 0..<inputs {
        for column in 0..<inputs {
          let index = row * inputs + column
          result[index] = gram[index] - sums[row] * sums[column] / count
        }
      }
    }
    return result
  }
}

/// The rows of one problem over shared input factors.
struct RowSystem {
  let rows: Int
  let inputs: Int
  /// Σ (t − mean)(x − mean)ᵀ, `[rows, inputs]`, without the ridge.
  let cross: [Double]
  /// b, `[rows, inputs]`, with the ridge's pull.
  let pulled: [Double]
  /// Σ (t − mean)².
  let energies: [Double]
  let targetMeans: [Double]

  init(_ problem: LayerProblem, factors: InputFactors) throws(SolverError) {
    let statistics = problem.statistics
    rows = statistics.outputs
    inputs = statistics.inputs
    let count = Double(statistics.sampleCount)
    let unit = statistics.moments.unit
    guard problem.weights.allSatisfy(\.isFinite) else { throw .notFinite(quantity: "weights") }
    var cross = statistics.cross
    var pulled = cross
    var energies: [Double] = []
    for row in 0..<rows {
      let sum = statistics.targetSums[row]
      energies.append(max(0, statistics.targetSquares[row] - sum * sum / count))
      for input in 0..<inputs {
        let index = row * inputs + input
        cross[index] = unit * cross[index] - sum * factors.means[input]
        pulled[index] = cross[index] + factors.ridge * Double(problem.weights[index])
      }
    }
    guard pulled.allSatisfy(\.isFinite), energies.allSatisfy(\.isFinite) else {
      throw .notFinite(quantity: "target moments")
    }
    self.cross = cross
    self.pulled = pulled
    self.energies = energies
    targetMeans = statistics.targetSums.map { $0 / count }
  }

  /// W* = B H⁻¹, `[rows, inputs]`.
  ///
  /// Rows are solved in blocks of fixed size, so that a row's bits do not depend on its company.
  func leastSquares(_ factors: InputFactors) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(rows * inputs)
    var block = [Double](repeating: 0, count: solvedRows * inputs)
    for start in stride(from: 0, to: rows, by: solvedRows) {
      let count = min(solvedRows, rows - start)
      for index in 0..<count * inputs { block[index] = pulled[start * inputs + index] }
      for index in count * inputs..<block.count { block[index] = 0 }
      factors.factor.solve(&block, inputs: inputs, count: solvedRows)
      result.append(contentsOf: block[0..<count * inputs])
    }
    return result
  }
}

extension RowSystem {
  /// p and d of every row with the ridge, in double precision.
  func ridgedScores(of codes: [Int8], gram: [Double]) -> [FitScore] {
    var result: [FitScore] = []
    var lanes = [Double](repeating: 0, count: inputs * DescentPanels.lanes)
    for start in stride(from: 0, to: rows, by: DescentPanels.lanes) {
      let block = start..<min(start + DescentPanels.lanes, rows)
      for index in lanes.indices { lanes[index] = 0 }
      for row in block {
        var product = 0.0
        for input in 0..<inputs {
          let code = Double(codes[row * inputs + input])
          lanes[input * DescentPanels.lanes + row - start] = code
          product += code * pulled[row * inputs + input]
        }
        result.append(FitScore(product: product, quadratic: 0))
      }
      let forms = quadraticForms(gram.span, codes: lanes.span, inputs: inputs)
      for row in block { result[row].quadratic = forms[row - start] }
    }
    return result
  }

  /// The score of a row's codes without the ridge, from the score with it.
  func plainScore(_ ridged: FitScore, row: Int, codes: Span<Int8>, ridge: Double) -> FitScore {
    var score = FitScore()
    var squares = 0.0
    for input in codes.indices where codes[input] != 0 {
      let code = Double(codes[input])
      score.product += code * cross[row * inputs + input]
      squares += code * code
    }
    score.quadratic = max(0, ridged.quadratic - ridge * squares)
    return score
  }
}

/// Inputs from which on factors and eigenvectors are in single precision, as their use is: twice as
/// fast, in half to a third of the memory.
private let singlePrecisionInputs = 1_200

/// Rows that matrix products take at a time; short blocks are padded with zeros.
let rowBlock = 32

/// The same for triangular solves, which read the whole factor for each block.
private let solvedRows = 128
