internal import Coordination
internal import Messaging
internal import Synchronization
internal import Tensors
internal import Wire

/// A task for the compute thread.
struct ComputeJob: Sendable {
  let key: LeaseKey
  let kind: String
  let parameters: [UInt8]
  let inputs: [Blob]
  let progress: ProgressCounter
}

/// What came of a task.
struct ComputeOutcome: Sendable {
  let key: LeaseKey
  let result: Result<[Blob], TaskFailure>
  let seconds: Double
}

/// The compute thread of a worker, with the task runner that lives on it: one task at a time.
final class ComputeLane: Sendable {
  private enum Order: Sendable {
    case compute(ComputeJob)
    case stop
  }

  private let orders = Mutex<[Order]>([])
  private let outcomes = Mutex<[ComputeOutcome]>([])
  private let bell: WakeUp
  private let outcomeBell: WakeUp

  /// - Parameter outcomeBell: rung when an outcome can be taken.
  init(outcomeBell: WakeUp) throws(MessagingError) {
    bell = try WakeUp()
    self.outcomeBell = outcomeBell
  }

  func start(_ job: ComputeJob) { order(.compute(job)) }

  /// Ends the thread after the task that it computes.
  func stop() { order(.stop) }

  func takeOutcomes() -> [ComputeOutcome] {
    outcomes.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }

  private func order(_ order: Order) {
    orders.withLock { $0.append(order) }
    bell.ring()
  }

  /// The body of the thread.
  func run(_ makeRunner: @Sendable () throws(TaskFailure) -> any TaskRunner) {
    let runner: Result<any TaskRunner, TaskFailure>
    do { runner = .success(try makeRunner()) } catch { runner = .failure(error) }
    let time = MonotonicTime()
    while true {
      _ = bell.wait(milliseconds: -1)
      let waiting = orders.withLock { waiting in
        defer { waiting = [] }
        return waiting
      }
      for order in waiting {
        guard case .compute(let job) = order else { return }
        let start = time.now
        let result = compute(job, on: runner)
        let outcome = ComputeOutcome(
          key: job.key, result: result, seconds: (time.now - start).seconds)
        outcomes.withLock { $0.append(outcome) }
        outcomeBell.ring()
      }
    }
  }

  private func compute(
    _ job: ComputeJob, on runner: Result<any TaskRunner, TaskFailure>
  ) -> Result<[Blob], TaskFailure> {
    FailPoint.workerComputing.pass()
    do throws(TaskFailure) {
      let outputs = try runner.get().run(
        kind: job.kind, parameters: job.parameters, inputs: job.inputs, progress: job.progress)
      return .success(outputs.map { Blob(digest: Digest(of: $0), bytes: $0) })
    } catch { return .failure(error) }
  }
}
