/// A share as percent with two decimals.
func percent(_ share: Double) -> String {
  guard share.isFinite else { return "unknown" }
  let hundredths = Int((share * 10_000).rounded())
  let rest = hundredths % 100
  return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
}

/// A size in kilobytes of 1,000 bytes.
func kilobytes(_ count: Int) -> String { "\((count + 500) / 1000) kB" }
