internal import Quantization
internal import SwiftProtobuf
internal import WireSchema

extension SolveParameters {
  var message: Tsq_Tasks_Solve {
    .with {
      $0.layer = layer
      $0.group = UInt32(group)
      $0.firstRow = UInt32(rows.lowerBound)
      $0.rowCount = UInt32(rows.count)
      $0.weights = weights.rawValue
      $0.granularity = granularity.rawValue
      $0.inputStep = inputStep
      if let output {
        $0.output = .with {
          $0.bits = UInt32(output.bits)
          $0.step = output.step
          $0.lowestCode = Int32(output.lowestCode)
          if let threshold = output.threshold { $0.threshold = threshold }
        }
      }
      $0.method = settings.method.rawValue
      $0.baselineRefit = settings.baselineRefit.rawValue
      $0.ridge = settings.ridge
      $0.admmIterations = UInt32(settings.admm.iterations)
      $0.admmFirstPenalty = settings.admm.firstPenalty
      $0.admmLastPenalty = settings.admm.lastPenalty
      $0.admmNormalizesInputs = settings.admm.normalizesInputs
      $0.descentSweepLimit = UInt32(settings.descentSweepLimit)
      $0.escapeKicks = UInt32(settings.escapeKicks)
      $0.nonlinearSteps = UInt32(settings.nonlinear.steps)
      $0.nonlinearFirstCoupling = settings.nonlinear.firstCoupling
      $0.nonlinearLastCoupling = settings.nonlinear.lastCoupling
      $0.nonlinearPatience = UInt32(settings.nonlinear.patience)
      $0.largestExactCode = UInt32(settings.largestExactCode ?? 0)
    }
  }

  init(_ message: Tsq_Tasks_Solve) throws(WireError) {
    func refusal(_ field: String) -> WireError {
      WireError("parameters of 'solve'", .malformed("field '\(field)' is out of range"))
    }
    guard let weights = WeightSet(rawValue: message.weights) else { throw refusal("weights") }
    guard let granularity = ScaleGranularity(rawValue: message.granularity) else {
      throw refusal("granularity")
    }
    guard let method = SolverMethod(rawValue: message.method) else { throw refusal("method") }
    guard let refit = BaselineRefit(rawValue: message.baselineRefit) else {
      throw refusal("baseline_refit")
    }
    guard message.ridge >= 0, message.ridge.isFinite else { throw refusal("ridge") }
    guard message.admmIterations > 0, message.admmFirstPenalty > 0,
      message.admmLastPenalty >= message.admmFirstPenalty, message.admmLastPenalty.isFinite
    else { throw refusal("admm") }
    guard message.nonlinearSteps > 0, message.nonlinearFirstCoupling > 0,
      message.nonlinearLastCoupling >= message.nonlinearFirstCoupling,
      message.nonlinearLastCoupling.isFinite, message.nonlinearPatience > 0
    else { throw refusal("nonlinear") }
    guard message.largestExactCode <= 255 else { throw refusal("largest_exact_code") }
    guard message.inputStep.isUsableScale else { throw refusal("input_step") }
    guard message.rowCount > 0 else { throw refusal("row_count") }
    var output: CodeQuantizerParameters?
    if message.hasOutput {
      guard let quantizer = CodeQuantizerParameters(message.output) else {
        throw refusal("output")
      }
      output = quantizer
    }
    let firstRow = Int(message.firstRow)
    self.init(
      layer: message.layer, group: Int(message.group),
      rows: firstRow..<firstRow + Int(message.rowCount), weights: weights,
      granularity: granularity,
      settings: SolverSettings(
        method: method, ridge: message.ridge,
        admm: ADMMSettings(
          iterations: Int(message.admmIterations), firstPenalty: message.admmFirstPenalty,
          lastPenalty: message.admmLastPenalty,
          normalizesInputs: message.admmNormalizesInputs),
        descentSweepLimit: Int(message.descentSweepLimit),
        escapeKicks: Int(message.escapeKicks),
        nonlinear: NonlinearSettings(
          steps: Int(message.nonlinearSteps), firstCoupling: message.nonlinearFirstCoupling,
          lastCoupling: message.nonlinearLastCoupling, patience: Int(message.nonlinearPatience)),
        baselineRefit: refit,
        largestExactCode: message.largestExactCode == 0
          ? nil : Int(message.largestExactCode)),
      output: output, inputStep: message.inputStep)
  }
}

extension CodeQuantizerParameters {
  /// nil when a number is out of range.
  fileprivate init?(_ message: Tsq_Tasks_Quantizer) {
    guard (1...8).contains(message.bits), message.step.isUsableScale,
      (-255...0).contains(message.lowestCode),
      !message.hasThreshold || (message.threshold >= 0 && message.threshold.isFinite)
    else { return nil }
    self.init(
      bits: Int(message.bits), step: message.step, lowestCode: Int(message.lowestCode),
      threshold: message.hasThreshold ? message.threshold : nil)
  }
}
