import Reporting

extension Quantize {
  /// What a run came to, for a person.
  func summary(_ record: RunRecord) -> String {
    let files = OutputFiles(output)
    var lines: [String] = []
    for stage in record.accuracy.stages {
      let error = stage.standardError.map { " ± \(percent($0))" } ?? ""
      lines.append(
        "accuracy (\(stage.name)): top-1 \(percent(stage.top1 ?? .nan))\(error) of "
          + "\(stage.images) images")
    }
    lines += record.notes.map { "note: \($0)" }
    lines.append("low-bit network: \(files.lowBit) (\(kilobytes(record.bytes)))")
    lines.append("float form:      \(files.float)")
    if let runFolder { lines.append("report:          \(runFolder)/report.html") }
    let seconds = Int(record.seconds.rounded())
    lines.append("\(seconds) s with \(record.workers) worker\(record.workers == 1 ? "" : "s")")
    return lines.joined(separator: "\n") + "\n"
  }
}
