import Coordination
import Testing

@Suite struct `results and failures` {
  /// Task 1 was taken from worker 1 for want of progress and given to worker 2.
  static func reassigned() -> Harness {
    var harness = LossTests.running { $0.stallLimit = .seconds(5) }
    harness.join(2)
    harness.wait(.seconds(5), beating: 1, 2)
    return harness
  }

  typealias LossTests = `losing workers`

  @Test func `a late result of a task still open is stored and the other attempt stopped`() {
    var harness = Self.reassigned()
    let commands = harness.tell(.taskFinished(task(1), lease: lease(1), by: worker(1)))
    #expect(
      commands == [
        .accept(task(1), lease: lease(1), from: worker(1)), .revoke(lease(2), from: worker(2)),
      ])
  }

  @Test func `a second result is discarded, whoever brings it`() {
    var harness = Self.reassigned()
    harness.tell(.taskFinished(task(1), lease: lease(2), by: worker(2)))
    for (number, by) in [(2, 2), (1, 1), (1, 77)] as [(UInt64, UInt64)] {
      let commands = harness.tell(.taskFinished(task(1), lease: lease(number), by: worker(by)))
      #expect(
        commands.last == .discard(task(1), lease: lease(number), from: worker(by), .duplicate))
    }
  }

  @Test func `a lost worker's result of an open task is stored`() {
    var harness = LossTests.running()
    harness.tell(.workerLost(worker(1), .disconnected))
    let commands = harness.tell(.taskFinished(task(1), lease: lease(1), by: worker(1)))
    #expect(commands.last == .accept(task(1), lease: lease(1), from: worker(1)))
    #expect(harness.join(2).isEmpty)
  }

  @Test func `a result under a lease of another task or another run is discarded`() {
    var harness = LossTests.running()
    harness.submit(2)
    for (number, wrong) in [(1, 9), (2, 1)] as [(UInt64, UInt64)] {
      let commands = harness.tell(.taskFinished(task(number), lease: lease(wrong), by: worker(1)))
      #expect(
        commands == [
          .discard(task(number), lease: lease(wrong), from: worker(1), .unknownLease)
        ])
    }
    let commands = harness.tell(.taskFinished(task(5), lease: lease(1), by: worker(1)))
    #expect(commands == [.discard(task(5), lease: lease(1), from: worker(1), .unknownTask)])
  }

  @Test func `a result of an earlier run is stored by its task, once`() {
    var harness = LossTests.running()
    harness.join(2)
    let offer = Dispatcher.Event.resultOffered(task(1), lease: lease(40), by: worker(2))
    #expect(
      harness.tell(offer) == [
        .accept(task(1), lease: lease(40), from: worker(2)), .revoke(lease(1), from: worker(1)),
      ])
    #expect(
      harness.tell(offer) == [.discard(task(1), lease: lease(40), from: worker(2), .duplicate)])
  }

  @Test func `a task restored from the journal is not done again`() {
    var harness = Harness()
    harness.submit(1)
    harness.tell(.taskRestored(task(1)))
    #expect(harness.join(1).isEmpty)
  }

  @Test func `a failure of a revoked lease does not count`() {
    var harness = Self.reassigned()
    let commands = harness.tell(
      .taskFailed(task(1), lease: lease(1), by: worker(1), .numeric, message: "late"))
    #expect(commands.isEmpty)
    #expect(
      harness.tell(.taskFinished(task(1), lease: lease(2), by: worker(2))) == [
        .accept(task(1), lease: lease(2), from: worker(2))
      ])
  }

  @Test(arguments: [FailureClass.numeric, .bug])
  func `the same inputs would fail the same way, so there is no retry`(failure: FailureClass) {
    var harness = LossTests.running()
    harness.join(2)
    let commands = harness.tell(
      .taskFailed(task(1), lease: lease(1), by: worker(1), failure, message: "not finite"))
    guard case .quarantine(task(1), let reason)? = commands.first else {
      Issue.record("\(commands)")
      return
    }
    #expect(reason.contains("worker 1 (a): not finite"))
  }

  @Test func `a transient failure is retried after a growing pause, three times in all`() {
    var harness = Harness { $0.retryPause = .seconds(2) }
    harness.join(1)
    harness.submit(1)
    for (attempt, pause) in [(1, 2), (2, 4)] {
      let failed = Dispatcher.Event.taskFailed(
        task(1), lease: lease(UInt64(attempt)), by: worker(1), .transient, message: "disk full")
      #expect(harness.tell(failed).isEmpty)
      #expect(harness.wait(.milliseconds(pause * 1000 - 1), beating: 1).isEmpty)
      #expect(
        harness.wait(.milliseconds(1), beating: 1) == [
          assign(1, to: 1, UInt64(attempt) + 1, attempt: attempt + 1)
        ])
    }
    let last = Dispatcher.Event.taskFailed(
      task(1), lease: lease(3), by: worker(1), .transient, message: "disk full")
    guard case .quarantine(task(1), _)? = harness.tell(last).first else {
      Issue.record("not given up")
      return
    }
  }

  @Test func `after running out of memory a task goes only to a larger worker`() {
    var harness = LossTests.running()
    harness.join(2, bytes: 100)
    harness.tell(.taskFailed(task(1), lease: lease(1), by: worker(1), .memory, message: "killed"))
    #expect(harness.join(3, bytes: 101) == [assign(1, to: 3, 2, attempt: 2)])
  }

  @Test func `a worker with unbounded memory may fail for want of it`() {
    var harness = Harness()
    harness.join(1, bytes: .max)
    harness.submit(1, bytes: .max)
    harness.tell(.taskFailed(task(1), lease: lease(1), by: worker(1), .memory, message: "killed"))
    #expect(harness.join(2, bytes: 100).isEmpty)
  }

  @Test func `a worker that cannot do a task is not asked again`() {
    var harness = Harness()
    harness.join(1)
    harness.submit(1)
    let declined = Dispatcher.Event.taskDeclined(
      task(1), lease: lease(1), by: worker(1), .unsupported)
    #expect(harness.tell(declined).isEmpty)
    #expect(harness.wait(.seconds(5), beating: 1).isEmpty)
    let reports = harness.wait(.seconds(5), beating: 1)
    #expect("\(reports)".contains("every worker large enough for item 1 has declined it"))
  }

  @Test func `a busy worker is left alone for a while`() {
    var harness = Harness { $0.declinePause = .seconds(1) }
    harness.join(1)
    harness.submit(1)
    let declined = Dispatcher.Event.taskDeclined(task(1), lease: lease(1), by: worker(1), .busy)
    #expect(harness.tell(declined).isEmpty)
    #expect(harness.wait(.seconds(1), beating: 1) == [assign(1, to: 1, 2, attempt: 2)])
  }

  @Test func `a stranger is told to say hello again`() {
    var harness = Harness()
    let commands = harness.tell(.beat(worker(4), lease: nil, progress: 0))
    guard case .dropWorker(worker(4), _, _)? = commands.first else {
      Issue.record("\(commands)")
      return
    }
  }
}
