import Coordination
import Glibc
import Messaging
import Nodes
import RunStore
import Tensors
import Testing

@Suite(.timeLimit(.minutes(10))) struct `a coordinator with local workers` {
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

  @Test func `pulls many large results`() throws {
    let scratch = Scratch()
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 2), folder: Cluster.folder(scratch),
      cancellation: Cancellation())
    let bytes = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }
    let input = try coordinator.put(bytes)
    let results = try coordinator.run(
      (0..<50).map { Cluster.task("expand", [3, UInt8($0)], inputs: [input]) })
    try coordinator.shutDown()
    #expect(Set(results.map(\.outputs)) == [[Digest(of: bytes + bytes + bytes)]])
    #expect(results.allSatisfy { $0.attempt == 1 })
    #expect(coordinator.snapshot.receivedBytes >= 50 * 12_000_000)
  }

  @Test func `pulls a result of many small outputs`() throws {
    let count = 1_000
    let scratch = Scratch()
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 1), folder: Cluster.folder(scratch),
      cancellation: Cancellation())
    let parameters = [UInt8(count >> 8), UInt8(count & 255)]
    let results = try coordinator.run([Cluster.task("scatter", parameters)])
    try coordinator.shutDown()
    #expect(results[0].outputs.count == count)
    for number in [0, 1, count / 2, count - 1] {
      let expected = (0..<300).map {
        UInt8(truncatingIfNeeded: number >> (8 * ($0 & 1)) + $0)
      }
      #expect(try coordinator.blob(results[0].outputs[number]) == expected)
    }
  }

  @Test func `names a task whose blobs are too many to list, and does the others`() throws {
    let scratch = Scratch()
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 1), folder: Cluster.folder(scratch),
      cancellation: Cancellation())
    let inputs = [Digest](repeating: try coordinator.put([1]), count: 2_000)
    #expect {
      try coordinator.run([
        Cluster.task("scatter", [8, 0], label: "out"),
        Cluster.task("hash", [1], inputs: inputs, label: "in"), Cluster.task("hash", [2]),
      ])
    } throws: { error in
      guard case NodeError.tasksFailed(let failed)? = error as? NodeError else { return false }
      return failed.map(\.label) == ["out", "in"]
        && failed[0].reason.contains("2048 outputs: 'RESULT header'")
        && failed[1].reason.contains("'TASK header'")
    }
    #expect(coordinator.snapshot.finishedTaskCount == 1)
    try coordinator.shutDown()
  }

  @Test func `asks again for a piece that was asked for in vain`() throws {
    let scratch = Scratch()
    var configuration = Cluster.configuration(
      workers: 1, failPoint: "worker.losing-request@\(scratch.file("lost"))")
    configuration.silenceLimit = .milliseconds(300)
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation())
    let bytes = [UInt8](repeating: 3, count: 2_500_000)
    let input = try coordinator.put(bytes)
    let results = try coordinator.run([Cluster.task("expand", [2], inputs: [input])])
    try coordinator.shutDown()
    #expect(try coordinator.blob(results[0].outputs[0]) == bytes + bytes)
    #expect(results[0].attempt == 1)
    #expect(unsafe access(scratch.file("lost"), F_OK) == 0, "no request was lost")
  }

  @Test func `names a bulk connection again whose name was lost`() throws {
    let scratch = Scratch()
    var configuration = Cluster.configuration(
      workers: 1, failPoint: "worker.losing-attach@\(scratch.file("lost"))")
    configuration.workerCommand += ["--silence-seconds", "0.3"]
    // Else the loss would be mended by another attempt.
    configuration.dispatcher.stallLimit = .seconds(500)
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation())
    let input = try coordinator.put([1, 2])
    let results = try coordinator.run([Cluster.task("hash", [3], inputs: [input])])
    try coordinator.shutDown()
    #expect(try coordinator.blob(results[0].outputs[0]) == Cluster.hash([[1, 2]], [3]))
    #expect(results[0].attempt == 1)
    #expect(unsafe access(scratch.file("lost"), F_OK) == 0, "no name was lost")
  }

  @Test func `refuses a result that is larger than allowed before pulling it`() throws {
    let scratch = Scratch()
    var configuration = Cluster.configuration(workers: 1)
    configuration.resultByteLimit = 2_000_000
    let coordinator = try Coordinator(
      configuration: configuration, folder: Cluster.folder(scratch), cancellation: Cancellation())
    let inputs = try [[1], [2]].map {
      try coordinator.put([UInt8](repeating: $0[0], count: 1_100_000))
    }
    // Each output is within the limit, both together are not.
    #expect {
      try coordinator.run([Cluster.task("expand", [1], inputs: inputs)])
    } throws: { error in
      guard case NodeError.tasksFailed(let failed)? = error as? NodeError else { return false }
      return failed[0].reason.contains("2200000 bytes")
    }
    #expect(coordinator.snapshot.receivedBytes == 0)
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

  @Test func `does a task again whose result was refused`() throws {
    let scratch = Scratch()
    let folder = try Cluster.folder(scratch)
    let coordinator = try Coordinator(
      configuration: Cluster.configuration(workers: 1, scratch: scratch), folder: folder,
      cancellation: Cancellation())
    let tasks = [Cluster.task("hash", [1], label: "wrong"), Cluster.task("hash", [2])]
    _ = try coordinator.run(tasks)
    try coordinator.reject([tasks[0]], reason: "it is not what it should be")
    try coordinator.reject([Cluster.task("hash", [9], label: "never done")], reason: "")
    #expect(try folder.finishedTasks().map(\.label) == [tasks[1].label])
    let told = try folder.events().filter { $0.kind == "store" }.map(\.text)
    #expect(told == ["'wrong' is forgotten: it is not what it should be"])
    let results = try coordinator.run(tasks)
    try coordinator.shutDown()
    #expect(results.map(\.reused) == [false, true])
    #expect(scratch.lines("log").count == 3)
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
