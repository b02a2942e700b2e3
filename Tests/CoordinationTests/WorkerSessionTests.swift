import Coordination
import Testing

@Suite struct `worker sessions` {
  static let run = RunID(high: 1, low: 1)
  static let nextRun = RunID(high: 2, low: 2)
  static let terms = WorkerTerms(beatInterval: .seconds(1), leaseLength: .seconds(10))

  /// A session that is audited after every event.
  struct Subject {
    var session: WorkerSession
    var now = Instant.start

    init(_ change: (inout WorkerSettings) -> Void = { _ in }) {
      var settings = WorkerSettings()
      change(&settings)
      session = WorkerSession(settings: settings)
    }

    @discardableResult
    mutating func tell(
      _ event: WorkerSession.Event, at location: SourceLocation = #_sourceLocation
    ) -> [WorkerSession.Command] {
      let commands = session.handle(event, at: now)
      #expect(session.audit().isEmpty, "after \(event)", sourceLocation: location)
      return commands
    }

    /// Ticks at every deadline of the next `duration`, while the coordinator answers or not.
    mutating func live(_ duration: Duration, hearing run: RunID? = nil) -> [WorkerSession.Command] {
      let end = now + duration
      var commands: [WorkerSession.Command] = []
      while let deadline = session.nextDeadline, deadline <= end {
        now = max(now, deadline)
        if let run { commands += tell(.coordinatorHeard(run)) }
        commands += tell(.clockAdvanced)
        if let next = session.nextDeadline, next <= now {
          Issue.record("the tick at \(now) left something due at \(next)")
          break
        }
      }
      now = end
      return commands
    }

    mutating func offer(_ number: UInt64, missing: Int = 0, bytes: Int = 0)
      -> [WorkerSession.Command]
    {
      let offer = TaskOffer(
        task: task(number), lease: lease(number), memoryBytes: bytes, missingInputCount: missing)
      return tell(.taskReceived(run, offer))
    }
  }

  static func key(_ number: UInt64, _ run: RunID = run) -> LeaseKey {
    LeaseKey(run: run, lease: lease(number))
  }

  static func serving(_ change: (inout WorkerSettings) -> Void = { _ in }) -> Subject {
    var subject = Subject(change)
    subject.tell(.started)
    subject.tell(.welcomed(run, hello: 1, terms))
    return subject
  }

  @Test func `hello is repeated with growing pauses under the same number`() {
    var subject = Subject { $0.orphanLimit = .seconds(12) }
    #expect(subject.tell(.started) == [.sendHello(number: 1)])
    #expect(subject.live(.seconds(8)) == Array(repeating: .sendHello(number: 1), count: 3))
    #expect(subject.live(.seconds(10)) == [.end(.coordinatorSilent)])
    #expect(subject.tell(.welcomed(Self.run, hello: 1, Self.terms)).isEmpty)
  }

  @Test func `a rejected worker ends with the reason`() {
    var subject = Subject()
    subject.tell(.started)
    #expect(subject.tell(.rejected(reason: "build")) == [.end(.rejected(reason: "build"))])
    #expect(subject.session.end == .rejected(reason: "build"))
  }

