internal import Glibc
internal import Tensors

/// Shape's range of axes.
private func shapeRange(
  _ operation: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> ArraySlice<Int> {
  let shape = try operands.shape(0)
  func bound(_ value: Int) -> Int {
    min(max(value < 0 ? value + shape.count : value, 0), shape.count)
  }
  let (start, end) = (
    bound(max(operation.integer("start", 0), -1 << 40)),
    bound(max(operation.integer("end", shape.count), -1 << 40))
  )
  return start < end ? shape[start..<end] : []
}

/// The number of steps of Range.
private func rangeCount(_ operands: GeneralOperands) throws(ShapeProblem) -> Int {
  var bounds: [TypedTensor] = []
  for index in 0..<3 { bounds.append(try operands.constant(index)) }
  guard bounds.allSatisfy({ $0.count == 1 }) else { throw ShapeProblem("takes three numbers") }
  let count: Double
  if let start = bounds[0].integers?[0], let end = bounds[1].integers?[0],
    let step = bounds[2].integers?[0]
  {
    count = ((Double(end) - Double(start)) / Double(step)).rounded(.up)
  } else {
    let values = bounds.map { Double($0.reals[0]) }
    count = ((values[1] - values[0]) / values[2]).rounded(.up)
  }
  guard count.isFinite, abs(count) < 0x1p40 else { throw ShapeProblem("would not end") }
  return max(0, Int(count))
}

private func filledShape(_ operands: GeneralOperands) throws(ShapeProblem) -> [Int] {
  let shape = try operands.integers(0)
  guard shape.allSatisfy((0...1 << 40).contains) else {
    throw ShapeProblem("the shape is \(shape)")
  }
  return shape
}

/// Hann, Hamming and Blackman windows: cosines with these weights.
private func window(_ weights: [Double]) -> OperatorRule {
  OperatorRule(opset: 17) { operation, operands throws(ShapeProblem) in
    let size = try operands.integer(0)
    guard (0...attributeLimit).contains(size) else { throw ShapeProblem("has \(size) elements") }
    return ResultForm(.float32, [size])
  } compute: { operation, _, form throws(ShapeProblem) in
    let size = form.shape[0]
    let period = Double(operation.flag("periodic", true) ? size : size - 1)
    return .reals(
      (0..<size).map { index in
        var sum = 0.0
        for (order, weight) in weights.enumerated() {
          sum += weight * cos(2 * .pi * Double(order * index) / max(period, 1))
        }
        return Float(sum)
      })
  }
}

private let oneHot = OperatorRule { operation, operands throws(ShapeProblem) in
  var shape = try operands.shape(0)
  let depth = Int(clampedFrom: try operands.constant(1).reals.first ?? 0)
  guard try operands.constant(1).count == 1, (0...attributeLimit).contains(depth) else {
    throw ShapeProblem("the depth is \(depth)")
  }
  let axis = try problemAxis(operation.integer("axis", -1), rank: shape.count + 1)
  shape.insert(depth, at: axis)
  return ResultForm(try operands.type(2), shape)
} compute: { operation, operands, form throws(ShapeProblem) in
  let axis = try problemAxis(operation.integer("axis", -1), rank: form.shape.count)
  let depth = form.shape[axis]
  let values = try operands.constant(2)
  guard values.count == 2 else { throw ShapeProblem("needs an off and an on value") }
  let indices = try operands.constant(0).reals.map { Int(clampedFrom: $0) }
  let inner = Array(form.shape[(axis + 1)...]).product
  let places = (0..<form.shape.product).map { result in
    let index = indices[result / (inner * depth) * inner + result % inner]
    let wanted = index < 0 ? index &+ depth : index
    return result / inner % depth == wanted ? 1 : 0
  }
  return values.elements.picked(places)
}

extension GeneralOperation {
  static let creatingRules: [String: OperatorRule] = [
    "Shape": OperatorRule(opset: 15) { operation, operands throws(ShapeProblem) in
      ResultForm(.int64, [try shapeRange(operation, operands).count])
    } compute: { operation, operands, _ throws(ShapeProblem) in
      .integers(Array(try shapeRange(operation, operands)))
    },
    "Size": OperatorRule { _, operands throws(ShapeProblem) in
      ResultForm(.int64, [])
    } compute: { _, operands, _ throws(ShapeProblem) in
      .integers([try elementCount(try operands.shape(0))])
    },
    // The value is the second input, which the operator has as an attribute.
    "ConstantOfShape": OperatorRule { _, operands throws(ShapeProblem) in
      ResultForm(try operands.type(1), try filledShape(operands))
    } compute: { _, operands, form throws(ShapeProblem) in
      try operands.constant(1).elements.picked(
        [Int](repeating: 0, count: form.shape.product))
    },
    "Range": OperatorRule { _, operands throws(ShapeProblem) in
      ResultForm(try operands.type(0), [try rangeCount(operands)])
    } compute: { _, operands, form throws(ShapeProblem) in
      let (start, step) = (try operands.constant(0), try operands.constant(2))
      if let first = start.integers?[0], let step = step.integers?[0] {
        return .integers((0..<form.shape[0]).map { form.type.wrapping(first &+ $0 &* step) })
      }
      let (first, width) = (Double(start.reals[0]), Double(step.reals[0]))
      let values = (0..<form.shape[0]).map { Float(first + Double($0) * width) }
      return form.type.isReal
        ? .reals(values) : .integers(values.map { form.type.wrapping(Int(clampedFrom: $0)) })
    },
    "EyeLike": OperatorRule { operation, operands throws(ShapeProblem) in
      let shape = try operands.shape(0)
      guard shape.count == 2 else { throw ShapeProblem("needs a matrix") }
      let stated = ElementType(rawValue: operation.text("dtype", ""))
      let own = try operands.type(0)
      return ResultForm(stated ?? own, shape)
    } compute: { operation, _, form throws(ShapeProblem) in
      let diagonal = operation.integer("k", 0)
      let columns = max(form.shape[1], 1)
      let ones = (0..<form.shape.product).map { index in
        index % columns &- index / columns == diagonal ? 1 : 0
      }
      return form.type.isReal ? .reals(ones.map { Float($0) }) : .integers(ones)
    },
    "OneHot": oneHot,
    "HannWindow": window([0.5, -0.5]),
    "HammingWindow": window([25.0 / 46, -21.0 / 46]),
    "BlackmanWindow": window([0.42, -0.5, 0.08]),
  ]
}
