internal import Tensors

/// The shapes of a matrix product: batch axes, rows, inner extent, columns.
struct ProductShape {
  let batch: [Int]
  let left: [Int]
  let right: [Int]
  let result: [Int]

  init(_ a: [Int], _ b: [Int]) throws(ShapeProblem) {
    result = try Operation.matMul.outputShape(Operands(shapes: [a, b]))
    left = a.count == 1 ? [1] + a : a
    right = b.count == 1 ? b + [1] : b
    batch = broadcast(Array(left.dropLast(2)), Array(right.dropLast(2))) ?? []
  }

  /// The products of elements that `term` gives, by their places in both operands.
  func sums<Value>(
    _ zero: Value, _ add: (Value, Value) -> Value, _ term: (Int, Int) -> Value
  ) -> [Value] {
    let (rows, inner, columns) = (
      left[left.count - 2], left[left.count - 1], right[right.count - 1]
    )
    let leftStarts = broadcastSources(Array(left.dropLast(2)), to: batch)
    let rightStarts = broadcastSources(Array(right.dropLast(2)), to: batch)
    var results: [Value] = []
    results.reserveCapacity(batch.product * rows * columns)
    for index in 0..<batch.product {
      let (a, b) = (leftStarts[index] * rows * inner, rightStarts[index] * inner * columns)
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = zero
          for step in 0..<inner {
            sum = add(sum, term(a + row * inner + step, b + step * columns + column))
          }
          results.append(sum)
        }
      }
    }
    return results
  }
}

/// An operand's zero points by place: one, one per row (of A), or one per column (of B).
private struct ZeroPoints {
  let values: [Int]
  let stride: Int

  init(_ tensor: TypedTensor?, _ shape: [Int], ofRows: Bool) throws(ShapeProblem) {
    values = tensor?.integers ?? [0]
    stride = ofRows ? shape[shape.count - 1] : 1
    let extent = shape[shape.count - (ofRows ? 2 : 1)]
    guard values.count == 1 || values.count == extent else {
      throw ShapeProblem("\(values.count) zero points do not fit \(shape)")
    }
  }

  subscript(place: Int) -> Int {
    values.count == 1 ? values[0] : values[place / stride % values.count]
  }
}

/// Throws unless these operands hold integers of at most 8 bits.
private func requireCodes(_ operands: GeneralOperands, _ indices: [Int]) throws(ShapeProblem) {
  for index in indices {
    let type = try operands.type(index)
    guard !type.isReal, type.bitCount <= 8 else {
      throw ShapeProblem("input \(index) holds \(type) instead of codes of 8 bits")
    }
  }
}

let integerProduct = OperatorRule(opset: 10) { _, operands throws(ShapeProblem) in
  try requireCodes(operands, [0, 1])
  return ResultForm(
    .int32, try ProductShape(try operands.shape(0), try operands.shape(1)).result)
} compute: { _, operands, form throws(ShapeProblem) in
  let shape = try ProductShape(try operands.shape(0), try operands.shape(1))
  let (a, b) = (try operands.integers(0), try operands.integers(1))
  let zeroA = try ZeroPoints(try operands.optional(2), shape.left, ofRows: true)
  let zeroB = try ZeroPoints(try operands.optional(3), shape.right, ofRows: false)
  return .integers(
    shape.sums(0, &+) { (a[$0] &- zeroA[$0]) &* (b[$1] &- zeroB[$1]) }.map(form.type.wrapping))
}

/// QLinearMatMul: a, its scale, its zero point, b, …, the result's scale and zero point.
let codedProduct = OperatorRule(opset: 21) { _, operands throws(ShapeProblem) in
  try requireCodes(operands, [0, 3])
  let shape = try ProductShape(try operands.shape(0), try operands.shape(3))
  return ResultForm(try operands.type(7), shape.result)
} compute: { _, operands, form throws(ShapeProblem) in
  let shape = try ProductShape(try operands.shape(0), try operands.shape(3))
  let (a, b) = (try operands.integers(0), try operands.integers(3))
  let zeroA = try ZeroPoints(try operands.constant(2), shape.left, ofRows: true)
  let zeroB = try ZeroPoints(try operands.constant(5), shape.right, ofRows: false)
  guard let scaleA = try operands.reals(1).first, let scaleB = try operands.reals(4).first,
    let scale = try operands.reals(6).first, let zero = try operands.integers(7).first,
    try operands.constant(1).count == 1, try operands.constant(4).count == 1
  else { throw ShapeProblem("takes one scale per operand") }
  return .integers(
    shape.sums(0, &+) { (a[$0] &- zeroA[$0]) &* (b[$1] &- zeroB[$1]) }.map {
      code(Float($0) * scaleA * scaleB, scale, zero, form.type)
    })
}

