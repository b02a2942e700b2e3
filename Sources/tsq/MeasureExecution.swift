import ArgumentParser
import Execution
import Network
import ONNX

/// `tsq measure-execution`: rows per second of the float engine, for `scripts/bench-execution`.
struct MeasureExecution: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure-execution",
    abstract: "Times the evaluation of a network on made-up inputs.", shouldDisplay: false)

  @Argument(help: "An ONNX file.")
  var model: String

  @Option(help: "Rows per batch, on each lane.")
  var batch = 32

  @Option(help: "Executors working at the same time, one thread each.")
  var lanes = 1

  @Option(help: "OpenMP threads of each executor.")
  var threads = 1

  @Option(help: "How long to measure.")
  var seconds = 3.0

  @Flag(help: "Times forward passes with their pullbacks, on one thread.")
  var gradients = false

  func validate() throws {
    guard batch > 0, lanes > 0, threads > 0 else {
      throw ValidationError("--batch, --lanes and --threads are at least 1")
    }
  }

  func run() throws {
    let network = try CommandFailure.mapping { try readNetwork(path: model) }
    guard !gradients else {
      let found = try CommandFailure.mapping {
        try measureTraining(network: network, batchSize: batch, seconds: seconds)
      }
      return try StandardStreams.output(
        "\(found.rowsPerSecond) rows per second of processor time, "
          + "\(found.activationBytes >> 20) MiB, \(executionKernelID())\n")
    }
    let found = try CommandFailure.mapping {
      try measureThroughput(
        network: network, batchSize: batch, lanes: lanes, threads: threads, seconds: seconds)
    }
    try StandardStreams.output(
      "\(found.rowsPerSecond) rows/s, median batch \(found.medianBatchSeconds * 1000) ms, "
        + "\(found.batchCount) batches, \(executionKernelID())\n")
  }
}
