internal import Coordination
package import Tensors

/// Tasks that take no time, for measuring what a coordinator costs.
package final class IdleTask: TaskRunner {
  package static let kind = "idle"

  package init() {}

  /// A task of this kind; its label decides its result.
  package static func definition(_ label: String, input: Digest) -> TaskDefinition {
    TaskDefinition(
      kind: kind, parameters: Array(label.utf8), inputs: [input],
      needs: TaskNeeds(cost: 1, label: label), label: label, stage: "measure")
  }

  /// Answers with a kilobyte that depends on the parameters; see `TaskRunner`.
  package func run(
    kind: String, parameters: [UInt8], inputs: [Blob], progress: ProgressCounter
  ) throws(TaskFailure) -> [[UInt8]] {
    let digest = Digest(of: parameters).bytes
    return [(0..<32).flatMap { _ in digest }]
  }
}