  @Test func `tasks are computed in the order of receipt, inputs fetched beside`() {
    var subject = Self.serving()
    #expect(
      subject.offer(1, missing: 2) == [
        .sendAccept(task(1), lease(1)), .fetchInputs(Self.key(1)),
      ])
    #expect(subject.offer(2) == [.sendAccept(task(2), lease(2))])
    #expect(subject.offer(3) == [.sendDecline(task(3), lease(3), .busy)])
    #expect(subject.tell(.inputsArrived(Self.key(1))) == [.startCompute(Self.key(1))])
    #expect(
      subject.tell(.computeFinished(Self.key(1))) == [
        .offerResult(task(1), Self.key(1), isEarlier: false), .startCompute(Self.key(2)),
      ])
  }

  @Test func `a result is offered until it is acknowledged`() {
    var subject = Self.serving { $0.resendPause = .seconds(3) }
    _ = subject.offer(1)
    subject.tell(.computeFinished(Self.key(1)))
    let offers = subject.live(.seconds(10), hearing: Self.run).count { command in
      command == .offerResult(task(1), Self.key(1), isEarlier: false)
    }
    #expect(offers == 3)
    #expect(subject.tell(.acknowledged(Self.key(1))) == [.forgetResult(Self.key(1))])
    let later = subject.live(.seconds(10), hearing: Self.run)
    #expect(later.allSatisfy { $0 == .sendBeat([]) })
  }

  @Test func `a failure is repeated until it is acknowledged`() {
    var subject = Self.serving { $0.resendPause = .seconds(3) }
    _ = subject.offer(1)
    let failure = WorkerSession.Command.sendFailure(
      task(1), lease(1), .numeric, message: "not finite")
    #expect(
      subject.tell(.computeFailed(Self.key(1), .numeric, message: "not finite")) == [failure])
    #expect(subject.live(.seconds(4), hearing: Self.run).contains(failure))
    subject.tell(.acknowledged(Self.key(1)))
    #expect(!subject.live(.seconds(9), hearing: Self.run).contains(failure))
  }

  @Test func `beats carry the counter of each lease, which never falls`() {
    var subject = Self.serving()
    _ = subject.offer(1)
    subject.tell(.progressed(Self.key(1), to: 9))
    subject.tell(.progressed(Self.key(1), to: 4))
    let beat = WorkerSession.Command.sendBeat([LeaseProgress(lease: lease(1), progress: 9)])
    #expect(subject.live(.seconds(1), hearing: Self.run) == [beat])
  }

  @Test func `a new run gets what was finished, and nothing of what was begun`() {
    var subject = Self.serving()
    _ = subject.offer(1)
    subject.tell(.computeFinished(Self.key(1)))
    _ = subject.offer(2)
    #expect(subject.tell(.unknownHere) == [.sendHello(number: 2)])
    #expect(
      subject.tell(.welcomed(Self.nextRun, hello: 2, Self.terms)) == [
        .stopCompute(Self.key(2)), .sendReady(credit: 2),
        .offerResult(task(1), Self.key(1), isEarlier: true),
      ])
    #expect(subject.tell(.computeFinished(Self.key(2))).isEmpty)
    #expect(subject.tell(.acknowledged(Self.key(1))) == [.forgetResult(Self.key(1))])
  }

  @Test func `computing goes on while the coordinator is away, and is offered when it is back`() {
    var subject = Self.serving()
    _ = subject.offer(1)
    subject.tell(.reconnected)
    #expect(subject.tell(.computeFinished(Self.key(1))).isEmpty)
    let commands = subject.tell(.welcomed(Self.run, hello: 2, Self.terms))
    #expect(commands.last == .offerResult(task(1), Self.key(1), isEarlier: false))
  }

  @Test func `a late answer to an earlier hello is ignored`() {
    var subject = Self.serving()
    subject.tell(.unknownHere)
    #expect(subject.tell(.welcomed(Self.run, hello: 1, Self.terms)).isEmpty)
  }

  @Test func `a task of another run is not begun`() {
    var subject = Self.serving()
    let offer = TaskOffer(task: task(1), lease: lease(1))
    #expect(subject.tell(.taskReceived(Self.nextRun, offer)).isEmpty)
    #expect(subject.session.unfinishedCount == 0)
  }

  @Test func `a repeated task message does not begin the task again`() {
    var subject = Self.serving()
    _ = subject.offer(1)
    #expect(subject.offer(1) == [.sendAccept(task(1), lease(1))])
    subject.tell(.computeFinished(Self.key(1)))
    subject.tell(.acknowledged(Self.key(1)))
    #expect(subject.offer(1) == [.sendReleased(lease(1))])
  }

  @Test func `a revocation stops the work and is always answered`() {
    var subject = Self.serving()
    _ = subject.offer(1)
    _ = subject.offer(2)
    #expect(
      subject.tell(.revoked(Self.key(1))) == [
        .sendReleased(lease(1)), .stopCompute(Self.key(1)), .startCompute(Self.key(2)),
      ])
    #expect(subject.tell(.revoked(Self.key(9))) == [.sendReleased(lease(9))])
  }

  @Test func `a finished result outlives the revocation of its lease`() {
    var subject = Self.serving()
    _ = subject.offer(1)
    subject.tell(.computeFinished(Self.key(1)))
    #expect(subject.tell(.revoked(Self.key(1))) == [.sendReleased(lease(1))])
    #expect(subject.tell(.acknowledged(Self.key(1))) == [.forgetResult(Self.key(1))])
  }

  @Test func `a silent coordinator is greeted again, and at last given up`() {
    var subject = Self.serving { $0.orphanLimit = .seconds(30) }
    _ = subject.offer(1)
    let commands = subject.live(.seconds(31))
    #expect(commands.contains(.sendHello(number: 2)))
    #expect(commands.suffix(2) == [.stopCompute(Self.key(1)), .end(.coordinatorSilent)])
  }

  @Test func `draining gives back, finishes, is acknowledged, and says goodbye`() {
    var subject = Self.serving()
    _ = subject.offer(1)
    _ = subject.offer(2)
    #expect(subject.tell(.drainRequested) == [.sendDraining, .sendReleased(lease(2))])
    #expect(subject.offer(3) == [.sendDecline(task(3), lease(3), .draining)])
    subject.tell(.computeFinished(Self.key(1)))
    #expect(
      subject.tell(.acknowledged(Self.key(1))) == [.forgetResult(Self.key(1)), .sendBye])
    #expect(subject.tell(.farewellAnswered) == [.end(.drained(unacknowledgedCount: 0))])
  }

  @Test func `draining ends in time even if nobody answers`() {
    var subject = Self.serving { $0.drainLimit = .seconds(20) }
    _ = subject.offer(1)
    subject.tell(.computeFinished(Self.key(1)))
    subject.tell(.drainRequested)
    let commands = subject.live(.seconds(20), hearing: Self.run)
    #expect(commands.suffix(2) == [.sendBye, .end(.drained(unacknowledgedCount: 1))])
  }

  @Test func `a dismissed worker answers, stops and ends`() {
    var subject = Self.serving()
    _ = subject.offer(1)
    #expect(
      subject.tell(.dismissed) == [
        .sendByeAnswer, .stopCompute(Self.key(1)), .end(.dismissed),
      ])
    #expect(subject.session.nextDeadline == nil)
  }

  @Test func `a task beyond the worker's memory is declined`() {
    var subject = Self.serving { $0.memoryBytes = 10 }
    #expect(subject.offer(1, bytes: 11) == [.sendDecline(task(1), lease(1), .memory)])
  }
}

private let run = `worker sessions`.run
