/// How the codes of a layer are found.
package enum SolverMethod: String, Sendable, Equatable, Codable, CaseIterable {
  /// The best known: least squares, exact projection, layer ADMM, coordinate descent, iterated
  /// local search and, where samples are given, TSQ's non-linear stage. Rows of very few inputs
  /// are searched exhaustively instead.
  case tsq
  /// Least squares and layer ADMM, nothing after it.
  case admm
  /// Least squares, exact projection and coordinate descent (TSQ's linear stage).
  case descent
  /// The exact projection of the least-squares weights.
  case projection
  /// Baseline: GPTQ on the least-squares weights, entries in order of falling input variance.
  case gptq
  /// Baseline: the exact projection of the given weights; sees no data.
  case round
  /// Baseline: BWN's rule, the signs of the weights and their mean magnitude; `binary` only, other
  /// sets (of first and last layers) are projected as by `round`.
  case bwn
  /// Baseline: TWN's rule, threshold 0.7 · mean|w|, scale the mean of the survivors.
  case twn
}

/// What the baselines `round` and `twn` may learn from data; the other methods refit both.
package enum BaselineRefit: String, Sendable, Equatable, Codable, CaseIterable {
  /// Nothing: the scale of the weights and the layer's own bias, as in the papers.
  case none
  /// The offset that keeps each output's mean.
  case offset
  case scaleAndOffset
}

/// The penalty ramp of layer ADMM, relative to the mean eigenvalue of the input covariance.
package struct ADMMSettings: Sendable, Equatable, Codable {
  package var iterations: Int
  package var firstPenalty: Double
  package var lastPenalty: Double
  /// Measures the distance between weights and codes with each input scaled to unit variance.
  package var normalizesInputs: Bool
  /// Set by `solve` where the layer is too wide for it.
  var isLeftOut = false

  package init(
    iterations: Int = 150, firstPenalty: Double = 0.1, lastPenalty: Double = 10,
    normalizesInputs: Bool = true
  ) {
    precondition(iterations > 0 && firstPenalty > 0 && lastPenalty >= firstPenalty)
    self.iterations = iterations
    self.firstPenalty = firstPenalty
    self.lastPenalty = lastPenalty
    self.normalizesInputs = normalizesInputs
  }

  enum CodingKeys: String, CodingKey {
    case iterations, firstPenalty, lastPenalty, normalizesInputs
  }

  /// Fewer iterations the wider a layer is: they cost inputs² per row, and what more of them gain
  /// shrinks (ARCHITECTURE.md, "Decided").
  package static func iterations(inputs: Int) -> Int {
    inputs <= 1152 ? 300 : inputs <= 2304 ? 150 : 75
  }
}

/// The schedule of TSQ's non-linear stage: coupling λ between auxiliary and output (B5).
package struct NonlinearSettings: Sendable, Equatable, Codable {
  package var steps: Int
  package var firstCoupling: Double
  package var lastCoupling: Double
  /// Stop a row after so many steps without a lower code error.
  package var patience: Int

  package init(
    steps: Int = 20, firstCoupling: Double = 0.3, lastCoupling: Double = 3, patience: Int = 8
  ) {
    precondition(steps > 0 && firstCoupling > 0 && lastCoupling >= firstCoupling && patience > 0)
    self.steps = steps
    self.firstCoupling = firstCoupling
    self.lastCoupling = lastCoupling
    self.patience = patience
  }
}

/// Everything that decides a solution besides the problem itself.
package struct SolverSettings: Sendable, Equatable, Codable {
  package var method: SolverMethod
  /// Pull towards the given weights, as a share of the mean input variance; at least 0.
  package var ridge: Double
  package var admm: ADMMSettings
  package var descentSweepLimit: Int
  /// How often `tsq` tries to leave the fixed point that descent ended in, per row.
  package var escapeKicks: Int
  package var nonlinear: NonlinearSettings
  package var baselineRefit: BaselineRefit
  /// The largest |code| among the inputs for which fp32 sums of a row's products are to be exact:
  /// scales and offsets are rounded for it where there is room. nil leaves them as they are.
  package var largestExactCode: Int?

  package init(
    method: SolverMethod = .tsq, ridge: Double = 1e-3, admm: ADMMSettings = ADMMSettings(),
    descentSweepLimit: Int = 100, escapeKicks: Int = 100,
    nonlinear: NonlinearSettings = NonlinearSettings(),
    baselineRefit: BaselineRefit = .none, largestExactCode: Int? = nil
  ) {
    precondition(ridge >= 0 && descentSweepLimit >= 0 && escapeKicks >= 0)
    precondition(largestExactCode.map { (1...255).contains($0) } ?? true)
    self.method = method
    self.ridge = ridge
    self.admm = admm
    self.descentSweepLimit = descentSweepLimit
    self.escapeKicks = escapeKicks
    self.nonlinear = nonlinear
    self.baselineRefit = baselineRefit
    self.largestExactCode = largestExactCode
  }
}
