internal import Tensors

/// The k largest or smallest along an axis: values, then their places.
private func topPlaces(
  _ operation: GeneralOperation, _ operands: GeneralOperands, _ shape: [Int]
) throws(ShapeProblem) -> (sources: [Int], places: [Int]) {
  let x = try operands.constant(0)
  let axis = try problemAxis(operation.integer("axis", -1), rank: shape.count)
  let isLargest = operation.flag("largest", true)
  let (extent, count) = (x.shape[axis], shape[axis])
  let inner = Array(shape[(axis + 1)...]).product
  var sources = [Int](repeating: 0, count: shape.product)
  var places = sources
  func ordered<Value: Comparable>(_ values: [Value], from base: Int) -> [Int] {
    (0..<extent).sorted { left, right in
      let (a, b) = (values[base + left * inner], values[base + right * inner])
      // What is no number is like any other.
      if !(a < b), !(b < a) { return left < right }
      return isLargest ? a > b : a < b
    }
  }
  for line in 0..<(count == 0 ? 0 : sources.count / count) {
    let (outer, lane) = (line / inner, line % inner)
    let base = outer * extent * inner + lane
    let order =
      switch x.elements {
      case .reals(let values): ordered(values, from: base)
      case .integers(let values): ordered(values, from: base)
      }
    for (rank, place) in order.prefix(count).enumerated() {
      let target = outer * count * inner + rank * inner + lane
      sources[target] = base + place * inner
      places[target] = place
    }
  }
  return (sources, places)
}

