internal import Glibc
internal import Tensors

/// What GridSample does with places outside the image.
private enum Border {
  case zeros
  case border
  case reflection(cornersAligned: Bool)

  init(_ operation: GeneralOperation) throws(ShapeProblem) {
    switch operation.text("padding_mode", "zeros") {
    case "zeros": self = .zeros
    case "border": self = .border
    case "reflection": self = .reflection(cornersAligned: operation.flag("align_corners"))
    case let other: throw ShapeProblem("the padding mode '\(other)' is not known")
    }
  }

  /// The place within the image that stands for `place`.
  func moved(_ place: Double, extent: Int) -> Double {
    guard place.isFinite else { return -1 }
    switch self {
    case .zeros: return place
    case .border: return min(max(place, 0), Double(extent - 1))
    case .reflection(let cornersAligned):
      let low = cornersAligned ? 0 : -0.5
      let width = cornersAligned ? Double(extent - 1) : Double(extent)
      guard width > 0 else { return 0 }
      var distance = fmod(abs(place - low), 2 * width)
      if distance > width { distance = 2 * width - distance }
      return min(max(distance + low, 0), Double(extent - 1))
    }
  }

  /// The element at an index that may lie outside, or nil for zero.
  func index(_ index: Int, extent: Int) -> Int? {
    if (0..<extent).contains(index) { return index }
    if case .zeros = self { return nil }
    return min(max(Int(moved(Double(index), extent: extent)), 0), extent - 1)
  }
}

/// What a place reads along one axis: indices with weights.
private func taps(
  _ mode: String, at place: Double, extent: Int, border: Border
) throws(ShapeProblem) -> [(index: Int, weight: Double)] {
  guard abs(place) < 0x1p40 else { return [] }
  let base = Int(place.rounded(.down))
  let t = place - Double(base)
  let raw: [(index: Int, weight: Double)]
  switch mode {
  case "nearest": raw = [(Int(place.rounded(.toNearestOrEven)), 1)]
  case "linear", "bilinear": raw = [(base, 1 - t), (base + 1, t)]
  case "cubic", "bicubic":
    raw = (-1...2).map { (base + $0, keys(abs(t - Double($0)), -0.75)) }
  default: throw ShapeProblem("the mode '\(mode)' is not known")
  }
  return raw.compactMap { tap in
    border.index(tap.index, extent: extent).map { ($0, tap.weight) }
  }
}

/// Keys's cubic kernel with coefficient `a`.
func keys(_ distance: Double, _ a: Double) -> Double {
  if distance <= 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
  if distance < 2 { return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a }
  return 0
}

private func gridSample(
  _ operation: GeneralOperation, _ operands: GeneralOperands, _ shape: [Int]
) throws(ShapeProblem) -> [Float] {
  let (x, grid) = (try operands.constant(0), try operands.constant(1))
  let spatial = Array(x.shape[2...])
  let strides = rowMajorStrides(spatial)
  let (values, points) = (x.reals, grid.reals)
  let border = try Border(operation)
  let (size, count) = (spatial.product, Array(shape[2...]).product)
  let mode = operation.text("mode", "linear")
  let isCubic = mode.hasSuffix("cubic")
  var results = [Float](repeating: 0, count: shape.product)
  for image in 0..<shape[0] {
    for point in 0..<count {
      var all = [(place: 0, weight: 1.0)]
      for axis in spatial.indices {
        let extent = Double(spatial[axis])
        let x = Double(points[(image * count + point) * spatial.count + spatial.count - 1 - axis])
        var place =
          operation.flag("align_corners")
          ? (x + 1) / 2 * (extent - 1) : ((x + 1) * extent - 1) / 2
        // The cubic kernel reads moved elements, the others read at a moved place.
        if mode == "nearest" { place = place.rounded(.toNearestOrEven) }
        if !isCubic { place = border.moved(place, extent: spatial[axis]) }
        let own = try taps(mode, at: place, extent: spatial[axis], border: border)
        all = all.flatMap { base in
          own.map { (base.place + $0.index * strides[axis], base.weight * $0.weight) }
        }
      }
      for channel in 0..<shape[1] {
        let from = (image * shape[1] + channel) * size
        var sum = 0.0
        for tap in all { sum += Double(values[from + tap.place]) * tap.weight }
        results[(image * shape[1] + channel) * count + point] = Float(sum)
      }
    }
  }
  return results
}

extension GeneralOperation {
  static let samplingRules: [String: OperatorRule] = [
    "GridSample": OperatorRule(opset: 20) { operation, operands throws(ShapeProblem) in
      let (x, grid) = (try operands.shape(0), try operands.shape(1))
      guard x.count >= 3, x.count <= 7, grid.count == x.count, grid[0] == x[0],
        grid.last == x.count - 2, x.dropFirst(2).allSatisfy({ $0 > 0 })
      else { throw ShapeProblem("the grid does not fit") }
      return ResultForm(try operands.type(0), Array(x[..<2]) + grid[1..<grid.count - 1])
    } compute: { operation, operands, form throws(ShapeProblem) in
      .reals(try gridSample(operation, operands, form.shape))
    },
    "AffineGrid": OperatorRule(opset: 20) { _, operands throws(ShapeProblem) in
      let size = try operands.integers(1)
      let rank = size.count - 2
      guard (2...3).contains(rank), try operands.shape(0) == [size[0], rank, rank + 1],
        size.allSatisfy((1...attributeLimit).contains)
      else { throw ShapeProblem("the size \(size) does not fit") }
      return ResultForm(try operands.type(0), [size[0]] + size[2...] + [rank])
    } compute: { operation, operands, form throws(ShapeProblem) in
      let spatial = Array(form.shape[1..<form.shape.count - 1])
      let rank = spatial.count
      let strides = rowMajorStrides(spatial)
      let theta = try operands.reals(0)
      let isAligned = operation.flag("align_corners")
      let count = spatial.product
      return .reals(
        (0..<form.shape.product).map { index in
          let (point, row) = (index / rank % count, index % rank)
          let base = (index / rank / count * rank + row) * (rank + 1)
          var sum = Double(theta[base + rank])
          for axis in 0..<rank {
            let extent = Double(spatial[axis])
            let place = Double(point / strides[axis] % spatial[axis])
            let x =
              isAligned
              ? (extent > 1 ? -1 + 2 * place / (extent - 1) : 0) : (2 * place + 1) / extent - 1
            sum += Double(theta[base + rank - 1 - axis]) * x
          }
          return Float(sum)
        })
    },
  ]
}
