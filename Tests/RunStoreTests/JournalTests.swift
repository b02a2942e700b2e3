import Foundation
import RunStore
import Tensors
import TestSupport
import Testing

private func task(_ name: String, outputs: [Digest]) -> TaskRecord {
  TaskRecord(
    key: Digest(of: Array(name.utf8)), kind: "solve", stage: "solve", layer: "conv1",
    label: "conv1 rows 0..<16 'quoted'", worker: "host:1", attempt: 2, seconds: 0.25,
    outputs: outputs)
}

@Suite(.timeLimit(.minutes(10))) struct `journal` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func `a finished task is found again after a restart`() throws {
    var record: TaskRecord
    do {
      let run = try RunFolder.create(path: scratch.path, fingerprint: [:])
      record = task("a", outputs: [try run.put([1]), try run.put([2])])
      #expect(try run.finishedTask(key: record.key) == nil)
      try run.recordFinished(record)
    }
    let run = try RunFolder.resume(path: scratch.path, fingerprint: [:])
    let found = try #require(try run.finishedTask(key: record.key))
    let after = try #require(found.finishedAfter)
    #expect(after >= 0 && after < 60)
    record.finishedAfter = after
    #expect(found == record)
    #expect(try run.finishedTasks() == [record])
  }

  @Test func `the first stored result of a task counts`() throws {
    let run = try RunFolder.create(path: scratch.path, fingerprint: [:])
    let first = task("a", outputs: [try run.put([1])])
    var second = first
    second.worker = "other"
    try run.recordFinished(first)
    try run.recordFinished([second, task("b", outputs: [])])
    #expect(try run.finishedTask(key: first.key)?.worker == "host:1")
    #expect(try run.finishedTasks().count == 2)
  }

  @Test(arguments: [true, false])
  func `a task whose output is lost must be done again and can then be recorded`(corrupt: Bool)
    throws
  {
    let record: TaskRecord
    let digest: Digest
    do {
      let run = try RunFolder.create(path: scratch.path, fingerprint: [:])
      digest = try run.put([7, 7])
      record = task("a", outputs: [digest])
      try run.recordFinished(record)
    }
    let place = "store/\(digest.hexadecimal.prefix(2))/\(digest.hexadecimal)"
    if corrupt {
      try scratch.write(place, [7, 8])
    } else {
      try FileManager.default.removeItem(atPath: scratch.path + "/" + place)
    }
    #expect(try RunFolder.open(path: scratch.path).finishedTask(key: record.key) == nil)
    let run = try RunFolder.resume(path: scratch.path, fingerprint: [:])
    #expect(try run.finishedTask(key: record.key) == nil)
    #expect(try run.events().map(\.kind) == ["store"])
    _ = try run.put([7, 7])
    try run.recordFinished(record)
    #expect(try run.finishedTask(key: record.key)?.outputs == [digest])
  }

  @Test func `events, metrics and layers come back in order`() throws {
    let run = try RunFolder.create(path: scratch.path, fingerprint: [:])
    try run.recordEvent(kind: "worker", text: "joined; DROP TABLE task")
    try run.recordEvent(kind: "worker", text: "left")
    #expect(try run.events().map(\.text) == ["joined; DROP TABLE task", "left"])
    try run.recordMetric(MetricRecord(stage: "solve", name: "top1", value: 0.5))
    try run.recordMetric(MetricRecord(stage: "solve", name: "top1", value: 0.75))
    try run.recordMetric(MetricRecord(stage: "learn", name: "loss", step: 1, value: .nan))
    try run.recordMetric(MetricRecord(stage: "learn", name: "loss", step: 0, value: 2))
    let metrics = try run.metrics()
    #expect(metrics.map(\.step) == [0, 1, 0])
    #expect(metrics[1].value.isNaN)
    #expect(metrics[2].value == 0.75)
    try run.recordLayer(LayerEntry(name: "b", position: 1, json: "{}"))
    try run.recordLayer(LayerEntry(name: "a", position: 2, json: "{}"))
    try run.recordLayer(LayerEntry(name: "c", position: 0, json: #"{"zeros":0.5}"#))
    #expect(try run.layers().map(\.name) == ["c", "b", "a"])
    #expect(throws: RunStoreError.self) {
      try run.recordLayer(LayerEntry(name: "d", position: 3, json: "no JSON"))
    }
  }

  @Test func `a reader sees what the writer records meanwhile`() throws {
    let writer = try RunFolder.create(path: scratch.path, fingerprint: [:])
    let reader = try RunFolder.open(path: scratch.path)
    #expect(try reader.finishedTasks().isEmpty)
    try writer.recordFinished(task("a", outputs: []))
    #expect(try reader.finishedTasks().count == 1)
    #expect(throws: RunStoreError.self) { try reader.setFact("seed", "1") }
  }
}
