// TSQ's non-linear stage (B4, B5): fit the codes that the next layer sees rather than the values
// before them. With y = Q(t) and u = α q x̃ + b + s the output before the quantizer, alternate
//
//   z ← argmin (y − Q(z))² + λ (z − u)²          per sample            (B10)
//   q ← coordinate descent on z − s              per row               (B7, B8)
//   α, b ← least squares on z − s                per row               (B6)
//
// while λ grows. z is known at few samples, and z − u is 0 at most of them; u is known everywhere.
// So the regression is that on all N samples of the layer, to which the n fitted ones contribute
// what they say of z − u:
//
//   b = α H q + λ (w − α q) + shrinkage · N/n · Σ (z − u)(x̃ − mean x̃)
//
// with H, the ridge λ and the means of the whole layer. Where inputs are many, the sum is mostly
// noise: it explains inputs/n of the variance of z − u by chance.
//
// The alternation does not promise that Σ (y − Q(u))² falls, so each row keeps its best iterate on
// the fitted samples, and takes it only if it is also better on held-out ones.

internal import Glibc
internal import Kernels

/// A row's scale, in units of output per unit of input value, and its offset.
struct LinearFit: Equatable {
  var scale: Double
  var offset: Double
}

/// The stage for one block of rows.
struct NonlinearStage {
  let samples: NonlinearSamples
  let set: WeightSet
  let settings: NonlinearSettings
  let exact: ExactSums?
  let sweepLimit: Int
  let observer: SolveObserver

  /// Codes of the fitted columns, `[inputs, columns]`.
  private let fitted: [Float]
  /// Those and the codes of the held-out columns, packed.
  private let fittedSamples: PackedSamples
  private let heldSamples: PackedSamples
  /// Of the whole layer.
  private let factors: InputFactors
  /// What a sum over the fitted columns counts for in sums over all samples.
  private let share: Double
  /// Of the covariance.
  private let diagonal: [Double]

  init(
    _ samples: NonlinearSamples, set: WeightSet, factors: InputFactors,
    settings: SolverSettings, observer: SolveObserver
  ) {
    self.samples = samples
    self.factors = factors
    self.observer = observer
    self.set = set
    self.settings = settings.nonlinear
    exact = settings.largestExactCode.map {
      ExactSums(step: samples.inputStep, largestCode: $0)
    }
    sweepLimit = settings.descentSweepLimit
    let inputs = samples.inputs
    let count = samples.fittedColumns
    var fitted = [Float](repeating: 0, count: inputs * count)
    var fittedCodes = [Int8](repeating: 0, count: inputs * count)
    var heldCodes = [Int8](repeating: 0, count: inputs * (samples.columns - count))
    for input in 0..<inputs {
      for column in 0..<samples.columns {
        let code = samples.codes[input * samples.columns + column]
        if column < count {
          fitted[input * count + column] = Float(code)
          fittedCodes[input * count + column] = code
        } else {
          heldCodes[input * (samples.columns - count) + column - count] = code
        }
      }
    }
    self.fitted = fitted
    fittedSamples = PackedSamples(fittedCodes, inputs: inputs, columns: count, set: set)
    heldSamples = PackedSamples(
      heldCodes, inputs: inputs, columns: samples.columns - count, set: set)
    diagonal = (0..<inputs).map { factors.gram[$0 * inputs + $0] }
    share = Double(factors.sampleCount) / Double(max(count + inputs, 1))
  }

  private var inputs: Int { samples.inputs }
  private var unit: Double { Double(samples.inputStep) }

  /// The scale as it will be deployed, and the offset that keeps the mean with it.
  func deployed(_ fit: LinearFit, codes: [Int8]) -> LinearFit {
    let level = position(codes)
    func offset(_ scale: Double) -> Double { fit.offset + (fit.scale - scale) * level }
    let row = ExactSums.Row(
      magnitude: codes.reduce(0) { $0 + abs(Int($1)) }, offset: offset)
    guard let (scale, unit) = exact?.deployed(fit.scale, rows: [row]) else { return fit }
    let rounded = (offset(Double(scale)) / unit).rounded() * unit
    return LinearFit(scale: Double(scale), offset: rounded)
  }

  /// q · mean x̃.
  private func position(_ codes: [Int8]) -> Double {
    zip(codes, factors.means).reduce(0) { $0 + Double($1.0) * $1.1 }
  }
}

