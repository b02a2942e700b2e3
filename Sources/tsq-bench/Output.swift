extension MeasuredCase {
  /// The case as lines for a terminal.
  var table: String {
    let width = rows.map(\.name.count).max() ?? 0
    let lines = rows.map { row in
      let name = row.name + String(repeating: " ", count: width - row.name.count)
      let mark = row.ratio == 1 ? "*" : ""
      return "  \(name)  \(padded(decimal(row.seconds * 1e6, digits: 1), 12)) µs"
        + "  \(padded(decimal(row.rate, digits: 1), 8)) \(unit)"
        + "  \(padded(decimal(row.ratio, digits: 2), 7))\(mark)"
    }
    return ([name] + lines).joined(separator: "\n")
  }
}

/// All cases as one JSON object, in the order they ran.
func jsonText(_ cases: [MeasuredCase]) -> String {
  let items = cases.map { measured in
    let rows = measured.rows.map { row in
      "{\"name\": \"\(row.name)\", \"seconds\": \(row.seconds), "
        + "\"rate\": \(row.rate), \"ratio\": \(row.ratio)}"
    }
    return "{\"case\": \"\(measured.name)\", \"unit\": \"\(measured.unit)\", \"rows\": ["
      + rows.joined(separator: ", ") + "]}"
  }
  return "{\"machine\": \"\(machineLine())\", \"cases\": [" + items.joined(separator: ", ") + "]}"
}

/// `value` with a fixed number of digits behind the point.
private func decimal(_ value: Double, digits: Int) -> String {
  guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
  var scale = 1
  for _ in 0..<digits { scale *= 10 }
  let rounded = Int((abs(value) * Double(scale)).rounded())
  let fraction = String(rounded % scale)
  let zeros = String(repeating: "0", count: digits - min(fraction.count, digits))
  return (value < 0 ? "-" : "") + "\(rounded / scale).\(zeros)\(fraction)"
}

private func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
