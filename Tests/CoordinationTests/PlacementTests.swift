import Coordination
import Testing

@Suite struct `placing tasks` {
  @Test func `the longest waiting task goes first`() {
    var harness = Harness()
    for (number, cost) in [(1, 2.0), (2, 9.0), (3, 5.0)] {
      harness.submit(UInt64(number), cost: cost)
    }
    #expect(harness.join(1, slots: 2) == [assign(2, to: 1, 1), assign(3, to: 1, 2)])
  }

  @Test func `work is spread before it is piled up`() {
    var harness = Harness { $0.prefetchPerSlot = 1 }
    harness.join(1)
    harness.join(2)
    harness.submit(1)
    #expect(harness.submit(2) == [assign(2, to: 2, 2)])
    #expect(harness.submit(3) == [assign(3, to: 1, 3)])
    #expect(harness.submit(4) == [assign(4, to: 2, 4)])
    #expect(harness.submit(5).isEmpty)
  }

  @Test func `a worker gets a task of like cost whose inputs it has`() {
    var harness = Harness()
    harness.join(1)
    harness.submit(1, cost: 5, affinity: 7)
    harness.submit(2, cost: 5, affinity: 8)
    harness.submit(3, cost: 4, affinity: 7)
    let commands = harness.tell(.taskFinished(task(1), lease: lease(1), by: worker(1)))
    #expect(commands.last == assign(3, to: 1, 2))
  }

  @Test func `known inputs do not let a short task overtake a long one`() {
    var harness = Harness()
    harness.join(1)
    harness.submit(1, cost: 5, affinity: 7)
    harness.submit(2, cost: 50, affinity: 8)
    harness.submit(3, cost: 4, affinity: 7)
    let commands = harness.tell(.taskFinished(task(1), lease: lease(1), by: worker(1)))
    #expect(commands.last == assign(2, to: 1, 2))
  }

  @Test func `no set of running tasks exceeds a worker's memory`() {
    var harness = Harness { $0.prefetchPerSlot = 1 }
    harness.join(1, slots: 2, bytes: 100)
    #expect(harness.submit(1, bytes: 60) == [assign(1, to: 1, 1)])
    #expect(harness.submit(2, bytes: 60).isEmpty)
    #expect(harness.submit(3, bytes: 40) == [assign(3, to: 1, 2)])
    #expect(harness.submit(4, bytes: 40) == [assign(4, to: 1, 3)])
  }

  @Test func `a task too large for every worker is reported and given up`() {
    var harness = Harness {
      $0.reportInterval = .seconds(5)
      $0.unplaceableLimit = .seconds(12)
    }
    harness.join(1, bytes: 4 << 30)
    harness.submit(1, bytes: 6 << 30)
    let reports = harness.wait(.seconds(5), beating: 1)
    #expect(
      "\(reports)".contains("no worker with at least 6.0 GiB for item 1, the largest has 4.0 GiB"))
    let commands = harness.wait(.seconds(7), beating: 1)
    guard case .quarantine(task(1), let reason)? = commands.first else {
      Issue.record("\(commands)")
      return
    }
    #expect(reason.contains("6.0 GiB"))
    #expect(harness.join(2, bytes: 8 << 30).isEmpty)
  }

  @Test func `a worker large enough ends the wait`() {
    var harness = Harness()
    harness.join(1, bytes: 10)
    harness.submit(1, bytes: 20)
    harness.wait(.seconds(8), beating: 1)
    #expect(harness.join(2, bytes: 30) == [assign(1, to: 2, 1)])
    #expect(harness.wait(.seconds(3), beating: 1, 2).isEmpty)
  }

  @Test func `a run without workers is reported and then given up`() {
    var harness = Harness {
      $0.reportInterval = .seconds(10)
      $0.noWorkerLimit = .seconds(25)
    }
    harness.submit(1)
    #expect(harness.dispatcher.nextDeadline == Instant.start + .seconds(10))
    let waiting = Dispatcher.Waiting.noWorkers(
      openTaskCount: 1, waited: .seconds(10), limit: .seconds(25))
    #expect(harness.wait(.seconds(10)) == [.report(waiting)])
    harness.wait(.seconds(10))
    let end = harness.wait(.seconds(5))
    #expect(
      end == [.giveUp(reason: "no worker was connected for 25 s, 1 tasks are open")])
    #expect(harness.dispatcher.nextDeadline == nil)
  }

  @Test func `an idle worker takes over what another has not begun`() {
    var harness = Harness { $0.prefetchPerSlot = 1 }
    harness.join(1)
    harness.submit(1)
    harness.submit(2)
    let commands = harness.join(2)
    #expect(commands == [.revoke(lease(2), from: worker(1)), assign(2, to: 2, 3, attempt: 2)])
    #expect(harness.tell(.leaseReleased(lease(2), by: worker(1))).isEmpty)
  }

  @Test func `what has begun is not taken over`() {
    var harness = Harness { $0.prefetchPerSlot = 1 }
    harness.join(1)
    harness.submit(1)
    harness.submit(2)
    harness.tell(.taskAccepted(task(2), lease: lease(2), by: worker(1)))
    harness.tell(.beat(worker(1), lease: lease(2), progress: 1))
    #expect(harness.join(2).isEmpty)
  }

  @Test func `a task comes back to another host if one can begin at once`() {
    var harness = Harness()
    harness.join(1, host: "a")
    harness.submit(1)
    harness.tell(.taskAccepted(task(1), lease: lease(1), by: worker(1)))
    harness.submit(2)
    harness.join(2, host: "a")
    harness.join(3, host: "a")
    harness.join(4, host: "b")
    let commands = harness.tell(.workerLost(worker(1), .signalled(9)))
    #expect(commands == [assign(1, to: 4, 3, attempt: 2)])
  }
}