extension NonlinearStage {
  /// One row on its way: its best iterate so far.
  struct RowState {
    var codes: [Int8]
    var fit: LinearFit
    var bestCodes: [Int8]
    var bestFit: LinearFit
    var bestError: Double
    /// H q, which the descents keep up to date: to make it anew would cost inputs² per step.
    var products: [Double]
    var idle = 0
    var steps = 0
  }

  /// The better of both z-steps for each row of a block, and its account.
  ///
  /// - Parameters:
  ///   - rows: at most `rowBlock` rows of the samples.
  ///   - start: the codes and fits to begin from, as they would be deployed.
  ///   - weights: the full-precision weights of these rows, which the ridge pulls towards.
  func improve(
    rows: Range<Int>, start: [(codes: [Int8], fit: LinearFit)], weights: ArraySlice<Float>
  ) throws(SolverError) -> [(codes: [Int8], fit: LinearFit, report: NonlinearRowReport)] {
    precondition(rows.count <= rowBlock && start.count == rows.count)
    let first = rows.lowerBound
    let startErrors = errors(start, rows: rows, held: false)
    let heldBefore = errors(start, rows: rows, held: true)
    var best = start.enumerated().map { index, pair in
      RowState(
        codes: pair.codes, fit: pair.fit, bestCodes: pair.codes, bestFit: pair.fit,
        bestError: startErrors[index], products: products(of: pair.codes))
    }
    let begin = best
    for step in AuxiliaryStep.allCases {
      let found = try alternate(step, rows: rows, from: begin, weights: weights)
      for index in found.indices {
        let steps = best[index].steps + found[index].steps
        if found[index].bestError < best[index].bestError { best[index] = found[index] }
        best[index].steps = steps
      }
    }
    settle(&best, rows: rows)
    let final = best.map { (codes: $0.bestCodes, fit: deployed($0.bestFit, codes: $0.bestCodes)) }
    let heldAfter = errors(final, rows: rows, held: true)
    let count = Double(samples.columns - samples.fittedColumns)
    return rows.map { row in
      let index = row - first
      let accepted = heldAfter[index] < heldBefore[index]
      let report = NonlinearRowReport(
        errorBefore: heldBefore[index] / count, errorAfter: heldAfter[index] / count,
        accepted: accepted, steps: best[index].steps)
      return accepted
        ? (final[index].codes, final[index].fit, report)
        : (start[index].codes, start[index].fit, report)
    }
  }

  /// Moves the scale and offset of each row's best iterate to where its code error is least, by
  /// trying ever smaller steps.
  private func settle(_ states: inout [RowState], rows: Range<Int>) {
    let count = samples.fittedColumns
    let sums = fittedSamples.products(with: states.map(\.bestCodes))
    for index in states.indices {
      let view = SampleRow(samples, row: rows.lowerBound + index, columns: 0..<count)
      let own = sums.span.extracting(index * count..<(index + 1) * count)
      let level = position(states[index].bestCodes)
      for shift in [0.04, 0.02, 0.01, 0.005] {
        // The scale turns about the mean input, so that the offset is a direction of its own.
        let turn = states[index].bestFit.scale * shift
        let lift = Double(samples.quantizer.step) * shift
        for (scale, offset) in [
          (turn, -turn * level), (-turn, turn * level), (0, lift), (0, -lift),
        ] {
          let tried = LinearFit(
            scale: states[index].bestFit.scale + scale,
            offset: states[index].bestFit.offset + offset)
          let error = view.codeError(own, fit: tried)
          if error < states[index].bestError {
            states[index].bestError = error
            states[index].bestFit = tried
          }
        }
      }
    }
  }

  /// H q of some codes.
  private func products(of codes: [Int8]) -> [Double] {
    var result = [Double](repeating: 0, count: inputs)
    var span = result.mutableSpan
    let gram = factors.gram.span
    for entry in 0..<inputs where codes[entry] != 0 {
      add(
        Double(codes[entry]), gram.extracting(entry * inputs..<(entry + 1) * inputs), to: &span)
    }
    return result
  }

