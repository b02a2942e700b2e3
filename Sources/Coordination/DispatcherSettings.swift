/// The limits by which a dispatcher decides; every wait it knows is bounded by one of them.
package struct DispatcherSettings: Sendable, Equatable {
  /// A worker of which nothing is heard for this long is lost. Ten beats of a second each.
  package var leaseLength: Duration = .seconds(10)
  /// An offered task must be accepted, or named in a beat, within this time.
  package var acceptLimit: Duration = .seconds(10)
  /// A running task whose progress counter does not rise for this long is taken away, unless it
  /// said that it has longer steps.
  package var stallLimit: Duration = .seconds(120)
  /// One attempt may run this long, even if its progress counter keeps rising.
  package var attemptLength: Duration = .seconds(24 * 3600)
  /// A revocation must be answered within this time; it is sent `revocationLimit` times.
  package var revokeLimit: Duration = .seconds(5)
  /// How often a revocation is sent before its worker is dropped.
  package var revocationLimit = 3
  /// A draining worker without tasks must leave within this time.
  package var leaveLimit: Duration = .seconds(30)
  /// Tasks a worker holds beyond the running ones, per slot; hides the round trip.
  package var prefetchPerSlot = 1

  /// The number of losses of a running task at which the task is given up.
  package var lossLimit = 3
  /// The number of transient failures at which a task is given up.
  package var transientLimit = 3
  /// The number of times out of memory at which a task is given up.
  package var memoryLimit = 3
  /// The number of corrupt inputs at which a task is given up.
  package var corruptInputLimit = 3
  /// The number of returns without anybody's fault at which a task is given up.
  package var returnLimit = 20
  /// The number of offers in a row without an answer at which a worker is dropped.
  package var unansweredLimit = 3
  /// The pause before the first retry of a transient failure; doubles with every further one.
  package var retryPause: Duration = .seconds(1)
  /// How long a worker that declined as busy is left alone.
  package var declinePause: Duration = .seconds(1)

  /// The number of losses within `hostLossWindow`, of two tasks or more, at which the workers of a
  /// host are left alone, if there are others.
  package var hostLossLimit = 3
  package var hostLossWindow: Duration = .seconds(60)
  /// How long a host is left alone the first time; doubles while no task succeeds there.
  package var hostPause: Duration = .seconds(10)
  /// The longest time for which a host is left alone.
  package var hostPauseLimit: Duration = .seconds(600)

  /// A task may be passed over for one with known inputs of at least this fraction of its cost.
  package var affinityCostFraction = 0.5
  /// How many waiting tasks are searched for one whose inputs the worker has.
  package var affinityWindow = 256
  /// How many groups of inputs a worker is taken to remember.
  package var affinityMemory = 8

  /// Whether a task that runs far too long gets a second attempt beside the first, on a worker
  /// that has nothing to do.
  package var copiesStragglers = true
  /// A task runs far too long at this many times what tasks of its kind and cost lately took.
  package var copyFactor = 3.0
  /// The same where only a worker of the same host is free: one machine, most likely as slow.
  package var sameHostCopyFactor = 6.0
  /// No task is copied before it has run for this long.
  package var copyPause: Duration = .seconds(5)
  /// What a kind of task takes is known from so many finished ones on.
  package var paceMinimum = 5
  /// Of the finished tasks of a kind these latest ones count.
  package var paceMemory = 31

  /// Closed tasks of which it is still known that they were. What comes for older ones is
  /// discarded as that of a task that never was.
  package var closedTaskLimit = 4_096

  /// How often a wait that nothing in the dispatcher can end is reported.
  package var reportInterval: Duration = .seconds(10)
  /// The run is given up when no worker was there for this long.
  package var noWorkerLimit: Duration = .seconds(600)
  /// A task that fits no living worker for this long is given up.
  package var unplaceableLimit: Duration = .seconds(600)

  package init() {}
}
