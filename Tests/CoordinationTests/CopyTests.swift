import Coordination
import Testing

@Suite struct `tasks that take far too long` {
  /// Workers 1 and 2, of hosts a and b unless said otherwise, have done two tasks of cost 1 in a
  /// second each; worker 1 has begun task 3.
  private func harness(
    hosts: (String, String) = ("a", "b"), bytes: Int = 100,
    _ change: (inout DispatcherSettings) -> Void = { _ in }
  ) -> Harness {
    var harness = Harness {
      $0.paceMinimum = 2
      $0.copyPause = .seconds(2)
      change(&$0)
    }
    harness.join(1, host: hosts.0)
    harness.join(2, bytes: bytes, host: hosts.1)
    for number in UInt64(1)...2 {
      harness.submit(number)
      harness.tell(.taskAccepted(task(number), lease: lease(number), by: worker(number)))
    }
    harness.wait(.seconds(1), beating: 1, 2)
    for number in UInt64(1)...2 {
      harness.tell(.taskFinished(task(number), lease: lease(number), by: worker(number)))
    }
    #expect(harness.submit(3, bytes: 50) == [assign(3, to: 1, 3)])
    harness.tell(.taskAccepted(task(3), lease: lease(3), by: worker(1)))
    return harness
  }

  private let copy = Dispatcher.Command.copy(
    task(3), to: worker(2), lease: lease(4), attempt: 2, besides: worker(1))

  /// One whose task 3 is with both.
  private func copied(_ change: (inout DispatcherSettings) -> Void = { _ in }) -> Harness {
    var harness = harness(change)
    #expect(harness.wait(.seconds(3), beating: 1, 2) == [copy])
    harness.tell(.taskAccepted(task(3), lease: lease(4), by: worker(2)))
    return harness
  }

  @Test func `are begun by a worker without work too`() {
    var harness = harness()
    #expect(harness.dispatcher.nextDeadline == harness.now + .seconds(3))
    #expect(harness.wait(.milliseconds(2_999), beating: 1, 2).isEmpty)
    #expect(harness.wait(.milliseconds(1), beating: 1, 2) == [copy])
    harness.tell(.taskAccepted(task(3), lease: lease(4), by: worker(2)))
    // Once.
    #expect(harness.wait(.seconds(5), beating: 1, 2).isEmpty)
    harness.join(3, host: "c")
    #expect(harness.wait(.seconds(9), beating: 1, 2, 3).isEmpty)
  }

