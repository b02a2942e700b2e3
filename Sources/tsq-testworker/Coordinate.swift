import Coordination
import Nodes
import RunStore

/// A coordinator in a process of its own, for tests that kill it: so many `sleep` tasks of a tenth
/// of a second on one local worker, which is this program again.
func coordinate(folder: String, taskCount: Int, program: String) throws {
  let identity = ProgramIdentity(build: "test", solverVersion: "1", kernel: "plain")
  let coordinator = try Coordinator(
    configuration: CoordinatorConfiguration(
      identity: identity, localWorkers: 1, workerCommand: [program]),
    folder: try RunFolder.create(path: folder, fingerprint: ["test": "1"]),
    cancellation: try Cancellation())
  _ = try coordinator.run(
    (0..<taskCount).map { index in
      TaskDefinition(
        kind: "sleep", parameters: [1, UInt8(index)], inputs: [], needs: TaskNeeds(cost: 1),
        label: "sleep \(index)", stage: "test")
    })
  try coordinator.shutDown()
}
