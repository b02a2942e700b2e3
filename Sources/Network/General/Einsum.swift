internal import Tensors

/// Einstein's sum: labels of the axes of each operand and of the result.
private struct EinsteinSum {
  /// `inputs[i]` are the labels of operand i.
  let inputs: [[Character]]
  let output: [Character]
  /// The extent of each label.
  let extents: [Character: Int]

  init(_ equation: String, _ shapes: [[Int]]) throws(ShapeProblem) {
    let text = equation.filter { $0 != " " }
    let sides = text.split(separator: ">", omittingEmptySubsequences: false).map(String.init)
    let left = sides[0].hasSuffix("-") ? String(sides[0].dropLast()) : sides[0]
    let terms = left.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard terms.count == shapes.count, sides.count <= 2 else {
      throw ShapeProblem("'\(equation)' does not describe \(shapes.count) operands")
    }
    var inputs: [[Character]] = []
    var extents: [Character: Int] = [:]
    var wildcards = 0
    for (term, shape) in zip(terms, shapes) {
      let labels = try Self.labels(term, rank: shape.count)
      wildcards = max(wildcards, labels.count { $0.isNumber })
      for (label, extent) in zip(labels, shape) {
        let known = extents[label] ?? extent
        guard known == extent || known == 1 || extent == 1 else {
          throw ShapeProblem("label '\(label)' stands for \(known) and \(extent)")
        }
        extents[label] = known == 1 ? extent : known
      }
      inputs.append(labels)
    }
    self.inputs = inputs
    self.extents = extents
    let dots = (0..<wildcards).reversed().map { Character("\($0)") }
    if sides.count == 2 {
      output = try Self.labels(
        sides[1], rank: sides[1].contains(".") ? sides[1].count - 3 + wildcards : sides[1].count)
    } else {
      let all = inputs.flatMap { $0 }
      let single = Set(all).filter { label in
        !label.isNumber && all.count { $0 == label } == 1
      }
      output = dots + single.sorted()
    }
    let known = extents
    guard Set(output).count == output.count, output.allSatisfy({ known[$0] != nil }) else {
      throw ShapeProblem("'\(equation)' has labels in its result that no operand has")
    }
  }

  /// The labels of one term; the axes of an ellipsis are digits, the last one being 0.
  private static func labels(_ term: String, rank: Int) throws(ShapeProblem) -> [Character] {
    let parts = Array(term)
    guard let start = parts.firstIndex(of: ".") else {
      guard parts.count == rank, parts.allSatisfy(\.isLetter) else {
        throw ShapeProblem("'\(term)' does not describe \(rank) axes")
      }
      return parts
    }
    let wildcards = rank - (parts.count - 3)
    guard start + 3 <= parts.count, parts[start..<start + 3].allSatisfy({ $0 == "." }),
      (0...9).contains(wildcards)
    else { throw ShapeProblem("'\(term)' does not describe \(rank) axes") }
    let dots = (0..<wildcards).reversed().map { Character("\($0)") }
    let result = parts[..<start] + dots + parts[(start + 3)...]
    guard result.allSatisfy({ $0.isLetter || $0.isNumber }) else {
      throw ShapeProblem("'\(term)' is no list of labels")
    }
    return Array(result)
  }

  var shape: [Int] { output.map { extents[$0] ?? 1 } }

  /// For each combination of labels, in this order, the place in operand `index`.
  func places(_ index: Int, _ shape: [Int], order: [Character]) -> [Int] {
    let strides = rowMajorStrides(shape)
    return separableSources(
      order.map { label in
        var step = 0
        for (axis, own) in inputs[index].enumerated() where own == label && shape[axis] > 1 {
          step += strides[axis]
        }
        return (0..<(extents[label] ?? 1)).map { $0 * step }
      })
  }
}

/// The most products that one contraction computes, and the most for one element of its result,
/// whose places are held in memory.
private let (termLimit, innerLimit) = (1 << 32, 1 << 24)

