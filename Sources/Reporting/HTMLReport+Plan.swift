internal import Glibc

extension HTMLReport {
  /// What each candidate set of weights would do to the output, layer by layer, and the choice.
  var planSection: Markup {
    guard let plan = record.plan else { return .empty }
    let names = plan.layers.reduce(into: [String]()) { names, layer in
      for candidate in layer.candidates where !names.contains(candidate.weights) {
        names.append(candidate.weights)
      }
    }
    let bound =
      plan.exact
      ? "no other choice has less"
      : "no choice has less than \(significant(plan.lowerBound))"
    let keys = Markup.element(
      "p", [:], names.enumerated().map { key("hue\($0 % 5)", $1) })
    return section(
      "Bit sets under a budget",
      "Chosen: \(figure(plan.spent, plan.unit)) of a budget of \(figure(plan.limit, plan.unit)). "
        + "Effect is the estimated squared error of the network's output as a share of its "
        + "variance, when this layer alone has these weights; \(significant(plan.effect)) over the "
        + "layers, and \(bound).",
      [
        effectPlot(plan, names), keys,
        .element("div", ["class": "wide"], [planTable(plan, names)]),
      ])
  }

  private func figure(_ value: Double, _ unit: PlanRecord.Unit) -> String {
    switch unit {
    case .bits: "\(decimals(value, 3)) bits per weight"
    case .bytes: "\(Int(max(0, min(value, 1e15)))) bytes"
    }
  }

  private func planTable(_ plan: PlanRecord, _ names: [String]) -> Markup {
    let titles =
      [("#", "n"), ("Layer", ""), ("Chosen", ""), ("Weights", "n")]
      + names.map { ("Effect of \($0)", "n") }
    let rows = plan.layers.enumerated().map { index, layer in
      row(
        [
          ("\(index + 1)", "n"), (layer.name, "name"),
          (layer.weights + (layer.candidates.isEmpty ? " (by the recipe)" : ""), ""),
          ("\(layer.count)", "n"),
        ]
          + names.map { name in
            let candidate = layer.candidates.first { $0.weights == name }
            return (candidate == nil ? "–" : significant(candidate?.effect), "n")
          })
    }
    return .element(
      "table", [:],
      [
        .element("thead", [:], [row(titles, head: true)]), .element("tbody", [:], rows),
      ])
  }

  /// A dot per candidate over the layers, on a logarithmic axis; the chosen one is larger.
  private func effectPlot(_ plan: PlanRecord, _ names: [String]) -> Markup {
    let effects = plan.layers.flatMap { $0.candidates.compactMap(\.effect.finite) }
      .filter { $0 > 0 }
    guard let least = effects.min(), let most = effects.max() else { return .empty }
    let low = log10(least).rounded(.down)
    let high = max(low + 1, log10(most).rounded(.up))
    let (left, right, top, bottom) = (64.0, 970.0, 12.0, 196.0)
    let step = (right - left) / Double(plan.layers.count)
    func y(_ power: Double) -> Double { bottom - (power - low) / (high - low) * (bottom - top) }
    var drawing = Drawing(width: 980, height: 234, label: "Effect of bit sets by layer")
    for power in stride(from: low, through: high, by: max(1, ((high - low) / 6).rounded(.up))) {
      drawing.line(fromX: left, fromY: y(power), toX: right, toY: y(power), style: "grid")
      drawing.text("10^\(Int(power))", x: left - 8, y: y(power) + 4, anchor: .end)
    }
    let labelEvery = max(1, Int((28 / step).rounded(.up)))
    for (index, layer) in plan.layers.enumerated() {
      let x = left + step * (Double(index) + 0.5)
      if index % labelEvery == 0 {
        drawing.text("\(index + 1)", x: x, y: bottom + 16, anchor: .middle)
      }
      for candidate in layer.candidates {
        guard let effect = candidate.effect.finite, effect > 0,
          let hue = names.firstIndex(of: candidate.weights)
        else { continue }
        let isChosen = candidate.weights == layer.weights
        drawing.circle(
          x: x, y: y(log10(effect)), radius: isChosen ? 6 : 2.5, style: "hue\(hue % 5)",
          tip: "\(index + 1) \(layer.name), \(candidate.weights): \(significant(effect))"
            + (isChosen ? " (chosen)" : ""))
      }
    }
    drawing.line(fromX: left, fromY: bottom, toX: right, toY: bottom, style: "axis")
    drawing.text("layer number", x: (left + right) / 2, y: bottom + 34, anchor: .middle)
    return drawing.markup
  }
}
