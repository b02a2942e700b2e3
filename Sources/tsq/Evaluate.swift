import ArgumentParser
import Datasets
import Dispatch
import Execution
import Network
import Nodes
import ONNX
import Planning
import Reporting
import Synchronization
import Tensors

/// `tsq evaluate`: accuracy of a network, of any precision, on labelled data.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures the top-1 and top-5 accuracy of an ONNX network.")

  @Argument(help: "The network, as trained or as quantized.")
  var model: String

  @OptionGroup var data: DataOptions

  @Option(name: .long, help: "A file with one label per sample, instead of those in the data.")
  var labels: String?

  @Option(name: .long, help: "A recipe whose 'preprocess' is used, where no option gives one.")
  var recipe: String?

  @Option(name: .long, help: "Threads; by default one per core.")
  var threads: Int?

  @Option(name: .long, help: "Use only so many samples, from the first on.")
  var limit: Int?

  @Flag(name: .long, help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    guard threads ?? 1 > 0 else { throw ValidationError("'--threads' is at least 1") }
    guard limit ?? 1 > 0 else { throw ValidationError("'--limit' is at least 1") }
  }

  func run() throws {
    let network = try CommandFailure.mapping { try readNetwork(path: model) }
    let file = try recipe.map { (path) throws(CommandFailure) in try RecipeFile.read(path: path) }
    let chosen = (file ?? RecipeFile()).overridden(by: RecipeFile(preset: data.preprocess))
    let source = try DataSource(network: network, preprocessing: chosen.preprocessing())
    var dataset = try source.openLabelled(data.data, labels: labels)
    if let limit, limit < dataset.count { dataset = dataset.subset(Array(0..<limit)) }
    var leave = LeaveToSkip(images: data.skipImages)
    if data.skipImages > 0 { dataset = try leave.use(dataset) }
    for damage in leave.skipped { StandardStreams.error("left out: \(damage)\n") }
    let accuracy = try measure(network, dataset)
    if json {
      let record = JSONText.members([
        "model": .text(model), "images": .integer(accuracy.images),
        "correct": .integer(accuracy.correct), "top1": .number(accuracy.top1),
        "top5": .number(accuracy.top5), "standardError": .number(accuracy.standardError),
        "skipped": .list(leave.skipped.map { .text($0.file) }),
      ])
      try StandardStreams.output(record.compact + "\n")
    } else {
      try StandardStreams.output(
        "\(model): top-1 \(percent(accuracy.top1)) ± \(percent(accuracy.standardError)), "
          + "top-5 \(percent(accuracy.top5)) of \(accuracy.images) images"
          + (leave.skipped.isEmpty ? "" : ", \(leave.skipped.count) left out") + "\n")
    }
  }

  /// Each thread takes every so-many-th stretch of the data, with executors of its own.
  private func measure(
    _ network: Network, _ dataset: Dataset
  ) throws(CommandFailure) -> Accuracy {
    let folded = prepared(network, for: dataset)
    let lanes = min(threads ?? usableCores(), max(1, dataset.count / 64))
    let total = Mutex(Accuracy())
    let failure = Mutex<CommandFailure?>(nil)
    DispatchQueue.concurrentPerform(iterations: lanes) { lane in
      do {
        let part = try CommandFailure.mapping {
          try evaluate(folded, dataset, lane: lane, of: lanes)
        }
        total.withLock { $0 += part }
      } catch let error as CommandFailure {
        failure.withLock { $0 = $0 ?? error }
      } catch {
        failure.withLock { $0 = $0 ?? CommandFailure(.fault, "\(error)") }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
    return total.withLock { $0 }
  }

  /// Extents that the network leaves open are those of the data.
  private func prepared(_ network: Network, for dataset: Dataset) -> Network {
    var prepared = network.foldingBatchNormalization().removingIdentities().removingUnused()
    if let input = prepared.inputs.first, let batch = prepared[input].declaredShape?.first {
      prepared[input].declaredShape = [batch] + dataset.sampleShape.map { .fixed($0) }
    }
    return prepared
  }

  private func evaluate(
    _ network: Network, _ dataset: Dataset, lane: Int, of lanes: Int
  ) throws -> Accuracy {
    setComputeThreads(1)
    let evaluator = try BatchedEvaluator(network: network, batchSize: Frontier.batchSize)
    let stretch = evaluator.batchSize * 8
    var accuracy = Accuracy()
    for start in stride(from: lane * stretch, to: dataset.count, by: lanes * stretch) {
      let range = start..<min(start + stretch, dataset.count)
      let scores = try evaluator.run([dataset.samples(range)])[0]
      let labels = Array((dataset.labels ?? [])[range])
      accuracy += Accuracy(scores: scores, labels: labels, ranks: 5)
    }
    return accuracy
  }
}
