/// An SVG picture under construction. A shape with a coordinate that is not finite is left out, so
/// no NaN ever reaches the file.
///
/// Colours come from the report's style sheet by class.
struct Drawing {
  private let width: Double
  private let height: Double
  private let label: String
  private var shapes: [Markup] = []

  /// - Parameter label: what the picture shows, for readers who cannot see it.
  init(width: Double, height: Double, label: String) {
    self.width = width
    self.height = height
    self.label = label
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, style: String, tip: String? = nil
  ) {
    guard [x, y, width, height].allSatisfy(\.isFinite), width >= 0, height >= 0 else { return }
    shapes.append(
      .element(
        "rect",
        [
          "x": number(x), "y": number(y), "width": number(width), "height": number(height),
          "class": style,
        ], Self.tip(tip)))
  }

  mutating func line(
    fromX: Double, fromY: Double, toX: Double, toY: Double, style: String
  ) {
    guard [fromX, fromY, toX, toY].allSatisfy(\.isFinite) else { return }
    shapes.append(
      .element(
        "line",
        [
          "x1": number(fromX), "y1": number(fromY), "x2": number(toX), "y2": number(toY),
          "class": style,
        ]))
  }

  mutating func circle(x: Double, y: Double, radius: Double, style: String, tip: String? = nil) {
    guard [x, y, radius].allSatisfy(\.isFinite), radius >= 0 else { return }
    shapes.append(
      .element(
        "circle", ["cx": number(x), "cy": number(y), "r": number(radius), "class": style],
        Self.tip(tip)))
  }

  /// The area between a line through `points` and the base line `y`.
  mutating func area(_ points: [(x: Double, y: Double)], base: Double, style: String) {
    guard let first = points.first, let last = points.last, base.isFinite,
      points.allSatisfy({ $0.x.isFinite && $0.y.isFinite })
    else { return }
    var path = "M\(number(first.x)) \(number(base))"
    for point in points { path += "L\(number(point.x)) \(number(point.y))" }
    path += "L\(number(last.x)) \(number(base))Z"
    shapes.append(.element("path", ["d": path, "class": style]))
  }

  /// Where text stands to its point.
  enum Anchor: String { case start, middle, end }

  mutating func text(
    _ content: String, x: Double, y: Double, anchor: Anchor = .start, style: String = "label"
  ) {
    guard x.isFinite, y.isFinite else { return }
    shapes.append(
      .element(
        "text",
        ["x": number(x), "y": number(y), "text-anchor": anchor.rawValue, "class": style],
        content))
  }

  /// The whole picture.
  var markup: Markup {
    .element(
      "svg",
      [
        "viewBox": "0 0 \(number(width)) \(number(height))", "width": number(width),
        "height": number(height), "role": "img", "aria-label": label,
      ], [.joined(shapes)])
  }

  private func number(_ value: Double) -> String {
    // Two decimals are a fiftieth of a pixel or less; trailing zeros only cost bytes.
    var text = decimals(max(-1e6, min(1e6, value)), 2)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  private static func tip(_ text: String?) -> [Markup] {
    text.map { [.element("title", [:], $0)] } ?? []
  }
}

/// Round positions for the marks of an axis: 1, 2 or 5 times a power of ten apart.
///
/// - Returns: about `count` positions in `low...high`; none where the bounds are not finite or
///   do not differ.
func axisMarks(from low: Double, to high: Double, count: Int) -> [Double] {
  guard low.isFinite, high.isFinite, high > low, count > 0 else { return [] }
  let rough = (high - low) / Double(count)
  var step = 1.0
  while step > rough { step /= 10 }
  while step * 10 <= rough { step *= 10 }
  let factor = rough / step
  step *= factor > 5 ? 10 : factor > 2 ? 5 : factor > 1 ? 2 : 1
  let first = (low / step).rounded(.up)
  let last = (high / step).rounded(.down)
  guard step > 0, last - first < 1000, last >= first else { return [] }
  return (0...Int(last - first)).map { (first + Double($0)) * step }
}

/// Text cut to a length, with an ellipsis in the middle, where names differ least.
func shortened(_ text: String, to count: Int) -> String {
  guard text.count > count, count > 2 else { return text }
  let head = (count - 1) / 2
  return text.prefix(head) + "…" + text.suffix(count - 1 - head)
}
