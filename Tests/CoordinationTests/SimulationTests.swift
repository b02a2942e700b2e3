import Coordination
import Testing

@Suite struct `simulated clusters` {
  @Test(arguments: UInt64(0)..<1_000)
  func `every task is stored once or given up for a reason, whatever happens`(seed: UInt64) {
    let outcome = Cluster(seed: seed).live()
    if let violation = outcome.violation {
      Issue.record("\(violation)\n\(outcome.trace.suffix(60).joined(separator: "\n"))")
    }
  }

  @Test func `the same seed lives the same life`() {
    let (first, second) = (Cluster(seed: 11).live(), Cluster(seed: 11).live())
    #expect(first.trace == second.trace)
    #expect(first.eventCount == second.eventCount)
  }

  @Test(arguments: UInt64(0)..<20)
  func `a machine that is far too slow delays the end by one task alone`(seed: UInt64) {
    func life(copies: Bool) -> Cluster.Outcome {
      var settings = ClusterPlan.dispatcherSettings
      settings.copiesStragglers = copies
      return Cluster(seed: seed, plan: .withSlowMachine, settings: settings).live()
    }
    let (slow, copied) = (life(copies: false), life(copies: true))
    #expect(slow.violation == nil && copied.violation == nil)
    #expect(slow.storedCount == 16 && copied.storedCount == 16)
    #expect(slow.quarantinedCount == 0 && copied.quarantinedCount == 0)
    #expect(copied.seen.contains("copy") && !slow.seen.contains("copy"))
    // Four seconds forty times; five rounds of four, and the wait until it is far too long.
    #expect(slow.storedAt >= .start + .seconds(160))
    #expect(copied.storedAt <= .start + .seconds(45), "\(copied.storedAt)")
  }

  @Test(arguments: Sabotage.allCases)
  func `the checks find a planted fault`(sabotage: Sabotage) {
    let found = (UInt64(0)..<120).first { seed in
      Cluster(seed: seed, sabotage: sabotage, isAudited: false).live().violation != nil
    }
    #expect(found != nil, "no life of 120 shows \(sabotage)")
  }

  @Test func `the lives contain every kind of trouble`() {
    var seen: Set<String> = []
    var restartCount = 0
    for seed in UInt64(0)..<400 {
      let outcome = Cluster(seed: seed).live()
      seen.formUnion(outcome.seen)
      restartCount += outcome.restartCount
    }
    #expect(restartCount > 20)
    let expected = [
      "discard a result is stored already", "discard the task was given up before",
      "discard no such task in this run", "discard the lease was never granted for this task",
      "revoke", "quarantine", "drop worker", "report no workers", "report none fits",
      "unknown here", "earlier result", "decline about to leave", "failure numeric failure",
      "failure out of memory", "failure the computing process died", "failure corrupt input",
      "failure transient failure", "dismissed", "copy",
    ]
    for kind in expected { #expect(seen.contains(kind), "no life shows: \(kind)") }
  }
}
