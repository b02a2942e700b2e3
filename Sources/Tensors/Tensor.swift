/// A dense fp32 tensor in row-major order (for images `N, C, H, W`), a value.
package struct Tensor: Sendable, Equatable {
  /// Extent of each axis, outermost first. A scalar has no axes.
  package let shape: [Int]
  /// `shape.product` values, last axis fastest.
  package var values: [Float]

  /// - Precondition: `values.count` is the product of `shape`.
  package init(shape: [Int], values: [Float]) {
    precondition(
      shape.product == values.count,
      "shape \(shape) needs \(shape.product) values, got \(values.count)")
    self.shape = shape
    self.values = values
  }

  /// A tensor filled with one value.
  package init(shape: [Int], repeating value: Float = 0) {
    self.shape = shape
    self.values = [Float](repeating: value, count: shape.product)
  }

  /// The same values under another shape of equal size.
  package func reshaped(to shape: [Int]) -> Tensor { Tensor(shape: shape, values: values) }

  /// The sub-tensor `range` along the outermost axis.
  package func rows(_ range: Range<Int>) -> Tensor {
    let stride = shape.dropFirst().reduce(1, *)
    return Tensor(
      shape: [range.count] + shape.dropFirst(),
      values: Array(values[range.lowerBound * stride..<range.upperBound * stride]))
  }

  /// Stacks tensors of equal trailing shape along the outermost axis.
  package static func concatenating(_ parts: [Tensor]) -> Tensor {
    let rows = parts.reduce(0) { $0 + $1.shape[0] }
    var values: [Float] = []
    values.reserveCapacity(parts.reduce(0) { $0 + $1.values.count })
    for part in parts { values.append(contentsOf: part.values) }
    return Tensor(shape: [rows] + parts[0].shape.dropFirst(), values: values)
  }
}

extension Array where Element == Int {
  /// The number of elements of a tensor with these extents; 1 for a scalar.
  package var product: Int { reduce(1, *) }
}
