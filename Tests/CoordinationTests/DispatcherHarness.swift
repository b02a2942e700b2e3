import Coordination
import Testing

/// A dispatcher that is audited after every event, with short names for tests.
struct Harness {
  var dispatcher: Dispatcher
  var now = Instant.start
  private var taskCount: UInt64 = 0

  init(_ change: (inout DispatcherSettings) -> Void = { _ in }) {
    var settings = DispatcherSettings()
    settings.prefetchPerSlot = 0
    change(&settings)
    dispatcher = Dispatcher(settings: settings)
  }

  /// Gives an event and returns the commands.
  @discardableResult
  mutating func tell(
    _ event: Dispatcher.Event, at location: SourceLocation = #_sourceLocation
  ) -> [Dispatcher.Command] {
    let commands = dispatcher.handle(event, at: now)
    let faults = dispatcher.audit()
    #expect(faults.isEmpty, "after \(event)", sourceLocation: location)
    if event == .clockAdvanced, let next = dispatcher.nextDeadline {
      #expect(next > now, "the tick left something due", sourceLocation: location)
    }
    return commands
  }

  @discardableResult
  mutating func join(
    _ number: UInt64, slots: Int = 1, bytes: Int = 100, host: String = "a",
    formerly: WorkerID? = nil
  ) -> [Dispatcher.Command] {
    tell(
      .workerJoined(
        worker(number), slots: slots, memoryBytes: bytes, host: host, formerly: formerly))
  }

  @discardableResult
  mutating func submit(
    _ number: UInt64, cost: Double = 1, bytes: Int = 0, affinity: UInt64? = nil
  ) -> [Dispatcher.Command] {
    let needs = TaskNeeds(
      cost: cost, memoryBytes: bytes, affinity: affinity, label: "item \(number)")
    return tell(.taskSubmitted(task(number), needs))
  }

  /// Lets time pass in one step, with every worker of `beating` heard just before the tick.
  @discardableResult
  mutating func wait(_ duration: Duration, beating workers: UInt64...) -> [Dispatcher.Command] {
    now = now + duration
    for number in workers { tell(.beat(worker(number), lease: nil, progress: 0)) }
    return tell(.clockAdvanced)
  }
}

func task(_ number: UInt64) -> TaskID { TaskID(number: number) }
func worker(_ number: UInt64) -> WorkerID { WorkerID(number: number) }
func lease(_ number: UInt64) -> LeaseID { LeaseID(number: number) }

func assign(_ taskNumber: UInt64, to workerNumber: UInt64, _ leaseNumber: UInt64, attempt: Int = 1)
  -> Dispatcher.Command
{
  .assign(
    task(taskNumber), to: worker(workerNumber), lease: lease(leaseNumber), attempt: attempt)
}