  @Test(arguments: [(UInt64(3), UInt64(1)), (4, 2)])
  func `have the result of whoever is first`(first: UInt64, winner: UInt64) {
    var harness = copied()
    let other = (lease: 7 - first, worker: 3 - winner)
    #expect(
      harness.tell(.taskFinished(task(3), lease: lease(first), by: worker(winner))) == [
        .accept(task(3), lease: lease(first), from: worker(winner)),
        .revoke(lease(other.lease), from: worker(other.worker)),
      ])
    // The other may be done in the same moment.
    let late = harness.tell(
      .taskFinished(task(3), lease: lease(other.lease), by: worker(other.worker)))
    #expect(
      late == [
        .discard(
          task(3), lease: lease(other.lease), from: worker(other.worker), .duplicate)
      ])
    #expect(harness.submit(4) == [assign(4, to: 1, 5)])
  }

  @Test func `wait for a worker without work`() {
    var harness = harness()
    harness.submit(4, cost: 100)
    harness.tell(.taskAccepted(task(4), lease: lease(4), by: worker(2)))
    #expect(harness.wait(.seconds(4), beating: 1, 2).isEmpty)
    let commands = harness.join(3, host: "c")
    #expect(
      commands == [.copy(task(3), to: worker(3), lease: lease(5), attempt: 2, besides: worker(1))])
  }

  @Test func `are left to their worker where only its own host has another, for twice as long`() {
    var harness = harness(hosts: ("a", "a"))
    #expect(harness.wait(.milliseconds(5_999), beating: 1, 2).isEmpty)
    #expect(harness.wait(.milliseconds(1), beating: 1, 2) == [copy])
  }

  @Test func `are left to their worker where nobody else may have them`() {
    var small = harness(bytes: 40)
    #expect(small.wait(.seconds(9), beating: 1, 2).isEmpty)
    var off = harness { $0.copiesStragglers = false }
    #expect(off.wait(.seconds(9), beating: 1, 2).isEmpty)
    var unknown = harness { $0.paceMinimum = 3 }
    #expect(unknown.wait(.seconds(9), beating: 1, 2).isEmpty)
    var short = harness { $0.copyPause = .seconds(20) }
    #expect(short.wait(.seconds(9), beating: 1, 2).isEmpty)
  }

  @Test func `go on when their copy is lost, and get no other`() {
    var harness = copied()
    #expect(harness.tell(.workerLost(worker(2), .disconnected)).isEmpty)
    harness.join(3, host: "c")
    #expect(harness.wait(.seconds(9), beating: 1, 3).isEmpty)
    #expect(
      harness.tell(.taskFinished(task(3), lease: lease(3), by: worker(1)))
        == [.accept(task(3), lease: lease(3), from: worker(1))])
  }

  @Test func `belong to their copy when their worker is lost`() {
    var harness = copied()
    #expect(harness.tell(.workerLost(worker(1), .disconnected)).isEmpty)
    #expect(harness.join(3, host: "c").isEmpty)
    // Both lost, it is begun anew.
    #expect(
      harness.tell(.workerLost(worker(2), .disconnected)) == [assign(3, to: 3, 5, attempt: 3)])
  }

  @Test func `are given up with both attempts where another try is in vain`() {
    var harness = copied()
    let commands = harness.tell(
      .taskFailed(task(3), lease: lease(4), by: worker(2), .numeric, message: "not finite"))
    #expect(commands.first == .revoke(lease(3), from: worker(1)))
    guard case .quarantine(task(3), let reason)? = commands.last else {
      Issue.record("\(commands)")
      return
    }
    #expect(reason.contains("not finite"))
  }

  @Test func `go on when their copy fails for the moment`() {
    var harness = copied()
    #expect(
      harness.tell(
        .taskFailed(task(3), lease: lease(4), by: worker(2), .transient, message: "disk full")
      ).isEmpty)
    #expect(harness.wait(.seconds(9), beating: 1, 2).isEmpty)
    #expect(
      harness.tell(.taskFinished(task(3), lease: lease(3), by: worker(1))).first
        == .accept(task(3), lease: lease(3), from: worker(1)))
  }

  @Test func `stop with the run`() {
    var harness = harness()
    harness.tell(.drainRequested)
    #expect(harness.wait(.seconds(9), beating: 1, 2).isEmpty)
    #expect(
      harness.tell(.taskFinished(task(3), lease: lease(3), by: worker(1))).last == .drained)
  }

  @Test func `do not speak against what their worker would have begun next`() {
    // A process that cannot stop a computation ends (`WorkerExit.computationStuck`).
    var harness = Harness {
      $0.lossLimit = 1
      $0.prefetchPerSlot = 0
    }
    harness.join(1)
    harness.submit(1)
    harness.tell(.taskAccepted(task(1), lease: lease(1), by: worker(1)))
    #expect(harness.tell(.workerLost(worker(1), .exited(code: 70))).isEmpty)
    #expect(harness.join(2) == [assign(1, to: 2, 2, attempt: 2)])
  }
}

@Suite struct `closed tasks` {
  @Test func `are forgotten when they are many`() {
    var harness = Harness { $0.closedTaskLimit = 8 }
    harness.join(1)
    for number in UInt64(1)...50 {
      #expect(harness.submit(number) == [assign(number, to: 1, number)])
      harness.tell(.taskFinished(task(number), lease: lease(number), by: worker(1)))
    }
    func reason(_ number: UInt64) -> Dispatcher.Command? {
      harness.tell(.taskFinished(task(number), lease: lease(number), by: worker(1))).last
    }
    #expect(
      reason(50) == .discard(task(50), lease: lease(50), from: worker(1), .duplicate))
    #expect(reason(1) == .discard(task(1), lease: lease(1), from: worker(1), .unknownTask))
  }
}
