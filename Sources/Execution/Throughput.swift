internal import Dispatch
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
  let reports = Mutex<[Result<[Double], ExecutionError>]>([])
  let waiting = Atomic<Int>(lanes)
  DispatchQueue.concurrentPerform(iterations: lanes) { lane in
    let report = timeLane(
      network, batchSize: batchSize, threads: threads, seconds: seconds, seed: UInt64(lane + 1),
      ready: {
        // All lanes begin together, so that they are measured under each other's load.
        waiting.subtract(1, ordering: .acquiringAndReleasing)
        while waiting.load(ordering: .acquiring) > 0 { sched_yield() }
      })
    reports.withLock { $0.append(report) }
  }
  var all: [Double] = []
  var rowsPerSecond = 0.0
  for report in reports.withLock({ $0 }) {
    let times = try report.get()
    rowsPerSecond += Double(batchSize * times.count) / times.reduce(0, +)
    all += times
  }
  return Throughput(
    rowsPerSecond: rowsPerSecond, medianBatchSeconds: all.sorted()[all.count / 2],
    batchCount: all.count)
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
private func madeUpTensor(shape: [Int], seed: UInt64) -> Tensor {
  var state = seed
  let values = (0..<shape.product).map { _ -> Float in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) * 0x1p-23 - 1
  }
  return Tensor(shape: shape, values: values)
}
