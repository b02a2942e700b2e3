internal import FineTuning
internal import Network
internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

/// A fine-tune under way.
struct FineTuningJob {
  let stage: LearningStage
  let request: FineTuningRequest
  let trained: TrainedNetwork
  let order: ImageOrder
  let networkBlob: Digest
  let planBlob: Digest
  /// The same but where mode `admm` has other weights acting in what is deployed.
  let deployedPlanBlob: Digest
  /// What the fine-tune begins with decides what it comes to: a checkpoint belongs to this alone.
  let key: Digest
  /// The codes of each layer at the start.
  let codes: [String: [Int8]]
  var state: FineTune
  /// Epochs that are over: their steps are taken and their accuracy is measured.
  var epochsDone = 0
  /// Loss summed over the steps of the epoch so far, and over those since the last noted point.
  var epochLoss = 0.0
  var spanLoss = 0.0
  /// The mean loss of the last epoch, once there is one.
  var lastLoss: Double?
  var changedShare: Double?
  /// What is deployed after a step, once that was asked.
  var deployed: (step: Int, parameters: ParameterArrays)?
  var outcome = FineTuningOutcome()

  /// Steps whose mean loss makes one point of the curve.
  var span: Int { max(1, order.totalSteps / 200) }

  /// The bytes of a checkpoint: everything that steps have changed.
  var checkpoint: [UInt8] {
    var bundle = TensorBundle()
    bundle.append("of", .uint8(key.bytes))
    bundle.append("step", .int64([Int64(state.step), Int64(epochsDone)]))
    bundle.append("losses", .float64([epochLoss, spanLoss]))
    if let lastLoss { bundle.append("last loss", .float64([lastLoss])) }
    for part in state.parts { bundle.append(part.name, arrays: part.arrays) }
    return bundle.encoded()
  }

  /// Goes on from a checkpoint, if it is one of this fine-tune.
  ///
  /// - Returns: whether it was.
  mutating func resume(_ bytes: [UInt8]) -> Bool {
    do throws(WireError) {
      let bundle = try TensorBundle(decoding: bytes)
      guard try bundle.uint8("of") == key.bytes else { return false }
      let steps = try bundle.int64("step", shape: [2])
      let (step, epochs) = (Int(steps[0]), Int(steps[1]))
      guard (0...request.settings.epochs).contains(epochs),
        (epochs * order.stepsPerEpoch...(epochs + 1) * order.stepsPerEpoch).contains(step)
      else { return false }
      let losses = try bundle.float64("losses", shape: [2])
      let last = try bundle.contains("last loss") ? bundle.float64("last loss", shape: [1])[0] : nil
      var parts: [String: [[Float]]] = [:]
      for part in state.parts { parts[part.name] = try bundle.arrays(part.name) }
      guard let restored = state.restored({ parts[$0] }, step: step) else { return false }
      state = restored
      epochsDone = epochs
      (epochLoss, spanLoss, lastLoss) = (losses[0], losses[1], last)
      return true
    } catch {
      return false
    }
  }

  /// The share of codes that are not those of the start.
  func changedCodes(_ parameters: ParameterArrays) -> Double {
    var (changed, count) = (0, 0)
    for solution in trained.deployedForm.solutions(parameters) {
      guard let before = codes[solution.layer] else { continue }
      changed += zip(before, solution.codes).count { $0 != $1 }
      count += before.count
    }
    return count > 0 ? Double(changed) / Double(count) : 0
  }
}

/// What a fine-tune came to, and what this process saw of it.
package struct FineTuningOutcome: Sendable, Equatable {
  /// Steps in all, and those that an earlier process had taken.
  package var steps = 0
  package var resumedSteps = 0
  package var batchSize = 0
  /// Mean loss of the last epoch.
  package var loss = 0.0
  /// The share of codes that the fine-tune changed.
  package var changedShare = 0.0
  /// Seconds that workers computed gradients, summed over all of them.
  package var computeSeconds = 0.0

  package init() {}
}
