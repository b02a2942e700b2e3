import ArgumentParser
import Nodes

/// `tsq compute`: the computing process of a `tsq worker`, which starts it.
struct Compute: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes for the worker that started it.", shouldDisplay: false)

  @Option(help: "GiB of memory that it may take.")
  var memory: Double?

  @Argument(help: "The worker's process.")
  var parent: Int32

  func validate() throws { try MemoryBudget.check(memory) }

  func run() throws {
    let bytes = MemoryBudget.bytes(memory)
    leaveProcess(
      runComputeChild(parent: parent) { ProbedRunner(LayerWork(memoryBytes: bytes)) })
  }
}
