internal import Glibc

/// Seconds that this process has computed so far, all threads together.
func processSeconds() -> Double {
  var time = timespec()
  let status = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  precondition(status == 0, "the process has no CPU clock")
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Keeps oneDNN to the calling thread, so that CPU time is the time of one thread.
func useOneThread() {
  // A null handle is RTLD_DEFAULT; the cast gives the symbol its type from OpenMP's specification.
  guard let symbol = unsafe dlsym(nil, "omp_set_num_threads") else { return }
  let set = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Void).self)
  set(1)
}

/// A case with the median seconds of each contender.
struct MeasuredCase {
  struct Row {
    let name: String
    let seconds: Double
    /// 10⁹ units per second.
    let rate: Double
    /// The rate over the baseline's.
    let ratio: Double
  }

  let name: String
  let unit: String
  let rows: [Row]

  /// Times a case: in each round every contender runs for at least `seconds`.
  init(_ benchCase: BenchCase, rounds: Int, seconds: Double) {
    let contenders = benchCase.contenders
    var samples = [[Double]](repeating: [], count: contenders.count)
    for _ in 0..<rounds {
      for (index, contender) in contenders.enumerated() {
        samples[index].append(Self.secondsPerRun(contender, atLeast: seconds))
      }
    }
    let medians = samples.map(median)
    let rates = zip(contenders, medians).map { $0.amount / $1 / 1e9 }
    let baseline = contenders.firstIndex { $0.name == benchCase.baseline }
    name = benchCase.name
    unit = benchCase.unit
    rows = contenders.indices.map { index in
      Row(
        name: contenders[index].name, seconds: medians[index], rate: rates[index],
        ratio: baseline.map { rates[index] / rates[$0] } ?? 1)
    }
  }

  private static func secondsPerRun(_ contender: Contender, atLeast seconds: Double) -> Double {
    let start = processSeconds()
    var count = 0
    while true {
      contender.run()
      count += 1
      let spent = processSeconds() - start
      if spent >= seconds { return spent / Double(count) }
    }
  }
}

/// The middle value, or the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
  precondition(!values.isEmpty, "no sample")
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
