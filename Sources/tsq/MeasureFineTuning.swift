import ArgumentParser
import Datasets
import Execution
import FineTuning
import Network
import ONNX
import Planning
import Quantization
import Tensors

/// `tsq measure-fine-tuning`: fine-tunes in this process, on one thread, to try settings.
struct MeasureFineTuning: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure-fine-tuning",
    abstract: "Fine-tunes a low-bit network in this process and measures its accuracy.",
    shouldDisplay: false)

  @Argument(help: "A low-bit ONNX file, as `tsq quantize` writes it.")
  var model: String

  @Option(help: "The full-precision network.")
  var reference: String

  @OptionGroup var data: DataOptions

  @Option(help: "Labelled data to measure accuracy on.")
  var validation: String?

  @Option(help: "Where losses over steps go, as CSV.")
  var table: String?

  @Option(help: "Steps from one row of the table to the next.")
  var tableEvery = 10

  @Option(help: "Images to learn from, the first of the data.")
  var images = 10_000

  @Option var epochs = 1
  @Option(help: "No more steps than these; rates rise and fall over them.") var steps: Int?
  @Option(help: "full, scales or admm.") var mode = "full"
  @Option(help: "Of mode admm: extragradient or plain.") var gradient = "extragradient"
  @Option(help: "Of mode admm.") var firstPenalty = SplittingSettings().firstPenalty
  @Option(help: "Of mode admm.") var lastPenalty = SplittingSettings().lastPenalty
  @Option(help: "Of mode admm.") var dualSteps = SplittingSettings().dualSteps
  @Option(help: "Of mode admm.") var prediction = SplittingSettings().prediction
  @Option(help: "momentum or adam.") var optimizer = "adam"
  @Option(help: "Images of each of a step's four shards.") var shardSize = 32
  @Option(help: "By default what suits the mode.") var weightRate: Double?
  @Option var scaleRate = 0.003
  @Option var decay = 0.0
  @Option var warmUp = 0.05
  @Option var temperature = 4.0
  @Option(help: "Of cross-entropy with the labels.") var labelWeight = 0.0
  @Option(help: "The weight of block outputs.") var features = 0.0
  @Option(help: "The share of images into which another one is mixed.") var mix = 0.0
  @Option(help: "Images to measure mean and variance on before accuracy; 0 for running ones.")
  var statistics = 0
  @Option var seed: UInt64 = 0
  @Flag(inversion: .prefixedNo, help: "Batch normalizations stand in it while it learns.")
  var normalizes = true
  @Flag(help: "Scales by exact projection instead of learned ones.") var projects = false

  func run() throws {
    setComputeThreads(1)
    let network = try CommandFailure.mapping { try readNetwork(path: model) }.prepared()
    let target = try CommandFailure.mapping { try readNetwork(path: reference) }.prepared()
    let chosen = RecipeFile(preset: data.preprocess)
    let source = try DataSource(network: network, preprocessing: chosen.preprocessing())
    var leave = LeaveToSkip(images: max(0, data.skipImages))
    let given = try source.openLabelled(data.data, labels: nil)
    let dataset = try leave.use(given, keeping: images)
    let tested = try validation.map { try leave.use(source.openLabelled([$0], labels: nil)) }
    let settings = try settings()
    try CommandFailure.mapping {
      var trial = try FineTuneTrial(
        try TrainedNetwork(
          network, sets: Self.sets(of: network), projects: projects,
          relaxes: settings.mode == .admm, normalizes: settings.normalizes),
        reference: target, dataset: dataset, images: images, steps: steps, settings: settings)
      var losses = table.map { LossTable(path: $0, every: tableEvery) }
      try losses?.note(nil, trial)
      try report("start", trial, tested)
      for epoch in 0..<epochs where !trial.isDone {
        try learn(epoch, &trial, &losses)
        try report("epoch \(epoch + 1)", trial, tested)
      }
      try losses?.write()
    }
  }

  private func settings() throws -> FineTuningSettings {
    guard let optimizer = FineTuningSettings.Optimizer(rawValue: optimizer), epochs > 0,
      steps.map({ $0 > 0 }) ?? true, tableEvery > 0, shardSize > 0
    else {
      throw ValidationError("--optimizer is momentum or adam, and there is a step at least")
    }
    guard let mode = FineTuningSettings.Mode(rawValue: mode),
      ["extragradient", "plain"].contains(gradient)
    else {
      throw ValidationError("--mode is full, scales or admm; --gradient extragradient or plain")
    }
    let settings = FineTuningSettings(
      epochs: epochs, shardSize: shardSize, optimizer: optimizer,
      weightRate: weightRate ?? mode.usualRate, scaleRate: scaleRate,
      decay: decay, warmUp: warmUp, normalizes: normalizes, temperature: temperature,
      labelWeight: labelWeight, features: features, mixing: mix, statistics: statistics, seed: seed,
      mode: mode,
      splitting: SplittingSettings(
        firstPenalty: firstPenalty, lastPenalty: lastPenalty, dualSteps: dualSteps,
        extragradient: gradient == "extragradient", prediction: prediction))
    if let objection = settings.objection { throw ValidationError(objection) }
    return settings
  }

  /// The smallest set that holds each layer's levels.
  private static func sets(of network: Network) -> [String: WeightSet] {
    var sets: [String: WeightSet] = [:]
    for layer in network.layers {
      guard case .quantized(let stored)? = network.constants[layer.weights] else { continue }
      let found = Set(stored.codes)
      sets[layer.name] = WeightSet.allCases.first { found.isSubset(of: $0.levels) }
    }
    return sets
  }

  private func learn(
    _ epoch: Int, _ trial: inout FineTuneTrial, _ table: inout LossTable?
  ) throws {
    let images = trial.order.order(epoch: epoch)
    let steps = min(trial.order.stepsPerEpoch, trial.state.totalSteps - trial.state.step)
    let clock = ContinuousClock()
    let began = clock.now
    var loss = 0.0
    for _ in 0..<steps {
      let found = try trial.takeStep(epoch: epoch, images: images)
      loss += found
      try table?.note(found, trial)
    }
    let seconds = began.duration(to: clock.now) / .seconds(1)
    let rate = Double(steps * trial.settings.batchSize) / seconds
    StandardStreams.error(
      "epoch \(epoch + 1): mean loss \(loss / Double(steps)), \(Int(rate)) images/s\n")
  }

  /// Accuracy as it would be deployed.
  private func report(_ name: String, _ trial: FineTuneTrial, _ tested: Dataset?) throws {
    guard let tested else { return }
    let evaluator = try BatchedEvaluator(
      network: try trial.deployed(), batchSize: Frontier.batchSize)
    var accuracy = Accuracy()
    for start in stride(from: 0, to: tested.count, by: 1024) {
      let rows = start..<min(start + 1024, tested.count)
      let scores = try evaluator.run([tested.samples(rows)])[0]
      accuracy += Accuracy(scores: scores, labels: Array((tested.labels ?? [])[rows]), ranks: 5)
    }
    try StandardStreams.output(
      "\(name): \(percent(accuracy.top1)) ± \(percent(accuracy.standardError))\n")
  }
}
