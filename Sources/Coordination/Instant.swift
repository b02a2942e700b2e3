/// A point in time on the shell's monotonic clock, counted from the start of its process.
///
/// The state machines never read a clock: every event arrives with its instant.
package struct Instant: Hashable, Comparable, Sendable {
  /// Nanoseconds since the process began.
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The beginning of time.
  package static let start = Instant(nanoseconds: 0)

  package static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  package static func + (instant: Instant, duration: Duration) -> Instant {
    let (sum, isTooLate) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
    // A limit beyond the end of time is no limit.
    return Instant(nanoseconds: isTooLate ? (duration < .zero ? .min : .max) : sum)
  }

  package static func - (later: Instant, earlier: Instant) -> Duration {
    .nanoseconds(later.nanoseconds - earlier.nanoseconds)
  }
}

extension Instant: CustomStringConvertible {
  /// Seconds with three decimals, for example `12.045 s`.
  package var description: String {
    let milliseconds = nanoseconds / 1_000_000
    let fraction = String(milliseconds % 1000)
    let zeros = String(repeating: "0", count: max(0, 3 - fraction.count))
    return "\(milliseconds / 1000).\(zeros)\(fraction) s"
  }
}

extension Duration {
  /// This length in nanoseconds, rounded towards zero; the nearest that can be told (292 years).
  package var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, exceeds) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    return isTooLong || exceeds ? (seconds < 0 ? .min : .max) : sum
  }

  /// This length in whole seconds for a sentence, for example `90 s`.
  var inSeconds: String { "\(components.seconds) s" }
}
