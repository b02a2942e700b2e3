// Layer ADMM (A.13): W is least squares with a penalty, G its projection, λ the scaled dual.
//
//   W = (B + ρ (G − λ)) (H + ρI)⁻¹        G = projection(W + λ)        λ ← λ + W − G
//
// With H = E diag(l) Eᵀ, in the basis of the eigenvectors, the first is a division by l + ρ, so
// the ramp of ρ is free. Two products with E per iteration: G into the basis and W out of it; λ is
// carried in both. The score of each G, (b·G)²/(G·H·G), is two sums in that basis, and the best G
// of each row is kept. When ρ changes, λ is rescaled.

internal import Glibc
internal import Kernels

/// The iterates of ADMM for rows that are projected together: one block, or the whole layer.
struct LayerADMM {
  private let spectrum: InputFactors.Spectrum
  private let inputs: Int
  private let rows: Int
  private let set: WeightSet
  private let granularity: ScaleGranularity

  /// B Eᵀ, `[padded rows, inputs]`, as all of the following.
  private var target: [Float]
  /// G, and G in the basis.
  private var feasible: [Float]
  private var feasibleBasis: [Float]
  /// W, and W in the basis.
  private var weights: [Float]
  private var weightsBasis: [Float]
  /// λ, and λ in the basis.
  private var dual: [Float]
  private var dualBasis: [Float]
  private var codes: [Int8]

  private(set) var bestCodes: [Int8]
  /// Per scale: per row, or one.
  private var bestGains: [Double]
  private var projection = ProjectionWorkspace()

  /// - Parameters:
  ///   - pulled: b, `[rows, inputs]`.
  ///   - start: W*, `[rows, inputs]`.
  init(
    pulled: ArraySlice<Double>, start: ArraySlice<Double>, rows: Int,
    spectrum: InputFactors.Spectrum, set: WeightSet, granularity: ScaleGranularity
  ) {
    self.spectrum = spectrum
    self.rows = rows
    self.set = set
    self.granularity = granularity
    inputs = spectrum.values.count
    let padded = (rows + rowBlock - 1) / rowBlock * rowBlock
    let zeros = [Float](repeating: 0, count: padded * inputs)
    feasible = zeros
    feasibleBasis = zeros
    weights = zeros
    weightsBasis = zeros
    dual = zeros
    dualBasis = zeros
    target = zeros
    codes = [Int8](repeating: 0, count: rows * inputs)
    bestCodes = codes
    bestGains = [Double](repeating: -1, count: granularity == .row ? rows : 1)
    var given = zeros
    for (index, value) in pulled.enumerated() {
      given[index] = Float(value) / spectrum.units[index % inputs]
    }
    Self.multiply(given, spectrum.vectors, transposesRight: true, inputs, into: &target)
    for (index, value) in start.enumerated() {
      weights[index] = Float(value) * spectrum.units[index % inputs]
    }
    project(dualFactor: 0)
  }

  /// Runs the ramp of penalties, relative to the mean eigenvalue.
  mutating func run(
    _ settings: ADMMSettings, observer: SolveObserver
  ) throws(SolverError) {
    let intervals = Double(max(settings.iterations - 1, 1))
    let growth = pow(settings.lastPenalty / settings.firstPenalty, 1 / intervals)
    var penalty = settings.firstPenalty * spectrum.mean
    enterBasis(dualFactor: 0)
    for _ in 0..<settings.iterations {
      try observer.step()
      updateWeights(penalty: Float(penalty))
      project(dualFactor: Float(1 / growth))
      enterBasis(dualFactor: Float(1 / growth))
      penalty *= growth
    }
  }

  /// W in the basis, and out of it.
  private mutating func updateWeights(penalty: Float) {
    let scales = spectrum.values.map { 1 / ($0 + penalty) }
    for row in 0..<rows {
      Self.solveRow(
        row * inputs..<(row + 1) * inputs, target: target, feasible: feasibleBasis,
        dual: dualBasis, penalty: penalty, scales: scales, weights: &weightsBasis)
    }
    Self.multiply(weightsBasis, spectrum.vectors, transposesRight: false, inputs, into: &weights)
  }

  private static func solveRow(
    _ entries: Range<Int>, target: [Float], feasible: [Float], dual: [Float], penalty: Float,
    scales: [Float], weights: inout [Float]
  ) {
    var whole = weights.mutableSpan
    var weights = whole._mutatingExtracting(entries)
    let target = target.span.extracting(entries)
    let feasible = feasible.span.extracting(entries)
    let dual = dual.span.extracting(entries)
    let scales = scales.span
    for k in 0..<entries.count {
      weights[k] = (target[k] + penalty * (feasible[k] - dual[k])) * scales[k]
    }
  }

  /// G from W + λ, and the next λ, scaled by `dualFactor` for the next penalty.
  private mutating func project(dualFactor: Float) {
    let count = rows * inputs
    let group = granularity == .row ? inputs : count
    Self.add(weights, to: &dual, count: count)
    for start in stride(from: 0, to: count, by: group) {
      let entries = start..<start + group
      let scale = projectGroup(entries)
      Self.splitGroup(
        entries, codes: codes, scale: scale, units: spectrum.units, feasible: &feasible,
        dual: &dual, factor: dualFactor)
    }
  }

