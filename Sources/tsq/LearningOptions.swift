import ArgumentParser

/// What is learned over the whole network at once, and from what.
struct LearningOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "Learn the activation codes first, for so many passes over the images.")
  var learnCodes: Int?

  @Option(
    name: .long,
    help: "Learn all layers together afterwards, for so many passes over the images.")
  var fineTune: Int?

  @Option(
    name: .long,
    help: "What that learns: full (default), scales (weights keep their codes) or admm.")
  var fineTuneMode: String?

  @Option(
    name: .long,
    help: "What is learned from (default: all of --data); may be given several times.")
  var fineTuneData: [String] = []

  @Flag(
    name: .long,
    help: "Learn from the images' labels too, beside the full-precision network's outputs.")
  var labels = false

  @Option(
    name: .long,
    help: "Steps of what is learned from one checkpoint to the next (default 100).")
  var checkpointSteps: Int?

  @Option(
    name: .long,
    help:
      """
      Shards of a step that one task covers, a power of two: less travels over slow networks, with \
      fewer tasks for the workers. The result stays the same.
      """)
  var shardsPerTask: Int?

  func validate() throws {
    if let checkpointSteps, checkpointSteps < 1 {
      throw ValidationError("'--checkpoint-steps' is at least 1")
    }
    if let shardsPerTask, shardsPerTask < 1 || shardsPerTask & (shardsPerTask - 1) != 0 {
      throw ValidationError("'--shards-per-task' is a power of two: 1, 2, 4, …")
    }
    if let learnCodes, learnCodes < 0 {
      throw ValidationError("'--learn-codes' is not negative")
    }
    if let fineTune, fineTune < 0 { throw ValidationError("'--fine-tune' is not negative") }
  }

  var sources: LearningSources {
    LearningSources(
      data: fineTuneData, usesLabels: labels, checkpointSteps: checkpointSteps ?? 100,
      shardsPerTask: shardsPerTask ?? 1, asksForMode: fineTuneMode != nil)
  }
}

/// From what a network is learned as a whole.
struct LearningSources {
  /// Paths; empty for the data of the calibration.
  var data: [String] = []
  var usesLabels = false
  var checkpointSteps = 100
  var shardsPerTask = 1
  /// Whether a mode of the fine-tune was asked for beside the recipe.
  var asksForMode = false
}
