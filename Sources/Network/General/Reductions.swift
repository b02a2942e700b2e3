internal import Glibc
internal import Tensors

/// The axes that a reduction joins: input 1, or all; none where it says so.
private func reducedAxes(
  _ operation: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> [Int] {
  let rank = try operands.shape(0).count
  let given = operands.has(1) ? try operands.integers(1) : []
  if given.isEmpty { return operation.flag("noop_with_empty_axes") ? [] : Array(0..<rank) }
  return try problemAxes(given, rank: rank).sorted()
}

private func reducedForm(
  _ operation: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> ResultForm {
  let shape = try operands.shape(0)
  let axes = try reducedAxes(operation, operands)
  let keeps = operation.flag("keepdims", true)
  return ResultForm(
    try operands.type(0),
    shape.indices.compactMap { axes.contains($0) ? (keeps ? 1 : nil) : shape[$0] })
}

/// For each element of a tensor the element of the result that it goes to.
func reductionTargets(_ shape: [Int], axes: [Int]) -> [Int] {
  let kept = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
  let strides = rowMajorStrides(kept)
  return separableSources(
    shape.indices.map { axis in
      (0..<shape[axis]).map { axes.contains(axis) ? 0 : $0 * strides[axis] }
    })
}

/// How integers are reduced without rounding.
private struct IntegerReduction: Sendable {
  /// What nothing is reduced to.
  var start: @Sendable (ElementType) -> Int = { _ in 0 }
  var before: @Sendable (Int) -> Int = { $0 }
  var joining: @Sendable (Int, Int) -> Int = { $0 &+ $1 }
  /// Of the joined elements and their count.
  var after: @Sendable (Int, Int) -> Int = { sum, _ in sum }
}

/// A reduction: before, joining, and after it, on doubles or on integers.
///
/// - Parameter integers: nil where integers are computed as doubles too.
private func reduction(
  opset: Int = 18, from start: Double,
  before: @escaping @Sendable (Double) -> Double = { $0 },
  joining: @escaping @Sendable (Double, Double) -> Double = { $0 + $1 },
  after: @escaping @Sendable (Double, Double) -> Double = { sum, _ in sum },
  integers: IntegerReduction? = nil
) -> OperatorRule {
  OperatorRule(opset: opset, form: reducedForm) { operation, operands, form throws(ShapeProblem) in
    let x = try operands.constant(0)
    let axes = try reducedAxes(operation, operands)
    let results = form.shape.product
    // One element each: nothing is joined, but the functions around it still apply.
    let count = results == 0 ? 0 : Double(axes.reduce(1) { $0 * x.shape[$1] })
    var sums = [Double](repeating: start, count: results)
    let targets = reductionTargets(x.shape, axes: axes)
    switch x.elements {
    case .reals(let values):
      for index in targets.indices {
        sums[targets[index]] = joining(sums[targets[index]], before(Double(values[index])))
      }
      return .reals(sums.map { Float(after($0, count)) })
    case .integers(let values):
      if let integers {
        var sums = [Int](repeating: integers.start(form.type), count: results)
        for (index, target) in targets.enumerated() {
          sums[target] = integers.joining(sums[target], integers.before(values[index]))
        }
        return .integers(sums.map { form.type.wrapping(integers.after($0, Int(count))) })
      }
      for index in targets.indices {
        sums[targets[index]] = joining(sums[targets[index]], before(Double(values[index])))
      }
      return .integers(
        sums.map { form.type.wrapping(Int(clampedFrom: Float64(after($0, count)))) })
    }
  }
}

extension Int {
  /// Towards zero; what no `Int` can be becomes the nearest one, and NaN 0.
  fileprivate init(clampedFrom value: Float64) {
    if value.isNaN {
      self = 0
    } else if value >= 0x1p63 {
      self = .max
    } else if value <= -0x1p63 {
      self = .min
    } else {
      self = Int(value)
    }
  }
}

private let logSumExp = OperatorRule(opset: 18, form: reducedForm) {
  operation, operands, form throws(ShapeProblem) in
  let x = try operands.constant(0)
  let targets = reductionTargets(x.shape, axes: try reducedAxes(operation, operands))
  let values = x.reals.map(Double.init)
  var largest = [Double](repeating: -.infinity, count: form.shape.product)
  for (index, target) in targets.enumerated() {
    largest[target] = max(largest[target], values[index])
  }
  var sums = [Double](repeating: 0, count: largest.count)
  for (index, target) in targets.enumerated() where largest[target].isFinite {
    sums[target] += exp(values[index] - largest[target])
  }
  return .reals(
    zip(largest, sums).map { Float($0.isFinite ? $0 + log($1) : $0) })
}

/// ArgMax and ArgMin: the place of the first, or last, extreme element along an axis.
private func extremePlace(isLargest: Bool) -> OperatorRule {
  OperatorRule { operation, operands throws(ShapeProblem) in
    var shape = try operands.shape(0)
    let axis = try problemAxis(operation.integer("axis", 0), rank: shape.count)
    guard shape[axis] > 0 else { throw ShapeProblem("axis \(axis) is empty") }
    if operation.flag("keepdims", true) { shape[axis] = 1 } else { shape.remove(at: axis) }
    return ResultForm(.int64, shape)
  } compute: { operation, operands, form throws(ShapeProblem) in
    let x = try operands.constant(0)
    let axis = try problemAxis(operation.integer("axis", 0), rank: x.shape.count)
    let prefersLast = operation.flag("select_last_index")
    let inner = Array(x.shape[(axis + 1)...]).product
    func places<Value: Comparable>(_ values: [Value]) -> [Int] {
      (0..<form.shape.product).map { result in
        let base = result / inner * inner * x.shape[axis] + result % inner
        var best = 0
        for place in 1..<max(x.shape[axis], 1) {
          let (found, held) = (values[base + place * inner], values[base + best * inner])
          let isBetter = isLargest ? found > held : found < held
          if isBetter || prefersLast && found == held { best = place }
        }
        return best
      }
    }
    switch x.elements {
    case .reals(let values): return .integers(places(values))
    case .integers(let values): return .integers(places(values))
    }
  }
}

/// A function along one axis, from the lines of the operand to those of the result.
private func alongAxis(
  opset: Int = 13, default axis: Int = -1,
  _ line: @escaping @Sendable (GeneralOperation, inout [Double]) -> Void
) -> OperatorRule {
  OperatorRule(opset: opset) { operation, operands throws(ShapeProblem) in
    let shape = try operands.shape(0)
    _ = try problemAxis(operation.integer("axis", axis), rank: shape.count)
    return ResultForm(try operands.type(0), shape)
  } compute: { operation, operands, form throws(ShapeProblem) in
    let along = try problemAxis(operation.integer("axis", axis), rank: form.shape.count)
    let inner = Array(form.shape[(along + 1)...]).product
    let extent = form.shape[along]
    var values = try operands.reals(0)
    guard extent > 0 else { return .reals(values) }
    var buffer = [Double](repeating: 0, count: extent)
    for index in 0..<values.count / extent {
      let base = index / inner * inner * extent + index % inner
      for place in 0..<extent { buffer[place] = Double(values[base + place * inner]) }
      line(operation, &buffer)
      for place in 0..<extent { values[base + place * inner] = Float(buffer[place]) }
    }
    return .reals(values)
  }
}

extension GeneralOperation {
  static let reductionRules: [String: OperatorRule] = [
    "ReduceSum": reduction(opset: 13, from: 0, integers: IntegerReduction()),
    "ReduceMean": reduction(
      from: 0, after: { sum, count in sum / count },
      integers: IntegerReduction(after: { sum, count in count == 0 ? 0 : sum / count })),
    "ReduceMax": reduction(
      opset: 20, from: -.infinity, joining: { $1.isNaN || $1 > $0 ? $1 : $0 },
      integers: IntegerReduction(
        start: { $0.integerRange?.lowerBound ?? .min }, joining: { max($0, $1) })),
    "ReduceMin": reduction(
      opset: 20, from: .infinity, joining: { $1.isNaN || $1 < $0 ? $1 : $0 },
      integers: IntegerReduction(
        start: { $0.integerRange?.upperBound ?? .max }, joining: { min($0, $1) })),
    "ReduceProd": reduction(
      from: 1, joining: { $0 * $1 },
      integers: IntegerReduction(start: { _ in 1 }, joining: { $0 &* $1 })),
    "ReduceL1": reduction(
      from: 0, before: { abs($0) },
      integers: IntegerReduction(before: { $0 < 0 ? 0 &- $0 : $0 })),
    "ReduceL2": reduction(from: 0, before: { $0 * $0 }, after: { sum, _ in sum.squareRoot() }),
    "ReduceLogSum": reduction(from: 0, after: { sum, _ in log(sum) }),
    "ReduceLogSumExp": logSumExp,
    "ReduceSumSquare": reduction(
      from: 0, before: { $0 * $0 }, integers: IntegerReduction(before: { $0 &* $0 })),
    "ArgMax": extremePlace(isLargest: true),
    "ArgMin": extremePlace(isLargest: false),
    "Softmax": alongAxis { _, line in
      let largest = line.max() ?? 0
      for index in line.indices { line[index] = exp(line[index] - largest) }
      let sum = line.reduce(0, +)
      for index in line.indices { line[index] /= sum }
    },
    "LogSoftmax": alongAxis { _, line in
      let largest = line.max() ?? 0
      let sum = log(line.reduce(0) { $0 + exp($1 - largest) }) + largest
      for index in line.indices { line[index] -= sum }
    },
    "Hardmax": alongAxis { _, line in
      let place = line.indices.max { line[$0] < line[$1] || line[$0] == line[$1] && $0 > $1 } ?? 0
      for index in line.indices { line[index] = index == place ? 1 : 0 }
    },
    "LpNormalization": alongAxis(opset: 1) { operation, line in
      let isFirst = operation.integer("p", 2) == 1
      let norm =
        isFirst
        ? line.reduce(0) { $0 + abs($1) }
        : line.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for index in line.indices { line[index] = norm == 0 ? 0 : line[index] / norm }
    },
    "CumSum": OperatorRule(opset: 14) { _, operands throws(ShapeProblem) in
      ResultForm(try operands.type(0), try operands.shape(0))
    } compute: { operation, operands, form throws(ShapeProblem) in
      let along = try problemAxis(try operands.integer(1), rank: form.shape.count)
      let (isExclusive, isReverse) = (operation.flag("exclusive"), operation.flag("reverse"))
      let x = try operands.constant(0)
      let inner = Array(form.shape[(along + 1)...]).product
      let extent = form.shape[along]
      func sums<Value: AdditiveArithmetic>(
        _ values: [Value], _ add: (Value, Value) -> Value
      ) -> [Value] {
        var result = values
        for line in 0..<(extent == 0 ? 0 : values.count / extent) {
          let base = line / inner * inner * extent + line % inner
          var sum = Value.zero
          for step in 0..<extent {
            let place = base + (isReverse ? extent - 1 - step : step) * inner
            let next = add(sum, values[place])
            result[place] = isExclusive ? sum : next
            sum = next
          }
        }
        return result
      }
      switch x.elements {
      case .reals(let values): return .reals(sums(values, +))
      case .integers(let values): return .integers(sums(values, &+).map(form.type.wrapping))
      }
    },
  ]
}
