internal import RunStore

extension HTMLReport {
  /// Who did what when: a row per worker, a bar per run of tasks of one kind.
  var timelineSection: Markup {
    let timed = tasks.filter { $0.finishedAfter != nil }
    let end = timed.compactMap(\.finishedAfter).max() ?? 0
    guard end > 0 else { return .empty }
    let workers = Set(timed.map(\.worker)).sorted()
    let kinds = Set(timed.map(\.kind)).sorted()
    let left = 170.0
    let width = 800.0
    let bottom = 8 + 20 * Double(workers.count)
    var drawing = Drawing(width: 980, height: bottom + 26, label: "Tasks by worker over time")
    for mark in timeMarks(to: end) {
      let x = left + mark / end * width
      drawing.line(fromX: x, fromY: 2, toX: x, toY: bottom, style: "grid")
      drawing.text(end < 10 ? duration(mark) : clock(mark), x: x, y: bottom + 16, anchor: .middle)
    }
    for (index, worker) in workers.enumerated() {
      let y = 8 + 20 * Double(index)
      drawing.text(
        shortened(worker, to: 24), x: left - 12, y: y + 12, anchor: .end, style: "strong")
      for span in spans(of: timed.filter { $0.worker == worker }, gap: end / width) {
        let x = left + span.start / end * width
        drawing.rectangle(
          x: x, y: y, width: max(0.6, left + span.end / end * width - x - 0.3), height: 15,
          style: "hue\(min(4, kinds.firstIndex(of: span.kind) ?? 4))",
          tip: span.count == 1 ? span.label : "\(span.count) tasks: \(span.kind)")
      }
    }
    let keys = kinds.enumerated().map { key("hue\(min(4, $0))", $1) }
    return section(
      "Tasks over time",
      "\(timed.count) finished tasks on \(workers.count) workers. Time a task waited is not "
        + "shown; a gap is a worker without work, or the run interrupted.",
      [.element("p", [:], keys), drawing.markup])
  }

  /// At most ten round times, the seconds of short runs, else full minutes or hours.
  private func timeMarks(to end: Double) -> [Double] {
    let steps: [Double] = [
      1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000, 86400,
    ]
    guard end >= 10, let step = steps.first(where: { end / $0 <= 10 }) else {
      return axisMarks(from: 0, to: end, count: 8)
    }
    return (0...Int(end / step)).map { Double($0) * step }
  }

  private struct Span {
    var start: Double
    var end: Double
    var kind: String
    var label: String
    var count: Int
  }

  /// The tasks of a worker in time, neighbours of one kind closer than `gap` seconds made one, so
  /// that the file stays small however many tasks there are.
  private func spans(of tasks: [TaskRecord], gap: Double) -> [Span] {
    var spans: [Span] = []
    for task in tasks.sorted(by: { ($0.finishedAfter ?? 0) < ($1.finishedAfter ?? 0) }) {
      let end = task.finishedAfter ?? 0
      let start = max(0, end - (task.seconds.isFinite ? task.seconds : 0))
      let isShort = end - start < gap
      if let last = spans.last, last.kind == task.kind, start - last.end < gap,
        isShort || last.end - last.start < gap || last.count > 1
      {
        spans[spans.count - 1].end = end
        spans[spans.count - 1].count += 1
      } else {
        spans.append(Span(start: start, end: end, kind: task.kind, label: task.label, count: 1))
      }
    }
    return spans
  }
}
