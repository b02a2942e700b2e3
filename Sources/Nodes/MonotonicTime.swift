internal import Coordination

/// The clock that the shell reads for the state machines; never set back.
struct MonotonicTime: Sendable {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  init() { start = clock.now }

  var now: Instant { Instant.start + (clock.now - start) }
}

extension Instant {
  /// Whole milliseconds from `now` until this instant, rounded up, between 0 and `limit`.
  func milliseconds(from now: Instant, atMost limit: Int) -> Int {
    guard self > now else { return 0 }
    let (whole, rest) = (nanoseconds - now.nanoseconds).quotientAndRemainder(dividingBy: 1_000_000)
    return min(limit, Int(whole) + (rest > 0 ? 1 : 0))
  }
}

extension Duration {
  /// This length in seconds.
  var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
