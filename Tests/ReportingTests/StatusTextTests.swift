import Reporting
import Testing

/// A run with so many workers, all of whose texts are `text`.
private func sample(workers: Int, _ text: String = "name") -> RunStatus {
  var status = RunStatus(host: text, process: 7, startedAt: 0)
  status.stage = text
  status.waiting = text
  status.waits = [RunStatus.Wait(reason: text, count: 2, example: text)]
  status.troubles = [text]
  status.workers = (0..<workers).map { number in
    RunStatus.Worker(
      name: "\(number) \(text)", host: text, cores: 1, memoryBytes: 1 << 30, residentBytes: 0,
      task: number % 2 == 0 ? text : nil, attempt: 2, busySeconds: 1, silentSeconds: 0,
      finished: 3, idleReason: number % 2 == 0 ? nil : text)
  }
  return status
}

@Suite struct `the text of a status` {
  @Test(arguments: [RunStatus.State.running, .failed])
  func `has no character that moves the cursor`(state: RunStatus.State) {
    let evil = "a\u{1B}[2Jb\nc\u{9B}d\u{7F}e\u{202E}f\u{2028}g\rh"
    var status = sample(workers: 2, evil)
    status.state = state
    status.message = evil
    for isAlive in [true, false] {
      let lines = StatusText(status: status, isAlive: isAlive, age: 60).lines
      let text = lines.joined()
      #expect(text.contains("a [2Jb c d e f g h"))
      #expect(
        !text.unicodeScalars.contains { scalar in
          [.control, .format, .lineSeparator].contains(scalar.properties.generalCategory)
        })
    }
  }

  @Test func `says how old it is`() {
    var status = sample(workers: 1)
    status.state = .running
    status.updatedAt = 1
    let told = StatusText(status: status, isAlive: true, age: 60).lines[0]
    #expect(told.hasSuffix("; last told 60 s ago") || told.hasSuffix("; last told 1:00 ago"))
    let fresh = StatusText(status: status, isAlive: true, age: 1).lines[0]
    #expect(!fresh.contains("told"))
  }

  @Test func `counts the workers that were left out`() {
    var status = sample(workers: 3)
    status.workersLeftOut = 40
    let lines = StatusText(status: status, isAlive: true, age: 0).lines
    #expect(lines.contains { $0.hasPrefix("43 workers on 1 host") })
    #expect(lines.contains("… and 40 more"))
  }
}

@Suite struct `the bounds of a status` {
  @Test func `leave a short one as it is`() {
    let status = sample(workers: 200)
    #expect(status.json(byteLimit: 256 << 10) == status.json)
  }

  @Test(arguments: [1_000, 20_000])
  func `leave out workers, the last first, and count them`(workers: Int) throws {
    let text = sample(workers: workers).json(byteLimit: 256 << 10)
    #expect((128 << 10...256 << 10).contains(text.utf8.count))
    let read = try RunStatus(json: text, place: "test")
    #expect(read.workers.count + (read.workersLeftOut ?? 0) == workers)
    #expect(read.workers.first?.name == "0 name")
  }

  @Test func `cut texts without end`() throws {
    let long = String(repeating: "ä", count: 60_000)
    let text = sample(workers: 50, long).json(byteLimit: 256 << 10)
    let read = try RunStatus(json: text, place: "test")
    #expect(read.workers.count == 50)
    #expect(read.host.hasPrefix("äää") && read.host.hasSuffix("…"))
  }
}
