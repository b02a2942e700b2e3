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
    Instant(nanoseconds: instant.nanoseconds + duration.wholeNanoseconds)
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
  /// This length in nanoseconds, rounded towards zero.
  package var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  /// This length in whole seconds for a sentence, for example `90 s`.
  var inSeconds: String { "\(components.seconds) s" }
}
