import Reporting
import Synchronization
import Testing

/// Keeps what was written.
private final class Output: Sendable {
  private let parts = Mutex<[String]>([])
  func write(_ text: String) { parts.withLock { $0.append(text) } }
  var all: [String] { parts.withLock { $0 } }
}

private let snapshot = ProgressSnapshot(
  stage: "solve", layersDone: 3, layersTotal: 19, tasksDone: 12, tasksTotal: 64, tasksRunning: 4,
  workers: 4, error: 0.03125, workDone: 20, workTotal: 100)

@Suite(.timeLimit(.minutes(10))) struct `progress line` {
  @Test func `elsewhere than on a terminal a line comes every few seconds`() {
    let output = Output()
    var line = ProgressLine(isTerminal: false, write: output.write)
    for second in 0...12 {
      var now = snapshot
      now.tasksDone = second
      now.workDone = 20 + Double(second)
      line.update(now, at: Double(second))
    }
    #expect(output.all.count == 3)
    #expect(
      output.all[0]
        == "solve: layer 3/19, task 0/64 (4 running, 4 workers), error 0.031, 0:00 elapsed\n")
    #expect(output.all[1].hasSuffix("error 0.031, 0:05 elapsed, about 1:15 left\n"))
    #expect(output.all.allSatisfy { !$0.contains("\u{1B}") && !$0.contains("\r") })
  }

  @Test func `a new stage is told at once`() {
    let output = Output()
    var line = ProgressLine(isTerminal: false, write: output.write)
    line.update(ProgressSnapshot(stage: "calibrate"), at: 0)
    line.update(ProgressSnapshot(stage: "calibrate"), at: 1)
    line.update(ProgressSnapshot(stage: "solve"), at: 2)
    #expect(output.all == ["calibrate: 0:00 elapsed\n", "solve: 0:02 elapsed\n"])
  }

  @Test func `on a terminal one line is redrawn within its width`() {
    let output = Output()
    var line = ProgressLine(isTerminal: true, columns: 40, write: output.write)
    line.update(snapshot, at: 0)
    line.update(snapshot, at: 0.05)
    line.update(snapshot, at: 1)
    line.note("worker host:1 joined")
    line.finish()
    let all = output.all
    #expect(all.count == 3)
    #expect(all[0].hasPrefix("\r\u{1B}[2Ksolve: layer 3/19"))
    #expect(all[0].count == 39 + "\r\u{1B}[2K".count)
    #expect(all[1] == "\r\u{1B}[2Kworker host:1 joined\n" + all[0].dropFirst(5))
    #expect(all[2] == "\n")
  }

  @Test func `nothing a name holds moves the cursor`() {
    let output = Output()
    var line = ProgressLine(isTerminal: false, write: output.write)
    line.update(ProgressSnapshot(stage: "a\u{1B}[2J\nb", waiting: "no\rworker"), at: 61)
    line.note("x\ny\u{9B}")
    #expect(output.all == ["a [2J b: 1:01 elapsed, waiting: no worker\n", "x y \n"])
  }

  @Test func `work done before a resume does not count as speed`() {
    let output = Output()
    var line = ProgressLine(isTerminal: false, interval: 0, write: output.write)
    for (done, second) in [(90.0, 0.0), (90.5, 5), (95, 50)] {
      var now = snapshot
      now.workDone = done
      line.update(now, at: second)
    }
    #expect(!output.all[0].contains("left"))
    #expect(!output.all[1].contains("left"))
    #expect(output.all[2].contains("about 0:50 left"))
  }

  @Test func `nonsense in a snapshot is not shown`() {
    let output = Output()
    var line = ProgressLine(isTerminal: false, write: output.write)
    line.update(
      ProgressSnapshot(stage: "solve", error: .nan, workDone: .nan, workTotal: .infinity), at: .nan)
    #expect(output.all == ["solve: – elapsed\n"])
  }

  @Test(arguments: [
    (0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.04, 1, "0.0"), (-2.56, 1, "-2.6"),
    (99.999, 2, "100.00"),
    (7, 0, "7"), (.nan, 2, "–"), (1e300, 2, "–"),
  ])
  func `decimals are rounded and padded`(value: Double, places: Int, text: String) {
    #expect(decimals(value, places) == text)
  }

  @Test(arguments: [
    (0.0, "0"), (1234.5, "1235"), (0.03125, "0.031"), (0.00012, "0.00012"), (3.2e-7, "3.2e-7"),
    (.infinity, "–"),
  ])
  func `small numbers keep their significant digits`(value: Double, text: String) {
    #expect(significant(value) == text)
  }
}
