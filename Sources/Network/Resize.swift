internal import Tensors

/// ONNX's Resize, axis by axis.
package struct Resize: Sendable, Equatable {
  /// What a result element is made of.
  package enum Mode: Sendable, Equatable {
    case nearest(Rounding)
    case linear
    /// Keys's kernel with this coefficient (−0.5 … −0.75); where elements outside count as
    /// absent, the weights of the others are scaled to a sum of 1.
    case cubic(coefficient: Float, excludesOutside: Bool)
  }

  /// The nearest element of a coordinate.
  package enum Rounding: String, Sendable {
    case preferFloor = "round_prefer_floor"
    case preferCeiling = "round_prefer_ceil"
    case floor
    case ceiling = "ceil"
  }

  /// Where a result element lies in the input.
  package enum Coordinates: String, Sendable {
    case halfPixel = "half_pixel"
    case halfPixelSymmetric = "half_pixel_symmetric"
    case pytorchHalfPixel = "pytorch_half_pixel"
    case alignCorners = "align_corners"
    case asymmetric
  }

  /// The new extents; one element per axis.
  package enum Target: Sendable, Equatable {
    case scales([Float])
    /// nil keeps the extent.
    case sizes([Int?])
  }

  package var target: Target
  package var mode: Mode
  package var coordinates: Coordinates

  package init(target: Target, mode: Mode, coordinates: Coordinates) {
    self.target = target
    self.mode = mode
    self.coordinates = coordinates
  }

  /// The extent and the scale of one axis of the result.
  private func resized(axis: Int, extent: Int) -> (length: Double, scale: Double) {
    switch target {
    case .scales(let scales):
      let scale = Double(scales[axis])
      return ((Double(extent) * scale).rounded(.down), scale)
    case .sizes(let sizes):
      let length = Double(sizes[axis] ?? extent)
      return (length, length / Double(extent))
    }
  }

  func outputShape(_ x: [Int]) throws(ShapeProblem) -> [Int] {
    let count =
      switch target {
      case .scales(let scales): scales.count
      case .sizes(let sizes): sizes.count
      }
    guard count == x.count else {
      throw ShapeProblem("\(count) scales or sizes do not fit \(x.count) axes")
    }
    var shape: [Int] = []
    for axis in x.indices {
      let length = resized(axis: axis, extent: x[axis]).length
      guard length >= 0, length <= Double(attributeLimit), x[axis] <= attributeLimit,
        x[axis] > 0 || length == 0
      else { throw ShapeProblem("axis \(axis) cannot become \(length) long") }
      shape.append(Int(length))
    }
    // A file's constant sizes hold for the batch it was made for.
    guard x.count <= 2 || shape[0] == x[0] else {
      throw ShapeProblem("the batch of \(x[0]) would become \(shape[0])")
    }
    return shape
  }

  /// For each index along an axis of the result its place along the input's (ONNX's definition).
  ///
  /// - Precondition: a shape was inferred for the input.
  package func places(axis: Int, extent: Int) -> [Double] {
    let (length, scale) = resized(axis: axis, extent: extent)
    return (0..<Int(length)).map { index in
      let x = Double(index)
      let centred = (x + 0.5) / scale - 0.5
      switch coordinates {
      case .halfPixel: return centred
      case .halfPixelSymmetric:
        let adjustment = length / (scale * Double(extent))
        return Double(extent) / 2 * (1 - adjustment) + centred
      case .pytorchHalfPixel: return length > 1 ? centred : 0
      case .alignCorners:
        // The definition's length is not rounded.
        return length > 1 ? x * Double(extent - 1) / (scale * Double(extent) - 1) : 0
      case .asymmetric: return x / scale
      }
    }
  }
}

extension Resize.Rounding {
  /// The integer for a place.
  package func callAsFunction(_ place: Double) -> Int {
    switch self {
    case .preferFloor: Int((place - 0.5).rounded(.up))
    case .preferCeiling: Int((place + 0.5).rounded(.down))
    case .floor: Int(place.rounded(.down))
    case .ceiling: Int(place.rounded(.up))
    }
  }
}
