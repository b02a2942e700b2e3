extension HTMLReport {
  /// The error of every layer as columns, and all layers as a table.
  var layerSection: Markup {
    guard !record.layers.isEmpty else { return .empty }
    let names = ["#", "Layer", "Weights", "Activations", "Shape", "Zeros", "Error", "Size"]
    let styles = ["n", "", "", "", "", "n", "n", "n"]
    let titles = zip(names, styles).map { ($0, $1) } + [("Time", "n"), ("Worker", "")]
    let rows = record.layers.enumerated().map { index, layer in
      row([
        ("\(index + 1)", "n"), (layer.name, "name"), (layer.weights, ""),
        (layer.activations.map { "\($0) bit" } ?? "float", ""),
        (layer.shape.map(String.init).joined(separator: "×"), ""), (percent(layer.zeros), "n"),
        (significant(layer.error), "n"), (byteCount(layer.bytes), "n"),
        (duration(layer.seconds), "n"), (layer.worker ?? "–", ""),
      ])
    }
    let bytes = record.layers.reduce(0) { $0 + $1.bytes }
    let seconds = record.layers.reduce(0) { $0 + $1.seconds }
    let foot = row([
      ("", "n"), ("All layers", "name"), ("", ""), ("", ""), ("", ""), ("", "n"), ("", "n"),
      (byteCount(bytes), "n"), (duration(seconds), "n"), ("", ""),
    ])
    let table = Markup.element(
      "table", [:],
      [
        .element("thead", [:], [row(titles, head: true)]), .element("tbody", [:], rows),
        .element("tfoot", [:], [foot]),
      ])
    return section(
      "Layers",
      "Error is that of a layer's output relative to its target, as its solver reports it: 0 is "
        + "exact, 1 is no better than nothing. Time is the workers' time together.",
      [errorPlot, .element("div", ["class": "wide"], [table])])
  }

  private var errorPlot: Markup {
    let errors = record.layers.map(\.error.finite)
    let largest = errors.compactMap { $0 }.max() ?? 0
    guard largest > 0 else { return .empty }
    let left = 56.0
    let right = 970.0
    let top = 12.0
    let bottom = 176.0
    let step = (right - left) / Double(errors.count)
    func y(_ error: Double) -> Double { bottom - error / largest * (bottom - top) }
    var drawing = Drawing(width: 980, height: 214, label: "Relative output error by layer")
    for mark in axisMarks(from: 0, to: largest, count: 4) {
      drawing.line(fromX: left, fromY: y(mark), toX: right, toY: y(mark), style: "grid")
      drawing.text(significant(mark), x: left - 8, y: y(mark) + 4, anchor: .end)
    }
    let labelEvery = max(1, Int((28 / step).rounded(.up)))
    for (index, layer) in record.layers.enumerated() {
      let x = left + step * (Double(index) + 0.5)
      if index % labelEvery == 0 {
        drawing.text("\(index + 1)", x: x, y: bottom + 16, anchor: .middle)
      }
      guard let error = errors[index] else { continue }
      let width = min(40, step * 0.72)
      drawing.rectangle(
        x: x - width / 2, y: y(error), width: width, height: bottom - y(error), style: "bar",
        tip: "\(index + 1) \(layer.name): \(significant(error))")
    }
    drawing.line(fromX: left, fromY: bottom, toX: right, toY: bottom, style: "axis")
    drawing.text("layer number", x: (left + right) / 2, y: bottom + 34, anchor: .middle)
    return drawing.markup
  }
}
