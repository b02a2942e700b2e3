import Coordination
import Testing

@Suite struct `losing workers` {
  /// One worker that runs task 1 under lease 1.
  static func running(_ change: (inout DispatcherSettings) -> Void = { _ in }) -> Harness {
    var harness = Harness(change)
    harness.join(1)
    harness.submit(1)
    harness.tell(.taskAccepted(task(1), lease: lease(1), by: worker(1)))
    return harness
  }

  @Test func `a lost task is placed again at once, before all others`() {
    var harness = Self.running()
    harness.submit(2, cost: 99)
    harness.join(2, slots: 1)
    harness.submit(3, cost: 100)
    harness.tell(.workerLost(worker(1), .disconnected))
    let commands = harness.tell(.taskFinished(task(2), lease: lease(2), by: worker(2)))
    #expect(commands.last == assign(1, to: 2, 3, attempt: 2))
  }

  @Test func `silence for the length of a lease loses a worker, any word renews it`() {
    var harness = Self.running { $0.leaseLength = .seconds(10) }
    harness.join(2)
    #expect(harness.wait(.seconds(9), beating: 1).isEmpty)
    #expect(
      harness.wait(.seconds(1), beating: 1) == [
        .dropWorker(worker(2), .leaseExpired, reason: "nothing was heard of it for 10 s")
      ])
    let commands = harness.wait(.seconds(10))
    #expect(
      commands.first
        == .dropWorker(
          worker(1), .leaseExpired, reason: "nothing was heard of it for 10 s"))
  }

  @Test func `only a tick ends a lease, so that a slow coordinator hears everybody first`() {
    var harness = Self.running { $0.leaseLength = .seconds(10) }
    harness.join(2)
    harness.now = harness.now + .seconds(60)
    #expect(harness.tell(.beat(worker(1), lease: lease(1), progress: 1)).isEmpty)
    #expect(harness.tell(.beat(worker(2), lease: nil, progress: 0)).isEmpty)
    #expect(harness.tell(.clockAdvanced).isEmpty)
  }

  @Test func `a task without progress is taken away and kept from that worker`() {
    var harness = Self.running { $0.stallLimit = .seconds(60) }
    harness.tell(.beat(worker(1), lease: lease(1), progress: 5))
    for _ in 0..<6 {
      harness.now = harness.now + .seconds(9)
      harness.tell(.beat(worker(1), lease: lease(1), progress: 5))
    }
    harness.join(2)
    let commands = harness.wait(.seconds(6), beating: 1, 2)
    #expect(
      commands == [.revoke(lease(1), from: worker(1)), assign(1, to: 2, 2, attempt: 2)])
  }

  @Test func `the stall clock of a queued task starts when it comes into a slot`() {
    var harness = Self.running {
      $0.stallLimit = .seconds(6)
      $0.prefetchPerSlot = 1
    }
    harness.submit(2)
    harness.tell(.taskAccepted(task(2), lease: lease(2), by: worker(1)))
    harness.now = harness.now + .seconds(5)
    harness.tell(.taskFinished(task(1), lease: lease(1), by: worker(1)))
    #expect(harness.wait(.milliseconds(5999), beating: 1).isEmpty)
    #expect(harness.wait(.milliseconds(1), beating: 1).first == .revoke(lease(2), from: worker(1)))
  }

  @Test func `progress keeps a task where it is`() {
    var harness = Self.running { $0.stallLimit = .seconds(60) }
    for progress in UInt64(1)...40 {
      harness.now = harness.now + .seconds(5)
      #expect(
        harness.tell(.beat(worker(1), lease: lease(1), progress: progress)).isEmpty)
      #expect(harness.tell(.clockAdvanced).isEmpty)
    }
  }

  @Test func `a worker that lost a task gets it again only when it is alone`() {
    var harness = Self.running { $0.stallLimit = .seconds(5) }
    #expect(harness.wait(.seconds(5), beating: 1) == [.revoke(lease(1), from: worker(1))])
    #expect(
      harness.tell(.leaseReleased(lease(1), by: worker(1))) == [assign(1, to: 1, 2, attempt: 2)])
  }

  @Test func `a reconnected worker is still kept from the task it lost`() {
    var harness = Self.running { $0.stallLimit = .seconds(5) }
    harness.join(2)
    harness.submit(2)
    harness.tell(.taskAccepted(task(2), lease: lease(2), by: worker(2)))
    harness.now = harness.now + .seconds(3)
    harness.tell(.beat(worker(2), lease: lease(2), progress: 1))
    #expect(harness.wait(.seconds(2), beating: 1, 2) == [.revoke(lease(1), from: worker(1))])
    #expect(harness.join(3, formerly: worker(1)).isEmpty)
  }

  @Test func `a revocation is repeated, then its worker is dropped`() {
    var harness = Self.running {
      $0.stallLimit = .seconds(5)
      $0.revokeLimit = .seconds(2)
      $0.revocationLimit = 2
    }
    harness.wait(.seconds(5), beating: 1)
    #expect(harness.wait(.seconds(2), beating: 1) == [.revoke(lease(1), from: worker(1))])
    let reason = "it did not answer the revocation of lease 1"
    #expect(
      harness.wait(.seconds(2), beating: 1) == [.dropWorker(worker(1), .stalled, reason: reason)])
  }

  @Test func `a worker that answers no offers is dropped`() {
    var harness = Harness {
      $0.acceptLimit = .seconds(4)
      $0.unansweredLimit = 2
    }
    harness.join(1)
    harness.submit(1)
    #expect(harness.wait(.seconds(4), beating: 1) == [.revoke(lease(1), from: worker(1))])
    harness.tell(.leaseReleased(lease(1), by: worker(1)))
    let reason = "it left 2 offers in a row unanswered"
    #expect(
      harness.wait(.seconds(4), beating: 1) == [.dropWorker(worker(1), .stalled, reason: reason)])
  }

  @Test func `a task that loses three workers is given up and the rest goes on`() {
    var harness = Harness()
    harness.submit(1, cost: 9)
    harness.submit(2)
    for number in UInt64(1)...3 {
      harness.join(number, host: "host \(number)")
      harness.tell(.taskAccepted(task(1), lease: lease(number), by: worker(number)))
      let commands = harness.tell(.workerLost(worker(number), .signalled(9)))
      guard number == 3 else {
        #expect(commands.isEmpty)
        continue
      }
      guard case .quarantine(task(1), let reason)? = commands.first else {
        Issue.record("\(commands)")
        return
      }
      #expect(reason.contains("attempt 2: lost with worker 2 (host 2), the process was killed by"))
    }
    #expect(harness.join(4) == [assign(2, to: 4, 4)])
  }

  @Test func `a task that had not begun is not blamed for the loss of its worker`() {
    var harness = Harness { $0.prefetchPerSlot = 1 }
    harness.submit(1, cost: 9)
    harness.submit(2)
    for number in UInt64(1)...3 {
      harness.join(number)
      let first = lease(2 * number - 1)
      harness.tell(.taskAccepted(task(1), lease: first, by: worker(number)))
      harness.tell(.workerLost(worker(number), .disconnected))
    }
    let commands = harness.join(4)
    #expect(commands == [assign(2, to: 4, 7, attempt: 4)])
  }

  @Test func `a draining worker gives back what it has not begun and gets nothing`() {
    var harness = Harness {
      $0.prefetchPerSlot = 1
      $0.leaveLimit = .seconds(6)
    }
    harness.join(1)
    harness.submit(1)
    harness.submit(2)
    harness.tell(.taskAccepted(task(1), lease: lease(1), by: worker(1)))
    #expect(harness.tell(.workerDraining(worker(1))) == [.revoke(lease(2), from: worker(1))])
    harness.tell(.leaseReleased(lease(2), by: worker(1)))
    #expect(
      harness.tell(.taskFinished(task(1), lease: lease(1), by: worker(1))) == [
        .accept(task(1), lease: lease(1), from: worker(1))
      ])
    #expect(
      harness.wait(.seconds(6), beating: 1) == [
        .dropWorker(worker(1), .leaseExpired, reason: "it said it would leave, and did not")
      ])
  }

  @Test func `a drained run finishes what has begun and starts nothing`() {
    var harness = Self.running()
    harness.submit(2)
    #expect(harness.tell(.drainRequested).isEmpty)
    #expect(
      harness.tell(.taskFinished(task(1), lease: lease(1), by: worker(1))) == [
        .accept(task(1), lease: lease(1), from: worker(1)), .drained,
      ])
  }

  @Test func `a drained run waits for nothing that cannot come`() {
    var harness = Harness { $0.unplaceableLimit = .seconds(9) }
    harness.join(1, bytes: 10)
    harness.submit(1, bytes: 20)
    #expect(harness.tell(.drainRequested) == [.drained])
    harness.tell(.workerLost(worker(1), .disconnected))
    #expect(harness.wait(.seconds(60)).isEmpty)
    #expect(harness.dispatcher.nextDeadline == nil)
  }

  @Test func `time does not go back`() async {
    await #expect(processExitsWith: .failure) {
      var dispatcher = Dispatcher()
      _ = dispatcher.handle(.clockAdvanced, at: Instant(nanoseconds: 2))
      _ = dispatcher.handle(.clockAdvanced, at: Instant(nanoseconds: 1))
    }
  }
}

@Suite struct `time` {
  @Test func `ends where it can no longer be told`() {
    let late = Instant(nanoseconds: 5) + .seconds(99_999_999_999)
    #expect(late.nanoseconds == .max)
    #expect((late + .seconds(1)).nanoseconds == .max)
    #expect((Instant(nanoseconds: .min + 1) + .seconds(-1)).nanoseconds == .min)
    #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
    #expect((Instant.start + .seconds(2)).nanoseconds == 2_000_000_000)
  }
}