/// Sums of products of integers under a window: x and weights less their zero points.
private func convolved(
  _ operation: GeneralOperation, _ x: TypedTensor, _ zeroX: Int, _ weights: TypedTensor,
  _ zeroW: [Int]
) throws(ShapeProblem) -> [Int] {
  let geometry = try convolution(operation, x.shape, weights.shape)
  let (channels, perGroup, outputs) = (x.shape[1], weights.shape[1], weights.shape[0])
  let (size, count, kernel) = (
    geometry.input.product, geometry.output.product, geometry.kernel.product
  )
  let (values, factors) = (x.integers ?? [], weights.integers ?? [])
  guard values.count == x.count, factors.count == weights.count,
    zeroW.count == 1 || zeroW.count == outputs
  else { throw ShapeProblem("takes integers, and one zero point per output channel") }
  var sums = [Int](repeating: 0, count: x.shape[0] * outputs * count)
  let groups = channels / perGroup
  for place in 0..<count {
    let taps = geometry.taps(at: place)
    for image in 0..<x.shape[0] {
      for output in 0..<outputs {
        let zero = zeroW.count == 1 ? zeroW[0] : zeroW[output]
        let first = output / (outputs / groups) * perGroup
        var sum = 0
        for channel in 0..<perGroup {
          let from = (image * channels + first + channel) * size
          let row = (output * perGroup + channel) * kernel
          for tap in taps {
            sum &+= (values[from + tap.input] &- zeroX) &* (factors[row + tap.kernel] &- zero)
          }
        }
        sums[(image * outputs + output) * count + place] = sum
      }
    }
  }
  return sums
}

private func convolution(
  _ operation: GeneralOperation, _ x: [Int], _ weights: [Int]
) throws(ShapeProblem) -> WindowGeometry {
  let groups = operation.integer("group", 1)
  guard x.count >= 3, weights.count == x.count, groups > 0, weights[1] > 0,
    weights[1].multipliedReportingOverflow(by: groups) == (x[1], false),
    weights[0] > 0, weights[0] % groups == 0
  else { throw ShapeProblem("the weights do not fit") }
  return try WindowAttributes(operation, kernel: Array(weights[2...])).geometry(Array(x[2...]))
}

let integerConvolution = OperatorRule(opset: 10) { operation, operands throws(ShapeProblem) in
  try requireCodes(operands, [0, 1])
  let (x, weights) = (try operands.shape(0), try operands.shape(1))
  let geometry = try convolution(operation, x, weights)
  return ResultForm(.int32, [x[0], weights[0]] + geometry.output)
} compute: { operation, operands, form throws(ShapeProblem) in
  let zero = try operands.optional(2)?.integers?.first ?? 0
  return .integers(
    try convolved(
      operation, try operands.constant(0), zero, try operands.constant(1),
      try operands.optional(3)?.integers ?? [0]
    ).map(form.type.wrapping))
}

/// QLinearConv: x, its scale and zero point, weights, …, the result's scale and zero point, bias.
let codedConvolution = OperatorRule(opset: 10) { operation, operands throws(ShapeProblem) in
  try requireCodes(operands, [0, 3])
  let (x, weights) = (try operands.shape(0), try operands.shape(3))
  let geometry = try convolution(operation, x, weights)
  return ResultForm(try operands.type(7), [x[0], weights[0]] + geometry.output)
} compute: { operation, operands, form throws(ShapeProblem) in
  guard let scaleX = try operands.reals(1).first, let zeroX = try operands.integers(2).first,
    let scale = try operands.reals(6).first, let zero = try operands.integers(7).first
  else { throw ShapeProblem("needs scales and zero points") }
  let scales = try operands.reals(4)
  let bias = try operands.optional(8)?.integers
  let sums = try convolved(
    operation, try operands.constant(0), zeroX, try operands.constant(3),
    try operands.integers(5))
  let (outputs, count) = (form.shape[1], Array(form.shape[2...]).product)
  guard scales.count == 1 || scales.count == outputs, bias?.count ?? outputs == outputs else {
    throw ShapeProblem("scales or bias do not fit \(outputs) output channels")
  }
  return .integers(
    sums.indices.map { index in
      let output = index / count % outputs
      let factor = scaleX * (scales.count == 1 ? scales[0] : scales[output])
      return code(Float(sums[index] &+ (bias?[output] ?? 0)) * factor, scale, zero, form.type)
    })
}