  /// Σ (Q(t) − Q(u))² of each row over the fitted or the held-out columns.
  private func errors(
    _ rows: [(codes: [Int8], fit: LinearFit)], rows range: Range<Int>, held isHeld: Bool
  ) -> [Double] {
    let count = isHeld ? samples.columns - samples.fittedColumns : samples.fittedColumns
    let sums = (isHeld ? heldSamples : fittedSamples).products(with: rows.map(\.codes))
    return rows.indices.map { index in
      let view = SampleRow(
        samples, row: range.lowerBound + index,
        columns: isHeld ? samples.fittedColumns..<samples.columns : 0..<samples.fittedColumns)
      return view.codeError(
        sums.span.extracting(index * count..<(index + 1) * count), fit: rows[index].fit)
    }
  }

  private func alternate(
    _ step: AuxiliaryStep, rows: Range<Int>, from begin: [RowState], weights: ArraySlice<Float>
  ) throws(SolverError) -> [RowState] {
    let count = samples.fittedColumns
    var states = begin
    let intervals = Double(max(settings.steps - 1, 1))
    let ratio = settings.lastCoupling / settings.firstCoupling
    var sums = fittedSamples.products(with: states.map(\.codes))
    for iteration in 0..<settings.steps {
      if states.allSatisfy({ $0.idle >= settings.patience }) { break }
      try observer.step()
      let coupling = settings.firstCoupling * pow(ratio, Double(iteration) / intervals)
      var corrections = [Float](repeating: 0, count: rowBlock * count)
      for index in states.indices where states[index].idle < settings.patience {
        SampleRow(samples, row: rows.lowerBound + index, columns: 0..<count).fillCorrections(
          sums.span.extracting(index * count..<(index + 1) * count), fit: states[index].fit,
          step: step, coupling: Float(coupling), at: index * count, of: &corrections)
      }
      regress(&states, corrections: corrections, weights: weights)
      sums = fittedSamples.products(with: states.map(\.codes))
      for index in states.indices where states[index].idle < settings.patience {
        let error = SampleRow(samples, row: rows.lowerBound + index, columns: 0..<count).codeError(
          sums.span.extracting(index * count..<(index + 1) * count), fit: states[index].fit)
        states[index].take(error: error)
      }
    }
    return states
  }

  /// The w-step: codes, scale and offset of every live row for the corrections z − u.
  private func regress(
    _ states: inout [RowState], corrections: [Float], weights: ArraySlice<Float>
  ) {
    let count = samples.fittedColumns
    let means = factors.means
    var cross = [Double](repeating: 0, count: rowBlock * inputs)
    var totals = [Double](repeating: 0, count: rowBlock)
    addCrossProduct(
      corrections.span, fitted.span, outputs: rowBlock, inputs: inputs, columns: count,
      to: &cross)
    addSums(corrections.span, rows: rowBlock, columns: count, to: &totals)
    for index in states.indices where states[index].idle < settings.patience {
      let state = states[index]
      var target = [Double](repeating: 0, count: inputs)
      for input in 0..<inputs {
        let weight = Double(weights[weights.startIndex + index * inputs + input])
        let correction = unit * cross[index * inputs + input] - totals[index] * means[input]
        let pull = factors.ridge * (weight - state.fit.scale * Double(state.codes[input]))
        target[input] = state.fit.scale * state.products[input] + pull + share * correction
      }
      let score = states[index].descend(
        target.span, gram: factors.gram.span, diagonal: diagonal.span, set: set,
        sweepLimit: sweepLimit)
      guard score.gain > 0 else { continue }
      let scale = score.product / score.quadratic
      let mean =
        state.fit.offset + state.fit.scale * position(state.codes) + totals[index] / Double(count)
      states[index].fit = LinearFit(
        scale: scale, offset: mean - scale * position(states[index].codes))
    }
  }
}

extension NonlinearStage.RowState {
  /// Coordinate descent from the present codes; returns their score afterwards.
  fileprivate mutating func descend(
    _ target: Span<Double>, gram: Span<Double>, diagonal: Span<Double>, set: WeightSet,
    sweepLimit: Int
  ) -> FitScore {
    Quantization.descend(
      codes: &codes, products: &products, target: target, gram: gram,
      diagonal: diagonal, set: set, sweepLimit: sweepLimit)
  }

  /// Keeps the present iterate if it is the best so far.
  fileprivate mutating func take(error: Double) {
    steps += 1
    if error < bestError {
      bestError = error
      bestCodes = codes
      bestFit = fit
      idle = 0
    } else {
      idle += 1
    }
  }
}
