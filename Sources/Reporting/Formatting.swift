/// A number with a fixed count of decimals, rounded half away from zero; "–" where it is not
/// finite or too large to print so.
package func decimals(_ value: Double, _ places: Int) -> String {
  var unit = 1.0
  for _ in 0..<places { unit *= 10 }
  let scaled = (abs(value) * unit).rounded()
  guard scaled.isFinite, scaled < 1e15 else { return "–" }
  let digits = Int(scaled)
  let sign = value < 0 && digits > 0 ? "-" : ""
  guard places > 0 else { return sign + String(digits) }
  let fraction = String(digits % Int(unit))
  let zeros = String(repeating: "0", count: places - fraction.count)
  return sign + String(digits / Int(unit)) + "." + zeros + fraction
}

/// A share 0…1 as a percentage; "–" for nothing.
func percent(_ share: Double?, _ places: Int = 1) -> String {
  guard let share, share.isFinite else { return "–" }
  return decimals(share * 100, places) + " %"
}

/// A small positive number with three significant digits or so; "–" for nothing.
package func significant(_ value: Double?) -> String {
  guard let value, value.isFinite else { return "–" }
  let size = abs(value)
  if size == 0 { return "0" }
  if size >= 100 { return decimals(value, 0) }
  if size >= 10 { return decimals(value, 1) }
  if size >= 1 { return decimals(value, 2) }
  if size >= 0.01 { return decimals(value, 3) }
  if size >= 0.0001 { return decimals(value, 5) }
  var exponent = 0
  var mantissa = value
  while abs(mantissa) < 1 {
    mantissa *= 10
    exponent += 1
  }
  return decimals(mantissa, 1) + "e-" + String(exponent)
}

/// A size in bytes for people, in units of 1024.
func byteCount(_ bytes: Int) -> String {
  var value = Double(bytes)
  for unit in ["B", "KiB", "MiB", "GiB"] {
    if value < 1024 { return decimals(value, unit == "B" || value >= 100 ? 0 : 1) + " " + unit }
    value /= 1024
  }
  return decimals(value, 1) + " TiB"
}

/// A time for people: `0.42 s`, `12 s`, `3:07`, `2:03:07` with hours.
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
  if seconds < 10 { return significant(seconds) + " s" }
  if seconds < 60 { return decimals(seconds, 0) + " s" }
  return clock(seconds)
}

/// A time as `minutes:seconds` or `hours:minutes:seconds`.
func clock(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
  let whole = Int(seconds.rounded())
  let pair = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
  if whole < 3600 { return "\(whole / 60):" + pair(whole % 60) }
  return "\(whole / 3600):" + pair(whole / 60 % 60) + ":" + pair(whole % 60)
}
