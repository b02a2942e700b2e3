import Coordination
import Glibc
import Messaging
import Nodes
import RunStore
import Tensors
import Testing

@Suite(.timeLimit(.minutes(1))) struct `a coordinator with local workers` {
  @Test func `returns the results in the order of the tasks`() throws {
    let scratch = Scratch()
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 2), folder: Cluster.folder(scratch),
      cancellation: Cancellation())
    let input = try coordinator.put([1, 2, 3])
    let tasks = (0..<20).map { Cluster.task("hash", [UInt8($0)], inputs: [input]) }
    let results = try coordinator.run(tasks)
    for (index, result) in results.enumerated() {
      let output = try coordinator.blob(try #require(result.outputs.first))
      #expect(output == Cluster.hash([[1, 2, 3]], [UInt8(index)]))
      #expect(!result.reused)
    }
    try coordinator.shutDown()
  }

  @Test func `moves large blobs both ways`() throws {
    let scratch = Scratch()
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 2), folder: Cluster.folder(scratch),
      cancellation: Cancellation())
    let bytes = (0..<3_500_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let inputs = [try coordinator.put(bytes), try coordinator.put([]), try coordinator.put([7])]
    let results = try coordinator.run([
      Cluster.task("expand", [3], inputs: inputs), Cluster.task("hash", [9], inputs: inputs),
    ])
    #expect(try results[0].outputs.map { try coordinator.blob($0).count } == [10_500_000, 0, 3])
    #expect(try coordinator.blob(results[0].outputs[0]) == bytes + bytes + bytes)
    #expect(try coordinator.blob(results[1].outputs[0]) == Cluster.hash([bytes, [], [7]], [9]))
    try coordinator.shutDown()
  }

  @Test func `gives the same bits with one worker and with three`() throws {
    let outputs = try [1, 3].map { count in
      let scratch = Scratch()
      let coordinator = try Coordinator(
        configuration: Cluster.configuration(workers: count), folder: Cluster.folder(scratch),
        cancellation: Cancellation())
      let input = try coordinator.put([5])
      let results = try coordinator.run(
        (0..<12).map { Cluster.task("hash", [UInt8($0)], inputs: [input]) })
      try coordinator.shutDown()
      return results.map(\.outputs)
    }
    #expect(outputs[0] == outputs[1])
  }

  @Test func `repeats nothing that the journal holds`() throws {
    let scratch = Scratch()
    let tasks = (0..<6).map { Cluster.task("hash", [UInt8($0)]) }
    var first: [TaskResult] = []
    do {
      let coordinator = try Coordinator(
        configuration: Cluster.configuration(workers: 1, scratch: scratch),
        folder: Cluster.folder(scratch), cancellation: Cancellation())
      first = try coordinator.run(Array(tasks.prefix(4)))
      try coordinator.shutDown()
    }
    let folder = try RunFolder.resume(path: scratch.file("run"), fingerprint: ["test": "1"])
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 1, scratch: scratch), folder: folder,
      cancellation: Cancellation())
    let results = try coordinator.run(tasks)
    try coordinator.shutDown()
    #expect(results.map(\.reused) == [true, true, true, true, false, false])
    #expect(Array(results.prefix(4)).map(\.outputs) == first.map(\.outputs))
    #expect(scratch.lines("log").count == 6)
  }

  @Test func `does tasks with the same key once`() throws {
    let scratch = Scratch()
    // One worker: of two, one may take over a task that the other begins in the same moment.
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 1, scratch: scratch),
      folder: Cluster.folder(scratch), cancellation: Cancellation())
    let results = try coordinator.run([
      Cluster.task("hash", [1]), Cluster.task("hash", [2]), Cluster.task("hash", [1], label: "b"),
    ])
    try coordinator.shutDown()
    #expect(results[0].outputs == results[2].outputs)
    #expect(scratch.lines("log").count == 2)
  }

  @Test func `names the tasks that failed after finishing the others`() throws {
    let scratch = Scratch()
    let folder = try Cluster.folder(scratch)
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 2), folder: folder,
      cancellation: Cancellation())
    #expect {
      try coordinator.run([
        Cluster.task("fail", [], label: "bad"), Cluster.task("hash", [1]),
        Cluster.task("hash", [2]),
      ])
    } throws: { error in
      guard case NodeError.tasksFailed(let failed)? = error as? NodeError else { return false }
      return failed.count == 1 && failed[0].label == "bad"
        && failed[0].reason.contains("fails on demand")
    }
    try coordinator.shutDown()
    #expect(try folder.finishedTasks().count == 2)
  }

  @Test func `refuses a task whose input is not in the folder`() throws {
    let scratch = Scratch()
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 1), folder: Cluster.folder(scratch),
      cancellation: Cancellation())
    let missing = Digest(of: [9, 9])
    #expect(throws: NodeError.missingBlob(missing, task: "t")) {
      try coordinator.run([Cluster.task("hash", [], inputs: [missing], label: "t")])
    }
  }
}
