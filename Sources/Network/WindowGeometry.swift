/// How a convolution or pooling window moves over the spatial axes of an input of known extents.
///
/// With i the input extent, k the kernel, d the dilation, s the stride and p the padding, the
/// window covers r = (k − 1)·d + 1 elements and the output extent is ⌊(i + p₀ + p₁ − r) / s⌋ + 1
/// (⌈…⌉ in ceil mode, less a last window that would start beyond the input and its padding
/// before), or ⌈i / s⌉ for SAME padding.
package struct WindowGeometry: Equatable, Sendable {
  /// One entry per spatial axis, in all of these.
  package let input: [Int]
  package let kernel: [Int]
  package let strides: [Int]
  package let dilations: [Int]
  /// The padding before and after, with SAME resolved.
  package let before: [Int]
  package let after: [Int]
  package let output: [Int]

  /// Elements that a window covers along `axis`.
  package func reach(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

  /// Elements by which the last window along `axis` ends beyond the padded input (ceil mode).
  package func overhang(_ axis: Int) -> Int {
    let end = (output[axis] - 1) * strides[axis] + reach(axis)
    return max(0, end - input[axis] - before[axis] - after[axis])
  }

  /// The geometry, or the reason that there is none.
  static func resolve(
    input: [Int], kernel: [Int], strides: [Int], dilations: [Int], padding: SpatialPadding,
    ceilMode: Bool = false
  ) throws(ShapeProblem) -> WindowGeometry {
    let rank = input.count
    var lists = [kernel, strides, dilations]
    if case .explicit(let before, let after) = padding { lists += [before, after] }
    guard rank > 0, lists.allSatisfy({ $0.count == rank }) else {
      throw ShapeProblem(
        "needs one kernel, stride, dilation and padding per spatial axis (\(rank))")
    }
    guard rank <= 3 else { throw ShapeProblem("has \(rank) spatial axes; up to 3 are supported") }
    guard lists[0..<3].allSatisfy({ $0.allSatisfy((1...attributeLimit).contains) }),
      lists[3...].allSatisfy({ $0.allSatisfy((-attributeLimit...attributeLimit).contains) })
    else { throw ShapeProblem("has a kernel, stride, dilation or padding out of range") }

    var before: [Int] = []
    var after: [Int] = []
    var output: [Int] = []
    for axis in 0..<rank {
      let reach = (kernel[axis] - 1) * dilations[axis] + 1
      let stride = strides[axis]
      let (start, end, extent): (Int, Int, Int)
      switch padding {
      case .explicit(let allBefore, let allAfter):
        (start, end) = (allBefore[axis], allAfter[axis])
        let room = input[axis] + start + end - reach
        guard room >= 0 else {
          throw ShapeProblem("window of \(reach) is wider than padded axis \(axis + 2)")
        }
        var count = (ceilMode ? (room + stride - 1) / stride : room / stride) + 1
        if ceilMode, (count - 1) * stride >= input[axis] + start { count -= 1 }
        extent = count
      case .sameUpper, .sameLower:
        extent = (input[axis] + stride - 1) / stride
        let total = max(0, (extent - 1) * stride + reach - input[axis])
        start = padding == .sameUpper ? total / 2 : total - total / 2
        end = total - start
      }
      guard extent > 0 else { throw ShapeProblem("axis \(axis + 2) of the output is empty") }
      before.append(start)
      after.append(end)
      output.append(extent)
    }
    return WindowGeometry(
      input: input, kernel: kernel, strides: strides, dilations: dilations, before: before,
      after: after, output: output)
  }
}

/// The largest extent, stride or padding that is taken for real; with larger ones refused, extents
/// computed from them cannot overflow.
package let attributeLimit = 1 << 24

/// What is wrong with the shapes that an operation is given, as the end of a sentence.
package struct ShapeProblem: Error {
  package let text: String
  /// The input that would have to be constant.
  package let needs: Int?

  init(_ text: String, needs: Int? = nil) {
    self.text = text
    self.needs = needs
  }
}

extension Convolution {
  /// The window's movement over an input `[batch, channels, spatial…]`.
  /// - Precondition: shape inference accepted the operation with this input.
  package func geometry(input shape: [Int]) -> WindowGeometry {
    accepted { () throws(ShapeProblem) in try resolvedGeometry(input: shape) }
  }

  func resolvedGeometry(input shape: [Int]) throws(ShapeProblem) -> WindowGeometry {
    try WindowGeometry.resolve(
      input: Array(shape.dropFirst(2)), kernel: kernel, strides: strides, dilations: dilations,
      padding: padding)
  }
}

extension Pooling {
  /// The window's movement over an input `[batch, channels, spatial…]`.
  /// - Precondition: shape inference accepted the operation with this input.
  package func geometry(input shape: [Int]) -> WindowGeometry {
    accepted { () throws(ShapeProblem) in try resolvedGeometry(input: shape) }
  }

  func resolvedGeometry(input shape: [Int]) throws(ShapeProblem) -> WindowGeometry {
    try WindowGeometry.resolve(
      input: Array(shape.dropFirst(2)), kernel: kernel, strides: strides, dilations: dilations,
      padding: padding, ceilMode: ceilMode)
  }
}

private func accepted(
  _ resolve: () throws(ShapeProblem) -> WindowGeometry
) -> WindowGeometry {
  do throws(ShapeProblem) {
    return try resolve()
  } catch {
    preconditionFailure("window not accepted: \(error.text)")
  }
}
