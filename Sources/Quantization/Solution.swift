/// Low-bit rows: the output of row i is scales[i] · (codes[i] · x) + offsets[i].
package struct Solution: Sendable, Equatable {
  package let inputs: Int
  /// `[rows, inputs]`, levels of the problem's weight set.
  package var codes: [Int8]
  /// One positive scale per row (equal ones where the layer shares one).
  package var scales: [Float]
  /// What is added to each row's output; replaces the layer's bias.
  package var offsets: [Float]
  package var report: SolveReport

  package var rows: Int { scales.count }

  package init(
    inputs: Int, codes: [Int8], scales: [Float], offsets: [Float], report: SolveReport
  ) {
    precondition(codes.count == scales.count * inputs && offsets.count == scales.count)
    self.inputs = inputs
    self.codes = codes
    self.scales = scales
    self.offsets = offsets
    self.report = report
  }
}

/// The account of one row, in the metric of its output.
package struct RowReport: Sendable, Equatable {
  /// Σ (t − α q x̃ − b)² over the samples.
  package var residual: Double
  /// Σ (t − mean t)².
  package var energy: Double
  package var sweeps: Int
  /// Codes that coordinate descent and the search after it changed.
  package var changedEntries: Int
  package var zeros: Int
  /// Whether descent from the ADMM iterate beat descent from the projection.
  package var cameFromADMM: Bool
  /// What the non-linear stage did, where it ran.
  package var nonlinear: NonlinearRowReport?

  package init(
    residual: Double, energy: Double, sweeps: Int, changedEntries: Int, zeros: Int,
    cameFromADMM: Bool, nonlinear: NonlinearRowReport?
  ) {
    self.residual = residual
    self.energy = energy
    self.sweeps = sweeps
    self.changedEntries = changedEntries
    self.zeros = zeros
    self.cameFromADMM = cameFromADMM
    self.nonlinear = nonlinear
  }

  /// The unexplained share of the target's variance; 0 for a constant target met exactly.
  package var relativeError: Double {
    energy > 0 ? residual / energy : (residual > 0 ? .infinity : 0)
  }
}

/// The non-linear stage of one row: mean squared error of the output codes on held-out samples.
package struct NonlinearRowReport: Sendable, Equatable {
  package var errorBefore: Double
  package var errorAfter: Double
  package var accepted: Bool
  package var steps: Int

  package init(errorBefore: Double, errorAfter: Double, accepted: Bool, steps: Int) {
    self.errorBefore = errorBefore
    self.errorAfter = errorAfter
    self.accepted = accepted
    self.steps = steps
  }
}

/// Total residual after a stage, each row with its best scale and offset, without the ridge.
package struct StageReport: Sendable, Equatable {
  /// "least squares" (real weights), "projection", "ADMM", "descent", or "final" (as deployed).
  package var stage: String
  package var residual: Double

  package init(stage: String, residual: Double) {
    self.stage = stage
    self.residual = residual
  }
}

/// The account of a solution.
package struct SolveReport: Sendable, Equatable {
  package var rows: [RowReport]
  package var stages: [StageReport]
  package var sampleCount: Int
  /// The ridge that was used, in units of squared input; larger than asked for where the
  /// covariance was singular.
  package var ridge: Double

  package init(rows: [RowReport], stages: [StageReport], sampleCount: Int, ridge: Double) {
    self.rows = rows
    self.stages = stages
    self.sampleCount = sampleCount
    self.ridge = ridge
  }

  /// Σ over rows of the squared error.
  package var residual: Double { rows.reduce(0) { $0 + $1.residual } }
  /// Σ over rows of the target's variance.
  package var energy: Double { rows.reduce(0) { $0 + $1.energy } }
  /// residual / energy.
  package var relativeError: Double {
    energy > 0 ? residual / energy : (residual > 0 ? .infinity : 0)
  }
  package var sweeps: Int { rows.reduce(0) { max($0, $1.sweeps) } }
  package var changedEntries: Int { rows.reduce(0) { $0 + $1.changedEntries } }
  package var zeros: Int { rows.reduce(0) { $0 + $1.zeros } }
}