  /// Projects W + λ, which `dual` holds: on scaled inputs the distance is weighted by D².
  private mutating func projectGroup(_ entries: Range<Int>) -> Float {
    if !spectrum.isNormalized {
      return Self.project(
        entries, of: dual, importance: nil, onto: set, codes: &codes, workspace: &projection)
    }
    var values = [Float](repeating: 0, count: entries.count)
    var importance = values
    for (index, entry) in entries.enumerated() {
      let unit = spectrum.units[entry % inputs]
      values[index] = dual[entry] / unit
      importance[index] = unit * unit
    }
    var part = [Int8](repeating: 0, count: entries.count)
    let scale = Self.project(
      0..<entries.count, of: values, importance: importance, onto: set, codes: &part,
      workspace: &projection)
    codes.replaceSubrange(entries, with: part)
    return scale
  }

  private static func project(
    _ entries: Range<Int>, of values: [Float], importance: [Float]?, onto set: WeightSet,
    codes: inout [Int8], workspace: inout ProjectionWorkspace
  ) -> Float {
    var whole = codes.mutableSpan
    var part = whole._mutatingExtracting(entries)
    let values = values.span.extracting(entries)
    if let importance {
      return Float(
        Quantization.project(
          values, importance: importance.span, onto: set, codes: &part, workspace: &workspace))
    }
    return Float(Quantization.project(values, onto: set, codes: &part, workspace: &workspace))
  }

  /// Splits W + λ, which `dual` holds, into G and the next λ.
  private static func splitGroup(
    _ entries: Range<Int>, codes: [Int8], scale: Float, units: [Float],
    feasible: inout [Float], dual: inout [Float], factor: Float
  ) {
    let codes = codes.span
    let units = units.span
    var feasible = feasible.mutableSpan
    var dual = dual.mutableSpan
    for index in entries {
      let value = scale * Float(codes[index]) * units[index % units.count]
      feasible[index] = value
      dual[index] = (dual[index] - value) * factor
    }
  }

  /// Brings G into the basis, keeps it where it is the best so far, and completes λ there.
  private mutating func enterBasis(dualFactor: Float) {
    Self.multiply(feasible, spectrum.vectors, transposesRight: true, inputs, into: &feasibleBasis)
    keepBest()
    Self.completeDual(
      &dualBasis, weights: weightsBasis, feasible: feasibleBasis, factor: dualFactor,
      count: rows * inputs)
  }

  private static func completeDual(
    _ dual: inout [Float], weights: [Float], feasible: [Float], factor: Float, count: Int
  ) {
    let feasible = feasible.span
    let weights = weights.span
    var dual = dual.mutableSpan
    for index in 0..<count {
      dual[index] = (dual[index] + weights[index] - feasible[index]) * factor
    }
  }

  private mutating func keepBest() {
    var layer = FitScore()
    for row in 0..<rows {
      let entries = row * inputs..<(row + 1) * inputs
      let score = Self.score(
        feasibleBasis.span.extracting(entries), target.span.extracting(entries),
        spectrum.values.span)
      if granularity == .row {
        keep(score, slot: row, entries: entries)
      } else {
        layer = layer + score
      }
    }
    if granularity == .layer { keep(layer, slot: 0, entries: 0..<rows * inputs) }
  }

  private static func score(
    _ feasible: Span<Float>, _ target: Span<Float>, _ eigenvalues: Span<Float>
  ) -> FitScore {
    var score = FitScore()
    precondition(target.count == feasible.count && eigenvalues.count == feasible.count)
    for k in feasible.indices {
      let value = Double(feasible[k])
      score.product += value * Double(target[k])
      score.quadratic += value * value * Double(eigenvalues[k])
    }
    return score
  }

  private mutating func keep(_ score: FitScore, slot: Int, entries: Range<Int>) {
    if score.gain > bestGains[slot] {
      bestGains[slot] = score.gain
      for index in entries { bestCodes[index] = codes[index] }
    }
  }

  private static func add(_ values: [Float], to sums: inout [Float], count: Int) {
    let values = values.span
    var sums = sums.mutableSpan
    for index in 0..<count { sums[index] += values[index] }
  }

  /// product = rows · vectors (or its transpose), a fixed number of rows at a time, so that a
  /// row's bits do not depend on how many others there are.
  private static func multiply(
    _ rows: [Float], _ vectors: [Float], transposesRight: Bool, _ inputs: Int,
    into product: inout [Float]
  ) {
    let size = rowBlock * inputs
    for start in stride(from: 0, to: rows.count, by: size) {
      var whole = product.mutableSpan
      var part = whole._mutatingExtracting(start..<start + size)
      Kernels.multiply(
        rows.span.extracting(start..<start + size), vectors.span, into: &part,
        rows: rowBlock, columns: inputs, inner: inputs, transposesRight: transposesRight)
    }
  }
}
