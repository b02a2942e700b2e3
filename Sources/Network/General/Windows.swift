internal import Glibc
internal import Tensors

func raised(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// Strides, dilations and padding of an operator with a window, by its attributes.
struct WindowAttributes {
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  let before: [Int]
  let after: [Int]
  let automatic: String

  init(_ operation: GeneralOperation, kernel: [Int]) throws(ShapeProblem) {
    let axes = kernel.count
    self.kernel = kernel
    strides = operation.integers("strides") ?? [Int](repeating: 1, count: axes)
    dilations = operation.integers("dilations") ?? [Int](repeating: 1, count: axes)
    let pads = operation.integers("pads") ?? [Int](repeating: 0, count: 2 * axes)
    guard strides.count == axes, dilations.count == axes, pads.count == 2 * axes,
      (kernel + strides + dilations).allSatisfy((1...attributeLimit).contains),
      pads.allSatisfy((-attributeLimit...attributeLimit).contains)
    else { throw ShapeProblem("its window's attributes do not fit \(axes) spatial axes") }
    before = Array(pads[..<axes])
    after = Array(pads[axes...])
    automatic = operation.text("auto_pad", "NOTSET")
  }

  var padding: SpatialPadding {
    switch automatic {
    case "SAME_UPPER": .sameUpper
    case "SAME_LOWER": .sameLower
    case "VALID":
      .explicit(before: before.map { _ in 0 }, after: after.map { _ in 0 })
    default: .explicit(before: before, after: after)
    }
  }

  func geometry(_ input: [Int], ceilMode: Bool = false) throws(ShapeProblem) -> WindowGeometry {
    try WindowGeometry.resolve(
      input: input, kernel: kernel, strides: strides, dilations: dilations, padding: padding,
      ceilMode: ceilMode)
  }
}

extension WindowGeometry {
  /// For one place of the output, the offsets of the input elements in its window.
  ///
  /// - Returns: pairs of the place in the input's plane and the place in the kernel.
  func taps(at output: Int) -> [(input: Int, kernel: Int)] {
    let outputStrides = rowMajorStrides(self.output)
    let inputStrides = rowMajorStrides(input)
    let kernelStrides = rowMajorStrides(kernel)
    var taps = [(input: 0, kernel: 0)]
    for axis in input.indices {
      let place = output / outputStrides[axis] % self.output[axis]
      let start = place * strides[axis] - before[axis]
      var next: [(input: Int, kernel: Int)] = []
      for step in 0..<kernel[axis] {
        let index = start + step * dilations[axis]
        guard (0..<input[axis]).contains(index) else { continue }
        for tap in taps {
          next.append(
            (tap.input + index * inputStrides[axis], tap.kernel + step * kernelStrides[axis]))
        }
      }
      taps = next
    }
    return taps
  }
}

/// A pooling: the elements of a window to one.
private func pooling(
  opset: Int = 12,
  _ pool: @escaping @Sendable (GeneralOperation, [(place: Int, value: Float)]) -> Float
) -> OperatorRule {
  OperatorRule(opset: opset) { operation, operands throws(ShapeProblem) in
    let x = try operands.shape(0)
    let isIndex = operation.name == "MaxPool" && operation.output == 1
    return ResultForm(
      isIndex ? .int64 : try operands.type(0), x[..<2] + (try pooled(operation, x)).output)
  } compute: { operation, operands, form throws(ShapeProblem) in
    let x = try operands.constant(0)
    let geometry = try pooled(operation, x.shape)
    let values = x.reals
    let (size, count) = (geometry.input.product, geometry.output.product)
    let planes = Array(x.shape[..<2]).product
    var results = [Float](repeating: 0, count: planes * count)
    var places = [Int](repeating: 0, count: planes * count)
    let isColumnMajor = operation.integer("storage_order", 0) == 1
    for output in 0..<count {
      let taps = geometry.taps(at: output)
      for plane in 0..<planes {
        let window = taps.map { (place: $0.input, value: values[plane * size + $0.input]) }
        let result = pool(operation, window)
        results[plane * count + output] = result
        guard operation.output == 1 else { continue }
        let place = window.first { $0.value == result }?.place ?? 0
        places[plane * count + output] =
          plane * size + (isColumnMajor ? columnMajor(place, geometry.input) : place)
      }
    }
    if operation.output == 1 { return .integers(places) }
    return form.type.isReal
      ? .reals(results) : .integers(results.map { form.type.wrapping(Int(clampedFrom: $0)) })
  }
}

private func columnMajor(_ place: Int, _ shape: [Int]) -> Int {
  let strides = rowMajorStrides(shape)
  var (result, step) = (0, 1)
  for axis in shape.indices {
    result += place / strides[axis] % shape[axis] * step
    step *= shape[axis]
  }
  return result
}

private func pooled(
  _ operation: GeneralOperation, _ x: [Int]
) throws(ShapeProblem) -> WindowGeometry {
  guard x.count > 2 else { throw ShapeProblem("pooling needs a spatial axis") }
  let spatial = Array(x[2...])
  let isGlobal = operation.name.hasPrefix("Global")
  let kernel = isGlobal ? spatial : operation.integers("kernel_shape") ?? []
  guard kernel.count == spatial.count else { throw ShapeProblem("the kernel does not fit") }
  let window = try WindowAttributes(operation, kernel: kernel)
  return try window.geometry(spatial, ceilMode: operation.flag("ceil_mode"))
}

private func largest(_: GeneralOperation, _ window: [(place: Int, value: Float)]) -> Float {
  window.reduce(-.infinity) { $1.value > $0 || $1.value.isNaN ? $1.value : $0 }
}

/// (Σ |x|^p)^(1/p).
private func norm(
  _ operation: GeneralOperation, _ window: [(place: Int, value: Float)]
) -> Float {
  let exponent = Double(operation.integer("p", 2))
  return Float(pow(window.reduce(0) { $0 + pow(Double(abs($1.value)), exponent) }, 1 / exponent))
}

extension GeneralOperation {
  static let windowRules: [String: OperatorRule] = [
    "MaxPool": pooling(largest),
    "GlobalMaxPool": pooling(opset: 1, largest),
    "LpPool": pooling(opset: 18, norm),
    "GlobalLpPool": pooling(opset: 2, norm),
    "GlobalAveragePool": pooling(opset: 1) { _, window in
      window.reduce(0) { $0 + $1.value } / Float(max(window.count, 1))
    },
    "AveragePool": pooling(opset: 19) { operation, window in
      let sum = window.reduce(0) { $0 + $1.value }
      let kernel = operation.integers("kernel_shape") ?? []
      return sum
        / Float(operation.flag("count_include_pad") ? kernel.product : max(window.count, 1))
    },
    "MaxUnpool": OperatorRule(opset: 11) { operation, operands throws(ShapeProblem) in
      let x = try operands.shape(0)
      guard x.count > 2 else { throw ShapeProblem("needs a spatial axis") }
      if operands.has(2) {
        let shape = try operands.integers(2)
        guard shape.count == x.count, shape.allSatisfy((0...attributeLimit).contains) else {
          throw ShapeProblem("its output shape is \(shape)")
        }
        return ResultForm(try operands.type(0), shape)
      }
      let window = try WindowAttributes(operation, kernel: operation.integers("kernel_shape") ?? [])
      guard window.kernel.count == x.count - 2, x.allSatisfy({ $0 <= attributeLimit }) else {
        throw ShapeProblem("the kernel does not fit")
      }
      let spatial = window.kernel.indices.map { axis in
        (x[axis + 2] - 1) * window.strides[axis] - window.before[axis] - window.after[axis]
          + window.kernel[axis]
      }
      guard spatial.allSatisfy({ $0 >= 0 }) else { throw ShapeProblem("it is padded away") }
      return ResultForm(try operands.type(0), x[..<2] + spatial)
    } compute: { operation, operands, form throws(ShapeProblem) in
      var results = [Float](repeating: 0, count: form.shape.product)
      // Indices count within the tensor that the window's own geometry gives.
      let (x, indices) = (try operands.reals(0), try operands.integers(1))
      var own = form
      if operands.has(2) {
        var fewer = operands.constants
        fewer.removeLast(fewer.count - 2)
        own = try GeneralOperation(name: "MaxUnpool", attributes: operation.attributes)
          .result(GeneralOperands(fewer))
      }
      guard indices.count == x.count else { throw ShapeProblem("the indices do not fit") }
      let (from, to) = (rowMajorStrides(own.shape), rowMajorStrides(form.shape))
      for (place, index) in indices.enumerated() {
        guard (0..<own.shape.product).contains(index) else {
          throw ShapeProblem("index \(index) is outside")
        }
        var target = 0
        for axis in from.indices {
          let step = index / from[axis] % own.shape[axis]
          guard step < form.shape[axis] else { throw ShapeProblem("index \(index) is outside") }
          target += step * to[axis]
        }
        results[target] = x[place]
      }
      return .reals(results)
    },
    "ConvTranspose": transposedConvolution,
    "Col2Im": columnsToImage,
  ]
}
