extension HTMLReport {
  /// Top-1 and top-5 of every evaluated network: a dot with its interval, and the numbers.
  var accuracySection: Markup {
    let stages = record.accuracy.stages
    guard !stages.isEmpty else { return .empty }
    let measured = stages.filter { $0.top1 != nil }
    let head = row(
      [
        ("Stage", ""), ("Top-1", "n"), ("± standard error", "n"), ("Top-5", "n"), ("Images", "n"),
      ], head: true)
    let rows = stages.map { stage in
      row([
        (stage.name, "name"), (percent(stage.top1, 2), "n"), (percent(stage.standardError, 2), "n"),
        (percent(stage.top5, 2), "n"), ("\(stage.images)", "n"),
      ])
    }
    let table = Markup.element(
      "div", ["class": "wide"],
      [.element("table", [:], [.element("thead", [:], [head]), .element("tbody", [:], rows)])])
    return section(
      "Accuracy by stage",
      "Bars are 95 % intervals over the choice of images. Stages see the same images, so the "
        + "difference between two of them is known better than the intervals suggest.",
      (measured.isEmpty ? [] : [plot(measured)]) + [table])
  }

  private func plot(_ stages: [AccuracyRecord.Stage]) -> Markup {
    let left = 170.0
    let right = 900.0
    let rowHeight = 26.0
    let bottom = 14 + rowHeight * Double(stages.count)
    let intervals = stages.map { stage in
      let top1 = stage.top1 ?? 0
      let half = 1.96 * (stage.standardError ?? 0)
      return (low: max(0, top1 - half), high: min(1, top1 + half))
    }
    let low = intervals.map(\.low).min() ?? 0
    let high = intervals.map(\.high).max() ?? 1
    let margin = max(0.005, (high - low) * 0.08)
    let first = max(0, low - margin)
    let last = min(1, high + margin)
    func x(_ share: Double) -> Double { left + (share - first) / (last - first) * (right - left) }
    var drawing = Drawing(width: 980, height: bottom + 24, label: "Top-1 accuracy by stage")
    for mark in axisMarks(from: first * 100, to: last * 100, count: 6) {
      drawing.line(fromX: x(mark / 100), fromY: 4, toX: x(mark / 100), toY: bottom, style: "grid")
      let places = last - first < 0.05 ? 1 : 0
      drawing.text(
        decimals(mark, places) + " %", x: x(mark / 100), y: bottom + 16, anchor: .middle)
    }
    if let input = record.accuracy.input {
      drawing.line(fromX: x(input), fromY: 4, toX: x(input), toY: bottom, style: "reference")
    }
    for (index, stage) in stages.enumerated() {
      let y = 18 + rowHeight * Double(index)
      let interval = intervals[index]
      drawing.text(
        shortened(stage.name, to: 24), x: left - 14, y: y + 4, anchor: .end, style: "strong")
      drawing.line(
        fromX: x(interval.low), fromY: y, toX: x(interval.high), toY: y, style: "whisker")
      drawing.circle(
        x: x(stage.top1 ?? 0), y: y, radius: 5, style: "dot",
        tip: "\(stage.name): \(percent(stage.top1, 2)) of \(stage.images) images")
      drawing.text(percent(stage.top1, 2), x: right + 14, y: y + 4, style: "strong")
    }
    return drawing.markup
  }
}