private func selectedPlaces(
  _ operation: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> [Int] {
  let shape = try operands.shape(0)
  let chosen = try operands.constant(1).reals.indices.filter {
    operandIsTrue(operands, $0)
  }
  let axis = try operation.optionalInteger("axis").map { given throws(ShapeProblem) in
    try problemAxis(given, rank: shape.count)
  }
  let extent = axis.map { shape[$0] } ?? shape.product
  guard chosen.allSatisfy({ $0 < extent }) else {
    throw ShapeProblem("chooses beyond an extent of \(extent)")
  }
  return chosen
}

private func operandIsTrue(_ operands: GeneralOperands, _ index: Int) -> Bool {
  operands.constants[1]?.integers?[index] ?? 0 != 0
}

/// Unique's parts: whole slices along an axis, or single elements.
private struct UniqueParts {
  /// The first place of each distinct part, in the order of the result.
  var firsts: [Int] = []
  /// For each part the place of its like in the result.
  var inverse: [Int] = []
  var counts: [Int] = []
  /// The elements of a part by their distance from its first.
  let offsets: [Int]
  let starts: [Int]

  init(_ operation: GeneralOperation, _ x: TypedTensor) throws(ShapeProblem) {
    if let given = operation.optionalInteger("axis") {
      let axis = try problemAxis(given, rank: x.shape.count)
      let inner = Array(x.shape[(axis + 1)...]).product
      starts = (0..<x.shape[axis]).map { $0 * inner }
      let outer = Array(x.shape[..<axis]).product
      offsets = separableSources([
        (0..<outer).map { $0 * inner * x.shape[axis] }, Array(0..<inner),
      ])
    } else {
      starts = Array(0..<x.count)
      offsets = [0]
    }
    guard starts.count <= 1 << 20 else { throw ShapeProblem("has too many elements") }
    switch x.elements {
    case .reals(let values): find(values, isSorted: operation.flag("sorted", true))
    case .integers(let values): find(values, isSorted: operation.flag("sorted", true))
    }
  }

  private mutating func find<Value: Hashable & Comparable>(_ values: [Value], isSorted: Bool) {
    let parts = starts.map { start in offsets.map { values[start + $0] } }
    var seen: [[Value]: Int] = [:]
    var found: [Int] = []
    for index in parts.indices {
      if let known = seen[parts[index]] {
        inverse.append(known)
        counts[known] += 1
      } else {
        seen[parts[index]] = found.count
        inverse.append(found.count)
        found.append(index)
        counts.append(1)
      }
    }
    var order = Array(found.indices)
    if isSorted {
      order.sort { parts[found[$0]].lexicographicallyPrecedes(parts[found[$1]]) }
    }
    var rank = order
    for (position, index) in order.enumerated() { rank[index] = position }
    inverse = inverse.map { rank[$0] }
    counts = order.map { counts[$0] }
    firsts = order.map { found[$0] }
  }
}

/// Boxes of NonMaxSuppression as corners, for the overlap of two.
private struct CornerBox {
  let (left, top, right, bottom): (Float, Float, Float, Float)

  init(_ numbers: ArraySlice<Float>, isCentred: Bool) {
    let n = Array(numbers)
    if isCentred {
      (left, top) = (n[0] - n[2] / 2, n[1] - n[3] / 2)
      (right, bottom) = (n[0] + n[2] / 2, n[1] + n[3] / 2)
    } else {
      (left, right) = (min(n[1], n[3]), max(n[1], n[3]))
      (top, bottom) = (min(n[0], n[2]), max(n[0], n[2]))
    }
  }

  var area: Float { (right - left) * (bottom - top) }

  /// Intersection over union.
  func overlap(_ other: CornerBox) -> Float {
    let width = max(0, min(right, other.right) - max(left, other.left))
    let height = max(0, min(bottom, other.bottom) - max(top, other.top))
    let common = width * height
    let joined = area + other.area - common
    return joined > 0 ? common / joined : 0
  }
}

/// The chosen boxes as (batch, class, box), best scores first within each class.
private func suppressed(
  _ operation: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> [Int] {
  let (boxes, scores) = (try operands.constant(0), try operands.constant(1))
  guard boxes.shape.count == 3, scores.shape.count == 3, boxes.shape[2] == 4,
    boxes.shape[0] == scores.shape[0], boxes.shape[1] == scores.shape[2]
  else { throw ShapeProblem("takes boxes [batch, n, 4] and scores [batch, classes, n]") }
  let limit = try operands.optional(2)?.reals.first.map { Int(clampedFrom: $0) } ?? 0
  let bound = try operands.optional(3)?.reals.first ?? 0
  let lowest = try operands.optional(4)?.reals.first ?? -.infinity
  let isCentred = operation.integer("center_point_box", 0) == 1
  let (count, classes) = (boxes.shape[1], scores.shape[1])
  // So many comparisons of boxes end in reasonable time; each is at least looked at.
  let perBox = min(max(limit, 1), max(count, 1))
  guard try elementCount([boxes.shape[0], classes, count, perBox]) <= 1 << 26 else {
    throw ShapeProblem(
      "chooses up to \(limit) of \(count) boxes in \(classes) classes, which is too much")
  }
  let (numbers, values) = (boxes.reals, scores.reals)
  var chosen: [Int] = []
  for batch in 0..<boxes.shape[0] {
    let corners = (0..<count).map { index in
      let start = (batch * count + index) * 4
      return CornerBox(numbers[start..<start + 4], isCentred: isCentred)
    }
    for label in 0..<classes {
      let base = (batch * classes + label) * count
      let order = (0..<count).filter { values[base + $0] > lowest }.sorted {
        values[base + $0] == values[base + $1] ? $0 < $1 : values[base + $0] > values[base + $1]
      }
      var kept: [Int] = []
      for index in order where kept.count < limit {
        if kept.allSatisfy({ corners[$0].overlap(corners[index]) <= bound }) { kept.append(index) }
      }
      for index in kept { chosen += [batch, label, index] }
    }
  }
  return chosen
}

extension GeneralOperation {
  static let selectionRules: [String: OperatorRule] = [
    "NonZero": OperatorRule { _, operands throws(ShapeProblem) in
      let x = try operands.constant(0)
      return ResultForm(.int64, [x.shape.count, x.reals.count { $0 != 0 }])
    } compute: { _, operands, _ throws(ShapeProblem) in
      let x = try operands.constant(0)
      let values = x.reals
      let places = values.indices.filter { values[$0] != 0 }
      let strides = rowMajorStrides(x.shape)
      return .integers(
        x.shape.indices.flatMap { axis in places.map { $0 / strides[axis] % x.shape[axis] } })
    },
    "TopK": OperatorRule { operation, operands throws(ShapeProblem) in
      var shape = try operands.shape(0)
      let axis = try problemAxis(operation.integer("axis", -1), rank: shape.count)
      let count = try operands.integer(1)
      guard (0...shape[axis]).contains(count) else {
        throw ShapeProblem("takes \(count) of \(shape[axis])")
      }
      shape[axis] = count
      return ResultForm(operation.output == 0 ? try operands.type(0) : .int64, shape)
    } compute: { operation, operands, form throws(ShapeProblem) in
      let (sources, places) = try topPlaces(operation, operands, form.shape)
      return operation.output == 0
        ? try operands.constant(0).elements.picked(sources) : .integers(places)
    },
    "Compress": OperatorRule { operation, operands throws(ShapeProblem) in
      let count = try selectedPlaces(operation, operands).count
      var shape = try operands.shape(0)
      if let axis = operation.optionalInteger("axis") {
        shape[try problemAxis(axis, rank: shape.count)] = count
      } else {
        shape = [count]
      }
      return ResultForm(try operands.type(0), shape)
    } compute: { operation, operands, form throws(ShapeProblem) in
      let x = try operands.constant(0)
      let chosen = try selectedPlaces(operation, operands)
      guard let given = operation.optionalInteger("axis") else { return x.elements.picked(chosen) }
      let axis = try problemAxis(given, rank: x.shape.count)
      let stride = rowMajorStrides(x.shape)[axis]
      let outer = Array(x.shape[..<axis]).product
      return x.elements.picked(
        separableSources([
          (0..<outer).map { $0 * stride * x.shape[axis] }, chosen.map { $0 * stride },
          Array(0..<Array(x.shape[(axis + 1)...]).product),
        ]))
    },
    "Unique": OperatorRule { operation, operands throws(ShapeProblem) in
      let x = try operands.constant(0)
      let parts = try UniqueParts(operation, x)
      switch operation.output {
      case 0:
        guard let axis = operation.optionalInteger("axis") else {
          return ResultForm(x.type, [parts.firsts.count])
        }
        var shape = x.shape
        shape[try problemAxis(axis, rank: shape.count)] = parts.firsts.count
        return ResultForm(x.type, shape)
      case 2: return ResultForm(.int64, [parts.inverse.count])
      default: return ResultForm(.int64, [parts.firsts.count])
      }
    } compute: { operation, operands, _ throws(ShapeProblem) in
      let x = try operands.constant(0)
      let parts = try UniqueParts(operation, x)
      switch operation.output {
      case 0:
        guard operation.optionalInteger("axis") != nil else {
          return x.elements.picked(parts.firsts)
        }
        let axis = try problemAxis(operation.integer("axis", 0), rank: x.shape.count)
        let inner = Array(x.shape[(axis + 1)...]).product
        let outer = Array(x.shape[..<axis]).product
        return x.elements.picked(
          separableSources([
            (0..<outer).map { $0 * inner * x.shape[axis] }, parts.firsts.map { $0 * inner },
            Array(0..<inner),
          ]))
      case 1: return .integers(parts.firsts)
      case 2: return .integers(parts.inverse)
      default: return .integers(parts.counts)
      }
    },
    "NonMaxSuppression": OperatorRule { operation, operands throws(ShapeProblem) in
      ResultForm(.int64, [try suppressed(operation, operands).count / 3, 3])
    } compute: { operation, operands, _ throws(ShapeProblem) in
      .integers(try suppressed(operation, operands))
    } whole: { operation, operands throws(ShapeProblem) in
      let chosen = try suppressed(operation, operands)
      return TypedTensor(shape: [chosen.count / 3, 3], integers: chosen)
    },
  ]
}
