internal import Glibc
package import Network
internal import Synchronization
internal import Tensors

/// How many rows per second a network is evaluated at.
package struct Throughput: Sendable, Equatable {
  /// Over all lanes.
  package var rowsPerSecond: Double
  /// The median time of a batch on one lane, in seconds.
  package var medianBatchSeconds: Double
  /// Batches measured, over all lanes.
  package var batchCount: Int
}

/// Times a network on made-up inputs, after three batches per lane that are not counted.
///
/// - Parameters:
///   - lanes: threads with an executor each, working on batches of their own at the same time.
///   - threads: OpenMP threads of each executor.
///   - seconds: how long to measure; every lane finishes at least one batch.
package func measureThroughput(
  network: Network, batchSize: Int, lanes: Int = 1, threads: Int = 1, seconds: Double
) throws(ExecutionError) -> Throughput {
  precondition(lanes > 0 && threads > 0, "something has to compute")
  let reports = LaneReports(waiting: lanes)
  let others = (1..<lanes).map { lane in
    Lane {
      reports.append(
        timeLane(
          network, batchSize: batchSize, threads: threads, seconds: seconds,
          seed: UInt64(lane + 1), ready: reports.waitForAll))
    }
  }
  reports.append(
    timeLane(
      network, batchSize: batchSize, threads: threads, seconds: seconds, seed: 1,
      ready: reports.waitForAll))
  for lane in others { lane.join() }
  var all: [Double] = []
  var rowsPerSecond = 0.0
  for report in reports.all {
    let times = try report.get()
    rowsPerSecond += Double(batchSize * times.count) / times.reduce(0, +)
    all += times
  }
  return Throughput(
    rowsPerSecond: rowsPerSecond, medianBatchSeconds: all.sorted()[all.count / 2],
    batchCount: all.count)
}

/// What the lanes found, and the line that they start from together, so that they are measured
/// under each other's load.
private final class LaneReports: Sendable {
  private let reports = Mutex<[Result<[Double], ExecutionError>]>([])
  private let waiting: Atomic<Int>

  init(waiting: Int) { self.waiting = Atomic(waiting) }

  var all: [Result<[Double], ExecutionError>] { reports.withLock { $0 } }

  func append(_ report: Result<[Double], ExecutionError>) { reports.withLock { $0.append(report) } }

  func waitForAll() {
    waiting.subtract(1, ordering: .acquiringAndReleasing)
    while waiting.load(ordering: .acquiring) > 0 { sched_yield() }
  }
}

/// A thread that runs one closure.
private struct Lane {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private let thread: pthread_t

  init(_ body: @escaping @Sendable () -> Void) {
    var created = pthread_t()
    let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    let status = unsafe pthread_create(
      &created, nil,
      { work in
        unsafe Unmanaged<Work>.fromOpaque(work!).takeRetainedValue().body()
        return nil
      }, work)
    precondition(status == 0, "the system gives no thread")
    thread = created
  }

  func join() { pthread_join(thread, nil) }
}

/// The duration of each batch in seconds.
private func timeLane(
  _ network: Network, batchSize: Int, threads: Int, seconds: Double, seed: UInt64,
  ready: () -> Void
) -> Result<[Double], ExecutionError> {
  var isReady = false
  defer { if !isReady { ready() } }
  do throws(ExecutionError) {
    let executor = try Executor(network: network, batchSize: batchSize, threads: threads)
    let inputs = executor.inputShapes.map { madeUpTensor(shape: $0, seed: seed) }
    for _ in 0..<3 { _ = try executor.run(inputs) }
    isReady = true
    ready()
    let clock = ContinuousClock()
    let begin = clock.now
    var times: [Double] = []
    repeat {
      let start = clock.now
      _ = try executor.run(inputs)
      times.append(start.duration(to: clock.now).inSeconds)
    } while begin.duration(to: clock.now).inSeconds < seconds
    return .success(times)
  } catch {
    return .failure(error)
  }
}

extension Duration {
  fileprivate var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

/// Values in −1..<1 from a linear congruential generator (Knuth's MMIX constants).
func madeUpTensor(shape: [Int], seed: UInt64) -> Tensor {
  var state = seed
  let values = (0..<shape.product).map { _ -> Float in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) * 0x1p-23 - 1
  }
  return Tensor(shape: shape, values: values)
}
