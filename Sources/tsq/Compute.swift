import ArgumentParser
import Nodes

/// `tsq compute`: the computing process of a `tsq worker`, which starts it.
struct Compute: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes for the worker that started it.", shouldDisplay: false)

  @Argument(help: "The worker's process.")
  var parent: Int32

  func run() throws {
    leaveProcess(runComputeChild(parent: parent) { ProbedRunner(LayerWork()) })
  }
}
