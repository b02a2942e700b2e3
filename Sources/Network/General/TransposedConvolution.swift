internal import Tensors

/// How the result of a transposed convolution lies over its input.
private struct Spread {
  let window: WindowAttributes
  let input: [Int]
  let before: [Int]
  let output: [Int]
  let groups: Int

  /// - Throws: `ShapeProblem` where weights `[channels, outputs / groups, kernel…]` do not fit.
  init(_ operation: GeneralOperation, _ x: [Int], _ weights: [Int]) throws(ShapeProblem) {
    guard x.count >= 3, weights.count == x.count, x.count <= 6 else {
      throw ShapeProblem("input and weights need the same rank, 3 to 6")
    }
    groups = operation.integer("group", 1)
    guard groups > 0, x[1] % groups == 0, weights[0] == x[1], weights[1] > 0, x[1] > 0 else {
      throw ShapeProblem("\(x[1]) channels in \(groups) groups do not fit the weights")
    }
    input = Array(x[2...])
    window = try WindowAttributes(operation, kernel: Array(weights[2...]))
    let extra =
      operation.integers("output_padding") ?? [Int](repeating: 0, count: weights.count - 2)
    guard extra.count == input.count, extra.allSatisfy((0...attributeLimit).contains),
      input.allSatisfy((1...attributeLimit).contains)
    else { throw ShapeProblem("its output_padding or input does not fit") }
    var wanted = operation.integers("output_shape").map { Array($0.suffix(x.count - 2)) }
    let isSame = window.automatic.hasPrefix("SAME")
    if wanted == nil, isSame { wanted = Self.upscaled(input, window.strides) }
    let axes = input.count
    guard wanted?.count ?? axes == axes, wanted?.allSatisfy((1...1 << 40).contains) ?? true
    else { throw ShapeProblem("its output_shape does not fit") }
    var before: [Int] = []
    var output: [Int] = []
    for axis in input.indices {
      let reach = (window.kernel[axis] - 1) * window.dilations[axis] + 1
      let full = (input[axis] - 1) * window.strides[axis] + extra[axis] + reach
      if let wanted {
        let total = max(0, full - wanted[axis])
        before.append(window.automatic == "SAME_UPPER" ? total / 2 : total - total / 2)
        output.append(wanted[axis])
      } else if window.automatic == "VALID" {
        before.append(0)
        output.append(full)
      } else {
        before.append(window.before[axis])
        output.append(full - window.before[axis] - window.after[axis])
      }
      guard output[axis] > 0 else { throw ShapeProblem("axis \(axis + 2) of its output is empty") }
    }
    self.before = before
    self.output = output
  }

  private static func upscaled(_ input: [Int], _ strides: [Int]) -> [Int] {
    zip(input, strides).map { $0 * $1 }
  }

  /// For each place of the kernel and each of the input the place in the output, or `noSource`.
  func targets(kernel place: Int) -> [Int] {
    let (kernelStrides, outputStrides) = (rowMajorStrides(window.kernel), rowMajorStrides(output))
    return separableSources(
      input.indices.map { axis in
        let step = place / kernelStrides[axis] % window.kernel[axis] * window.dilations[axis]
        return (0..<input[axis]).map { index in
          let target = index * window.strides[axis] + step - before[axis]
          return (0..<output[axis]).contains(target) ? target * outputStrides[axis] : noSource
        }
      })
  }
}

let transposedConvolution = OperatorRule(opset: 11) { operation, operands throws(ShapeProblem) in
  let (x, weights) = (try operands.shape(0), try operands.shape(1))
  let spread = try Spread(operation, x, weights)
  let outputs = weights[1] * spread.groups
  if operands.has(2), try operands.shape(2) != [outputs] {
    throw ShapeProblem("the bias needs one value per output channel (\(outputs))")
  }
  return ResultForm(try operands.type(0), [x[0], outputs] + spread.output)
} compute: { operation, operands, form throws(ShapeProblem) in
  let x = try operands.constant(0)
  let weights = try operands.constant(1)
  let spread = try Spread(operation, x.shape, weights.shape)
  let (values, factors) = (x.reals, weights.reals)
  let (size, outSize) = (spread.input.product, spread.output.product)
  let (channels, perGroup) = (x.shape[1], weights.shape[1])
  let (outputs, kernel) = (perGroup * spread.groups, spread.window.kernel.product)
  let bias = try operands.optional(2)?.reals
  var results = [Float](repeating: 0, count: x.shape[0] * outputs * outSize)
  for place in 0..<kernel {
    let targets = spread.targets(kernel: place)
    for image in 0..<x.shape[0] {
      for channel in 0..<channels {
        let group = channel / (channels / spread.groups)
        let from = (image * channels + channel) * size
        for output in 0..<perGroup {
          let factor = factors[(channel * perGroup + output) * kernel + place]
          let to = (image * outputs + group * perGroup + output) * outSize
          for index in 0..<size where targets[index] >= 0 {
            results[to + targets[index]] += factor * values[from + index]
          }
        }
      }
    }
  }
  if let bias {
    for index in results.indices { results[index] += bias[index / outSize % outputs] }
  }
  return .reals(results)
}

/// Col2Im: sums of blocks laid over an image, `[n, channels · block, places]`.
let columnsToImage = OperatorRule(opset: 18) { operation, operands throws(ShapeProblem) in
  let x = try operands.shape(0)
  let (image, block) = (try operands.integers(1), try operands.integers(2))
  guard x.count == 3, !block.isEmpty, block.count == image.count,
    (image + block).allSatisfy((1...attributeLimit).contains)
  else { throw ShapeProblem("image and block do not fit") }
  let geometry = try WindowAttributes(operation, kernel: block).geometry(image)
  let size = try elementCount(block)
  guard x[1] % size == 0, x[2] == geometry.output.product else {
    throw ShapeProblem("columns \(x) do not fit \(geometry.output) blocks")
  }
  return ResultForm(try operands.type(0), [x[0], x[1] / size] + image)
} compute: { operation, operands, form throws(ShapeProblem) in
  let x = try operands.constant(0)
  let geometry = try WindowAttributes(operation, kernel: try operands.integers(2))
    .geometry(try operands.integers(1))
  let (size, block) = (geometry.input.product, geometry.kernel.product)
  let values = x.reals
  var results = [Float](repeating: 0, count: form.shape.product)
  for place in 0..<x.shape[2] {
    let taps = geometry.taps(at: place)
    for plane in 0..<form.shape[0] * form.shape[1] {
      for tap in taps {
        results[plane * size + tap.input] +=
          values[(plane * block + tap.kernel) * x.shape[2] + place]
      }
    }
  }
  return .reals(results)
}
