import Reporting

/// What one method made of the network.
struct ComparisonRow {
  let method: String
  /// Top-1 of the network that was given; nil without validation data.
  let input: Double?
  let top1: Double?
  let standardError: Double?
  /// Mean over the layers that have one: the share of their output's variance that is lost.
  let error: Double?
  let bytes: Int
  let seconds: Double

  init(method: String, record: RunRecord) {
    self.method = method
    input = record.accuracy.input
    top1 = record.accuracy.output
    standardError = record.accuracy.stages.last?.standardError
    let errors = record.layers.compactMap(\.error)
    error = errors.isEmpty ? nil : errors.reduce(0, +) / Double(errors.count)
    bytes = record.bytes
    seconds = record.seconds
  }

  static let heading = line(["method", "top-1", "±", "error", "size", "time"])

  /// The network that was given, as a row.
  var inputLine: String {
    Self.line(["(input)", input.map { percent($0) } ?? "-", "", "", "", ""])
  }

  var line: String {
    Self.line([
      method, top1.map { percent($0) } ?? "-", standardError.map { percent($0) } ?? "-",
      error.map { percent($0) } ?? "-", kilobytes(bytes), "\(Int(seconds.rounded())) s",
    ])
  }

  var json: JSONText {
    .members([
      "method": .text(method), "top1": top1.map { .number($0) } ?? .null,
      "standardError": standardError.map { .number($0) } ?? .null,
      "error": error.map { .number($0) } ?? .null, "bytes": .integer(bytes),
      "seconds": .number(seconds),
    ])
  }

  /// The first cell to the left, the others to the right of their columns.
  private static func line(_ cells: [String]) -> String {
    let first = cells[0] + String(repeating: " ", count: max(0, 10 - cells[0].count))
    let others = cells.dropFirst().map { cell in
      String(repeating: " ", count: max(1, 10 - cell.count)) + cell
    }
    return (first + others.joined()).trimmingTrailingSpaces + "\n"
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    String(prefix(upTo: (lastIndex { $0 != " " }).map { index(after: $0) } ?? startIndex))
  }
}
