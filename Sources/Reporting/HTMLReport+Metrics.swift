internal import RunStore

extension HTMLReport {
  /// Numbers that were recorded as series, such as the loss over the steps of a training stage.
  var metricSection: Markup {
    struct Series: Hashable {
      let stage: String
      let name: String
    }
    var points: [Series: [(step: Int, value: Double)]] = [:]
    for metric in metrics where metric.value.isFinite {
      points[Series(stage: metric.stage, name: metric.name), default: []]
        .append((metric.step, metric.value))
    }
    let series = points.filter { $0.value.count > 1 }.sorted {
      ($0.key.stage, $0.key.name) < ($1.key.stage, $1.key.name)
    }
    guard !series.isEmpty else { return .empty }
    let pictures = series.map { series, points in
      Markup.element(
        "figure", [:],
        [.element("figcaption", [:], "\(series.stage): \(series.name)"), curve(points)])
    }
    return section(
      "Measurements over steps", "First and last step below, smallest and largest value left.",
      [.element("div", ["class": "many"], pictures)])
  }

  private func curve(_ points: [(step: Int, value: Double)]) -> Markup {
    let sorted = points.sorted { $0.step < $1.step }
    let low = sorted.map(\.value).min() ?? 0
    let high = sorted.map(\.value).max() ?? 0
    let first = Double(sorted[0].step)
    let last = Double(sorted[sorted.count - 1].step)
    func x(_ step: Int) -> Double { 40 + (Double(step) - first) / (last - first) * 134 }
    func y(_ value: Double) -> Double { high > low ? 8 + (high - value) / (high - low) * 56 : 36 }
    var drawing = Drawing(width: 176, height: 86, label: "Value over steps")
    drawing.line(fromX: 40, fromY: 68, toX: 176, toY: 68, style: "axis")
    for (point, next) in zip(sorted, sorted.dropFirst()) {
      drawing.line(
        fromX: x(point.step), fromY: y(point.value), toX: x(next.step), toY: y(next.value),
        style: "whisker")
    }
    drawing.text(significant(high), x: 34, y: 14, anchor: .end, style: "small")
    if high > low { drawing.text(significant(low), x: 34, y: 68, anchor: .end, style: "small") }
    drawing.text("\(sorted[0].step)", x: 40, y: 82, style: "small")
    drawing.text("\(sorted[sorted.count - 1].step)", x: 176, y: 82, anchor: .end, style: "small")
    return drawing.markup
  }
}
