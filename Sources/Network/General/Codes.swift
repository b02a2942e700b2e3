internal import Tensors

/// Where the scale of each element stands: one for all, one per index of an axis, or one a block.
private struct ScalePlaces {
  private let inner: Int
  private let extent: Int
  private let block: Int
  private let blocks: Int?
  private let isScalar: Bool

  init(_ operation: GeneralOperation, _ shape: [Int], _ scale: [Int]) throws(ShapeProblem) {
    isScalar = scale.product == 1 && operation.integer("block_size", 0) == 0
    block = max(1, operation.integer("block_size", 0))
    guard block <= attributeLimit else { throw ShapeProblem("blocks of \(block) are too large") }
    guard !isScalar else {
      (inner, extent, blocks) = (1, 1, nil)
      return
    }
    let axis = try problemAxis(operation.integer("axis", 1), rank: shape.count)
    extent = shape[axis]
    inner = Array(shape[(axis + 1)...]).product
    var expected = shape
    if operation.integer("block_size", 0) > 0 {
      expected[axis] = (extent + block - 1) / block
      blocks = expected[axis]
      guard scale == expected else { throw ShapeProblem("scales \(scale) do not fit the blocks") }
    } else {
      blocks = nil
      guard scale == [extent] else { throw ShapeProblem("scales \(scale) do not fit \(shape)") }
    }
  }

  subscript(element: Int) -> Int {
    if isScalar { return 0 }
    let along = element / inner % extent
    guard let blocks else { return along }
    return (element / inner / extent * blocks + along / block) * inner + element % inner
  }
}

/// round(x / scale) + zero point, within the range of the type.
func code(_ x: Float, _ scale: Float, _ zero: Int, _ type: ElementType) -> Int {
  let range = type.integerRange ?? 0...255
  let rounded = (x / scale).rounded(.toNearestOrEven) + Float(zero)
  return Int(clampedFrom: max(min(rounded, Float(range.upperBound)), Float(range.lowerBound)))
}

/// The type of codes: that of the zero point, or what the attribute says, or uint8.
private func codeType(
  _ operation: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> ElementType {
  let type =
    operands.has(2)
    ? try operands.type(2) : ElementType(rawValue: operation.text("output_dtype", "")) ?? .uint8
  guard let range = type.integerRange, type != .bool, range.upperBound <= 65535 else {
    throw ShapeProblem("quantizes to \(type)")
  }
  return type
}

/// DynamicQuantizeLinear's scale and zero point: the range of the elements, widened to hold 0.
private func dynamicScale(_ values: [Float]) -> (scale: Float, zero: Int) {
  let low = min(values.min() ?? 0, 0)
  let high = max(values.max() ?? 0, 0)
  let scale = (high - low) / 255
  guard scale > 0 else { return (scale, 0) }
  return (scale, Int(clampedFrom: max(0, min(255, (-low / scale).rounded(.toNearestOrEven)))))
}

extension GeneralOperation {
  static let codeRules: [String: OperatorRule] = [
    "QuantizeLinear": OperatorRule(opset: 21) { operation, operands throws(ShapeProblem) in
      let shape = try operands.shape(0)
      _ = try ScalePlaces(operation, shape, try operands.shape(1))
      return ResultForm(try codeType(operation, operands), shape)
    } compute: { operation, operands, form throws(ShapeProblem) in
      let (x, scale) = (try operands.reals(0), try operands.constant(1))
      let zeros = try operands.optional(2)?.integers
      let places = try ScalePlaces(operation, form.shape, scale.shape)
      let scales = scale.reals
      guard zeros?.count ?? scales.count == scales.count else {
        throw ShapeProblem("zero points do not fit the scales")
      }
      return .integers(
        x.indices.map { index in
          let place = places[index]
          return code(x[index], scales[place], zeros?[place] ?? 0, form.type)
        })
    },
    "DequantizeLinear": OperatorRule(opset: 21) { operation, operands throws(ShapeProblem) in
      let shape = try operands.shape(0)
      _ = try ScalePlaces(operation, shape, try operands.shape(1))
      return ResultForm(try operands.type(1), shape)
    } compute: { operation, operands, form throws(ShapeProblem) in
      let (x, scale) = (try operands.integers(0), try operands.constant(1))
      let zeros = try operands.optional(2)?.reals
      let places = try ScalePlaces(operation, form.shape, scale.shape)
      let scales = scale.reals
      guard zeros?.count ?? scales.count == scales.count else {
        throw ShapeProblem("zero points do not fit the scales")
      }
      return .reals(
        x.indices.map { index in
          let place = places[index]
          return (Float(x[index]) - (zeros?[place] ?? 0)) * scales[place]
        })
    },
    "DynamicQuantizeLinear": OperatorRule(opset: 11) { operation, operands throws(ShapeProblem) in
      let shape = try operands.shape(0)
      switch operation.output {
      case 0: return ResultForm(.uint8, shape)
      case 1: return ResultForm(.float32, [])
      default: return ResultForm(.uint8, [])
      }
    } compute: { operation, operands, _ throws(ShapeProblem) in
      let values = try operands.reals(0)
      let (scale, zero) = dynamicScale(values)
      switch operation.output {
      case 0:
        return .integers(values.map { scale > 0 ? code($0, scale, zero, .uint8) : 0 })
      case 1: return .reals([scale])
      default: return .integers([zero])
      }
    },
    "MatMulInteger": integerProduct, "QLinearMatMul": codedProduct,
    "ConvInteger": integerConvolution, "QLinearConv": codedConvolution,
  ]
}
