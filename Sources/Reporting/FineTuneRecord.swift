/// What a fine-tune came to and what it cost.
package struct FineTuneRecord: Sendable, Equatable, Decodable {
  package var epochs: Int
  package var steps: Int
  /// Steps that an earlier process of the run had taken; what follows is about the others.
  package var resumedSteps: Int
  package var batch: Int
  /// Mean loss of the last epoch.
  package var loss: Double?
  /// The share of codes that the fine-tune changed, 0…1.
  package var changedCodes: Double?
  /// Wall time with the evaluations between epochs.
  package var seconds: Double
  /// Time that workers computed gradients, all of them together.
  package var computeSeconds: Double
  package var workers: Int
  /// Bytes of blobs that went to workers, and that came from them.
  package var sentBytes: Int
  package var receivedBytes: Int

  package init(
    epochs: Int, steps: Int, resumedSteps: Int, batch: Int, loss: Double?, changedCodes: Double?,
    seconds: Double, computeSeconds: Double, workers: Int, sentBytes: Int, receivedBytes: Int
  ) {
    self.epochs = epochs
    self.steps = steps
    self.resumedSteps = resumedSteps
    self.batch = batch
    self.loss = loss.finite
    self.changedCodes = changedCodes.finite
    self.seconds = seconds
    self.computeSeconds = computeSeconds
    self.workers = workers
    self.sentBytes = sentBytes
    self.receivedBytes = receivedBytes
  }

  /// The share of the workers' time in which they computed gradients, 0…1.
  package var efficiency: Double? {
    seconds > 0 && workers > 0 ? computeSeconds / (seconds * Double(workers)) : nil
  }

  package var imagesPerSecond: Double? {
    seconds > 0 ? Double((steps - resumedSteps) * batch) / seconds : nil
  }

  /// The record as JSON, keys in a fixed order.
  package var json: JSONText {
    .members([
      "epochs": .integer(epochs), "steps": .integer(steps),
      "resumedSteps": .integer(resumedSteps), "batch": .integer(batch),
      "loss": .optional(loss), "changedCodes": .optional(changedCodes),
      "seconds": .number(seconds), "computeSeconds": .number(computeSeconds),
      "workers": .integer(workers), "efficiency": .optional(efficiency),
      "imagesPerSecond": .optional(imagesPerSecond), "sentBytes": .integer(sentBytes),
      "receivedBytes": .integer(receivedBytes),
    ])
  }
}