extension GeneralOperation {
  static let contractionRules: [String: OperatorRule] = [
    "MatMul": OperatorRule { _, operands throws(ShapeProblem) in
      let type = try operands.type(0)
      guard try operands.type(1).isReal == type.isReal else { throw ShapeProblem("mixes types") }
      return ResultForm(
        type, try ProductShape(try operands.shape(0), try operands.shape(1)).result)
    } compute: { _, operands, form throws(ShapeProblem) in
      let shape = try ProductShape(try operands.shape(0), try operands.shape(1))
      let (a, b) = (try operands.constant(0), try operands.constant(1))
      if let a = a.integers, let b = b.integers {
        return .integers(shape.sums(0, &+) { a[$0] &* b[$1] }.map(form.type.wrapping))
      }
      let (x, y) = (a.reals, b.reals)
      return .reals(shape.sums(0, +) { x[$0] * y[$1] })
    },
    "Einsum": OperatorRule(opset: 12) { operation, operands throws(ShapeProblem) in
      let (sum, shapes) = try einsteinSum(operation, operands)
      let type = try operands.type(0)
      for index in shapes.indices where try operands.type(index).isReal != type.isReal {
        throw ShapeProblem("mixes \(type) and \(try operands.type(index))")
      }
      return ResultForm(type, sum.shape)
    } compute: { operation, operands, form throws(ShapeProblem) in
      let (sum, shapes) = try einsteinSum(operation, operands)
      let joined = sum.extents.keys.filter { !sum.output.contains($0) }.sorted()
      let inner = try elementCount(joined.map { sum.extents[$0] ?? 1 })
      guard inner <= innerLimit, try elementCount(form.shape + [inner]) <= termLimit else {
        throw ShapeProblem("has too many terms")
      }
      var places: [(starts: [Int], steps: [Int])] = []
      for index in shapes.indices {
        places.append(
          (
            sum.places(index, shapes[index], order: sum.output),
            sum.places(index, shapes[index], order: joined)
          ))
      }
      guard form.type.isReal else {
        var terms: [[Int]] = []
        for index in shapes.indices { terms.append(try operands.integers(index)) }
        return .integers(
          contracted(terms, places, form.shape.product, inner, (0, 1), &+, &*)
            .map(form.type.wrapping))
      }
      var terms: [[Float]] = []
      for index in shapes.indices { terms.append(try operands.reals(index)) }
      return .reals(contracted(terms, places, form.shape.product, inner, (0, 1), +, *))
    },
    "Det": OperatorRule(opset: 11) { _, operands throws(ShapeProblem) in
      let shape = try operands.shape(0)
      guard shape.count >= 2, shape[shape.count - 1] == shape[shape.count - 2] else {
        throw ShapeProblem("needs square matrices")
      }
      return ResultForm(try operands.type(0), shape.dropLast(2))
    } compute: { _, operands, form throws(ShapeProblem) in
      let size = try operands.shape(0).last ?? 1
      let values = try operands.reals(0).map(Double.init)
      return .reals(
        (0..<form.shape.product).map { index in
          Float(determinant(values[index * size * size..<(index + 1) * size * size], size))
        })
    },
  ]
}

/// Sums of products of elements by their places: where those of each result start, and the steps
/// from there.
private func contracted<Value>(
  _ terms: [[Value]], _ places: [(starts: [Int], steps: [Int])], _ count: Int, _ inner: Int,
  _ neutral: (zero: Value, one: Value), _ add: (Value, Value) -> Value,
  _ multiply: (Value, Value) -> Value
) -> [Value] {
  (0..<count).map { result in
    var total = neutral.zero
    for step in 0..<inner {
      var product = neutral.one
      for index in terms.indices {
        let place = places[index].starts[result] + places[index].steps[step]
        product = multiply(product, terms[index][place])
      }
      total = add(total, product)
    }
    return total
  }
}

private func einsteinSum(
  _ operation: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> (EinsteinSum, [[Int]]) {
  var shapes: [[Int]] = []
  for index in 0..<operands.count { shapes.append(try operands.shape(index)) }
  return (try EinsteinSum(operation.text("equation", ""), shapes), shapes)
}

/// By Gaussian elimination with the largest pivot.
private func determinant(_ values: ArraySlice<Double>, _ size: Int) -> Double {
  var m = Array(values)
  var product = 1.0
  for column in 0..<size {
    let pivot = (column..<size).max { abs(m[$0 * size + column]) < abs(m[$1 * size + column]) }
    guard let pivot, m[pivot * size + column] != 0 else { return 0 }
    if pivot != column {
      for index in 0..<size { m.swapAt(pivot * size + index, column * size + index) }
      product = -product
    }
    product *= m[column * size + column]
    for row in column + 1..<max(size, column + 1) {
      let factor = m[row * size + column] / m[column * size + column]
      for index in column..<size { m[row * size + index] -= factor * m[column * size + index] }
    }
  }
  return product
}
