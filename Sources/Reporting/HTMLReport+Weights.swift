extension HTMLReport {
  /// How often each weight code occurs, a small picture per layer.
  var codeSection: Markup {
    let pictures = record.layers.enumerated().filter { !$1.codes.isEmpty }.map { index, layer in
      figure("\(index + 1) \(layer.name)", codePlot(layer))
    }
    guard !pictures.isEmpty else { return .empty }
    return section(
      "Weight codes", "Share of each code among a layer's weights.",
      [.element("div", ["class": "many"], pictures)])
  }

  private func codePlot(_ layer: LayerRecord) -> Markup {
    let total = Double(layer.codes.reduce(0) { $0 + $1.count })
    let largest = Double(layer.codes.map(\.count).max() ?? 1)
    let step = 172.0 / Double(layer.codes.count)
    var drawing = Drawing(width: 176, height: 92, label: "Weight codes of \(layer.name)")
    for (index, code) in layer.codes.enumerated() {
      let height = Double(code.count) / largest * 54
      let x = 2 + step * Double(index)
      let share = Double(code.count) / total
      drawing.rectangle(
        x: x + step * 0.1, y: 72 - height, width: step * 0.8, height: height,
        style: code.code == 0 ? "quiet" : "bar",
        tip: "code \(code.code): \(code.count) (\(percent(share)))")
      // More than nine codes (int8) leave no room for numbers.
      guard layer.codes.count <= 9 else { continue }
      let middle = x + step / 2
      drawing.text("\(code.code)", x: middle, y: 87, anchor: .middle, style: "small")
      if layer.codes.count <= 5 {
        drawing.text(
          percent(share, 0), x: middle, y: 68 - height, anchor: .middle, style: "small strong")
      }
    }
    drawing.line(fromX: 0, fromY: 72, toX: 176, toY: 72, style: "axis")
    return drawing.markup
  }

  /// The weights before and after, a small picture per layer.
  var weightSection: Markup {
    let pictures = record.layers.enumerated().compactMap { index, layer in
      layer.weightsBefore.map { before in
        figure("\(index + 1) \(layer.name)", weightPlot(layer.name, before, layer.weightsAfter))
      }
    }
    guard !pictures.isEmpty else { return .empty }
    let keys = Markup.element("p", [:], [key("quiet", "before"), key("bar", "after")])
    return section(
      "Weights before and after",
      "Distribution of the values of a layer's weights; each of the two is scaled to its own "
        + "highest bin.", [keys, .element("div", ["class": "many"], pictures)])
  }

  private func weightPlot(_ name: String, _ before: Histogram, _ after: Histogram?) -> Markup {
    let low = min(before.low, after?.low ?? before.low)
    let high = max(before.high, after?.high ?? before.high)
    let width = high - low
    func x(_ value: Double) -> Double {
      width > 0 ? 2 + (value - low) / width * 172 : 88
    }
    var drawing = Drawing(width: 176, height: 86, label: "Weights of \(name) before and after")
    let largest = Double(before.counts.max() ?? 0)
    if largest > 0 {
      let bin = (before.high - before.low) / Double(before.counts.count)
      let points = before.counts.enumerated().map { index, count in
        (
          x: x(before.low + bin * (Double(index) + 0.5)), y: 68 - Double(count) / largest * 62
        )
      }
      drawing.area(points, base: 68, style: "quiet")
    }
    if let after, let most = after.counts.max(), most > 0 {
      let bin = (after.high - after.low) / Double(after.counts.count)
      for (index, count) in after.counts.enumerated() where count > 0 {
        let middle = x(after.low + bin * (Double(index) + 0.5))
        let height = Double(count) / Double(most) * 62
        drawing.rectangle(
          x: middle - 1, y: 68 - height, width: 2, height: height, style: "bar",
          tip: "\(count) weights near \(significant(after.low + bin * (Double(index) + 0.5)))")
      }
    }
    drawing.line(fromX: 0, fromY: 68, toX: 176, toY: 68, style: "axis")
    drawing.text(significant(low), x: 0, y: 82, style: "small")
    drawing.text(significant(high), x: 176, y: 82, anchor: .end, style: "small")
    return drawing.markup
  }

  private func figure(_ caption: String, _ picture: Markup) -> Markup {
    .element("figure", [:], [.element("figcaption", [:], caption), picture])
  }

  /// One entry of a legend.
  func key(_ style: String, _ text: String) -> Markup {
    var mark = Drawing(width: 12, height: 12, label: "")
    mark.rectangle(x: 0, y: 0, width: 12, height: 12, style: style)
    return .element("span", ["class": "key"], [mark.markup, .escaping(text)])
  }
}
