import Coordination
import Testing

@Suite struct `hosts that lose their workers` {
  /// Worker 1 of host a has lost tasks 2, 3, 4 in turn; worker 2 of host b is at task 1.
  private func harness(_ change: (inout DispatcherSettings) -> Void = { _ in }) -> Harness {
    var harness = Harness(change)
    harness.join(2, host: "b")
    #expect(harness.submit(1) == [assign(1, to: 2, 1)])
    harness.tell(.taskAccepted(task(1), lease: lease(1), by: worker(2)))
    harness.join(1, host: "a")
    for number in UInt64(2)...4 {
      #expect(harness.submit(number) == [assign(number, to: 1, number)])
      fail(number, lease: number, &harness)
    }
    return harness
  }

  private func fail(_ number: UInt64, lease id: UInt64, _ harness: inout Harness) {
    harness.tell(
      .taskFailed(task(number), lease: lease(id), by: worker(1), .died, message: "signal 9"))
  }

  @Test func `get nothing for a while, and then again`() {
    var harness = harness()
    #expect(harness.submit(5).isEmpty)
    #expect(harness.dispatcher.pauseEnd(ofHost: "a") == Instant.start + .seconds(10))
    #expect(harness.wait(.seconds(9), beating: 1, 2).isEmpty)
    #expect(harness.wait(.seconds(1), beating: 1, 2) == [assign(5, to: 1, 5)])
  }

  @Test func `are left alone for longer each time, until a task succeeds`() {
    var harness = harness()
    harness.wait(.seconds(9), beating: 1, 2)
    harness.wait(.seconds(1), beating: 1, 2)
    for number in UInt64(5)...7 {
      #expect(harness.submit(number) == [assign(number, to: 1, number)])
      fail(number, lease: number, &harness)
    }
    #expect(harness.dispatcher.pauseEnd(ofHost: "a") == harness.now + .seconds(20))
    harness.wait(.seconds(9), beating: 1, 2)
    harness.wait(.seconds(9), beating: 1, 2)
    harness.wait(.seconds(2), beating: 1, 2)
    #expect(harness.submit(8) == [assign(8, to: 1, 8)])
    harness.tell(.taskFinished(task(8), lease: lease(8), by: worker(1)))
    for number in UInt64(9)...11 {
      #expect(harness.submit(number) == [assign(number, to: 1, number)])
      fail(number, lease: number, &harness)
    }
    #expect(harness.dispatcher.pauseEnd(ofHost: "a") == harness.now + .seconds(10))
  }

  @Test func `go on working when no other host is there`() {
    var harness = harness()
    let commands = harness.tell(.workerLost(worker(2), .disconnected))
    // It lost the other tasks itself, but nobody else is left.
    #expect(harness.dispatcher.pauseEnd(ofHost: "a") == nil)
    #expect(commands == [assign(1, to: 1, 5, attempt: 2)])
  }

  @Test func `are not blamed for one task that kills wherever it goes`() {
    var harness = Harness { $0.lossLimit = 9 }
    for number in UInt64(1)...4 { harness.join(number, host: "a") }
    harness.submit(1)
    for number in UInt64(1)...4 {
      harness.tell(
        .taskFailed(
          task(1), lease: lease(number), by: worker(number), .died, message: "signal 9"))
    }
    harness.join(5, host: "b")
    #expect(harness.dispatcher.pauseEnd(ofHost: "a") == nil)
  }
}
