internal import Tensors

/// A result that only has elements of the first operand in other places.
///
/// - Parameters:
///   - shape: the result's shape.
///   - sources: for each of its elements the place in the operand, or `noSource`.
func rearrangement(
  opset: Int = 13,
  shape: @escaping @Sendable (GeneralOperation, GeneralOperands) throws(ShapeProblem) -> [Int],
  sources:
    @escaping @Sendable (GeneralOperation, GeneralOperands, [Int]) throws(ShapeProblem) ->
    [Int]?
) -> OperatorRule {
  OperatorRule(opset: opset) { operation, operands throws(ShapeProblem) in
    ResultForm(try operands.type(0), try shape(operation, operands))
  } compute: { operation, operands, form throws(ShapeProblem) in
    let x = try operands.constant(0)
    guard let places = try sources(operation, operands, form.shape) else { return x.elements }
    return x.elements.picked(places, fill: operation.name == "Pad" ? try operands.optional(2) : nil)
  }
}

/// An operation that has a shape rule and an index map as an operation of its own.
private func typed(
  opset: Int = 13,
  _ operation:
    @escaping @Sendable (GeneralOperation, GeneralOperands) throws(ShapeProblem) ->
    Operation
) -> OperatorRule {
  rearrangement(opset: opset) { general, operands throws(ShapeProblem) in
    try operation(general, operands).outputShape(Operands(shapes: [try operands.shape(0)]))
  } sources: { general, operands, _ throws(ShapeProblem) in
    try operation(general, operands).sources(try operands.shape(0))
  }
}

extension Operation {
  /// For each element of the result its place in the operand; nil where the order stays.
  fileprivate func sources(_ shape: [Int]) -> [Int]? {
    let strides = rowMajorStrides(shape)
    switch self {
    case .transpose(let permutation):
      return separableSources(
        permutation.map { axis in (0..<shape[axis]).map { $0 * strides[axis] } })
    case .slice(let axes):
      var offsets = shape.indices.map { axis in (0..<shape[axis]).map { $0 * strides[axis] } }
      for slice in axes {
        let (start, count) = slice.resolved(extent: shape[slice.axis])
        offsets[slice.axis] = (0..<count).map {
          (start + (count == 1 ? 0 : $0 * slice.step)) * strides[slice.axis]
        }
      }
      return separableSources(offsets)
    case .pad(let padding):
      return separableSources(
        shape.indices.map { axis in
          padding.indices(axis: axis, extent: shape[axis]).map {
            $0 < 0 ? noSource : $0 * strides[axis]
          }
        })
    default: return nil
    }
  }
}

/// Slice's starts, ends, axes and steps.
private func slices(_ operands: GeneralOperands) throws(ShapeProblem) -> [SliceAxis] {
  let (starts, ends) = (try operands.integers(1), try operands.integers(2))
  let rank = try operands.shape(0).count
  let given = operands.has(3) ? try operands.integers(3) : Array(0..<starts.count)
  let steps = operands.has(4) ? try operands.integers(4) : starts.map { _ in 1 }
  guard ends.count == starts.count, given.count == starts.count, steps.count == starts.count,
    !steps.contains(0)
  else { throw ShapeProblem("starts, ends, axes and steps do not fit each other") }
  let axes = try problemAxes(given, rank: rank)
  return axes.indices.map {
    SliceAxis(
      axis: axes[$0], start: max(min(starts[$0], 1 << 40), -1 << 40),
      end: max(min(ends[$0], 1 << 40), -1 << 40), step: max(min(steps[$0], 1 << 40), -1 << 40))
  }
}

private func padding(
  _ operation: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> Padding {
  let rank = try operands.shape(0).count
  let axes =
    operands.has(3) ? try problemAxes(try operands.integers(3), rank: rank) : Array(0..<rank)
  let pads = try operands.integers(1)
  guard pads.count == 2 * axes.count else { throw ShapeProblem("the pads are \(pads)") }
  let modes: [String: Padding.Mode] = [
    "constant": .constant(0), "reflect": .reflect, "edge": .edge, "wrap": .wrap,
  ]
  guard let mode = modes[operation.text("mode", "constant")] else {
    throw ShapeProblem("the mode is not known")
  }
  var result = Padding(
    before: [Int](repeating: 0, count: rank), after: [Int](repeating: 0, count: rank), mode: mode)
  for (index, axis) in axes.enumerated() {
    result.before[axis] = pads[index]
    result.after[axis] = pads[axes.count + index]
  }
  return result
}

/// The most parts of a Split.
private let splitLimit = 4096

private func split(
  _ operation: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> [SliceAxis] {
  let shape = try operands.shape(0)
  let axis = try problemAxis(operation.integer("axis", 0), rank: shape.count)
  var sizes: [Int]
  if operands.has(1) {
    sizes = try operands.integers(1)
  } else {
    let parts = operation.integer("num_outputs", 1)
    guard (1...splitLimit).contains(parts) else { throw ShapeProblem("has \(parts) parts") }
    let size = (shape[axis] + parts - 1) / parts
    sizes = (0..<parts).map { max(0, min(size, shape[axis] - $0 * size)) }
  }
  guard sizes.count <= splitLimit, sizes.allSatisfy((0...attributeLimit).contains),
    sizes.reduce(0, +) == shape[axis],
    sizes.indices.contains(operation.output)
  else { throw ShapeProblem("parts of \(sizes) do not fill axis \(axis) of \(shape)") }
  let start = sizes[..<operation.output].reduce(0, +)
  return [SliceAxis(axis: axis, start: start, end: start + sizes[operation.output], step: 1)]
}

private func permuted(
  _ operation: GeneralOperation, _ operands: GeneralOperands
) throws(ShapeProblem) -> Operation {
  let rank = try operands.shape(0).count
  return .transpose(permutation: operation.integers("perm") ?? (0..<rank).reversed())
}

private func expandedShape(_ operands: GeneralOperands) throws(ShapeProblem) -> [Int] {
  let target = try operands.integers(1)
  guard target.allSatisfy((0...attributeLimit).contains),
    let shape = broadcast(try operands.shape(0), target)
  else { throw ShapeProblem("cannot be expanded to \(target)") }
  return shape
}

private func tiledShape(_ operands: GeneralOperands) throws(ShapeProblem) -> [Int] {
  let (shape, repeats) = (try operands.shape(0), try operands.integers(1))
  guard repeats.count == shape.count, repeats.allSatisfy((0...attributeLimit).contains),
    shape.allSatisfy({ $0 <= attributeLimit })
  else { throw ShapeProblem("cannot be repeated \(repeats) times") }
  return zip(shape, repeats).map { $0 * $1 }
}

extension GeneralOperation {
  static let rearrangingRules: [String: OperatorRule] = [
    "Transpose": typed { operation, operands throws(ShapeProblem) in
      try permuted(operation, operands)
    },
    "Slice": typed { _, operands throws(ShapeProblem) in .slice(try slices(operands)) },
    "Pad": typed(opset: 21) { operation, operands throws(ShapeProblem) in
      .pad(try padding(operation, operands))
    },
    "Split": typed(opset: 18) { operation, operands throws(ShapeProblem) in
      .slice(try split(operation, operands))
    },
    "Reshape": typed(opset: 14) { operation, operands throws(ShapeProblem) in
      .reshape(
        Reshape(target: try operands.integers(1), allowsZero: operation.flag("allowzero")))
    },
    "Flatten": typed { operation, _ throws(ShapeProblem) in
      .flatten(axis: operation.integer("axis", 1))
    },
    "Unsqueeze": typed { _, operands throws(ShapeProblem) in
      let axes = try operands.integers(1)
      let rank = try operands.shape(0).count + axes.count
      return .unsqueeze(axes: try problemAxes(axes, rank: rank).sorted())
    },
    "Squeeze": typed { _, operands throws(ShapeProblem) in
      let shape = try operands.shape(0)
      let axes =
        operands.has(1)
        ? try problemAxes(try operands.integers(1), rank: shape.count).sorted()
        : shape.indices.filter { shape[$0] == 1 }
      return .squeeze(axes: axes)
    },
    "Expand": rearrangement { _, operands throws(ShapeProblem) in
      try expandedShape(operands)
    } sources: { _, operands, shape throws(ShapeProblem) in
      broadcastSources(try operands.shape(0), to: shape)
    },
    "Tile": rearrangement { _, operands throws(ShapeProblem) in
      try tiledShape(operands)
    } sources: { _, operands, shape throws(ShapeProblem) in
      let source = try operands.shape(0)
      let strides = rowMajorStrides(source)
      return separableSources(
        shape.indices.map { axis in
          (0..<shape[axis]).map { $0 % max(source[axis], 1) * strides[axis] }
        })
    },
    "Concat": OperatorRule { operation, operands throws(ShapeProblem) in
      var shapes: [[Int]] = []
      for index in 0..<operands.count {
        guard try operands.type(index).isReal == operands.type(0).isReal else {
          throw ShapeProblem("joins floats and integers")
        }
        shapes.append(try operands.shape(index))
      }
      let axis = Operation.concatenate(axis: operation.integer("axis", 0))
      return ResultForm(
        try operands.type(0), try axis.outputShape(Operands(shapes: shapes)))
    } compute: { operation, operands, form throws(ShapeProblem) in
      let axis = try problemAxis(operation.integer("axis", 0), rank: form.shape.count)
      let outer = Array(form.shape[..<axis]).product
      var (reals, integers): ([Float], [Int]) = ([], [])
      for block in 0..<outer {
        for index in 0..<operands.count {
          let part = try operands.constant(index)
          let length = part.count / max(outer, 1)
          let range = block * length..<(block + 1) * length
          switch part.elements {
          case .reals(let values): reals += values[range]
          case .integers(let values): integers += values[range]
          }
        }
      }
      return form.type.isReal ? .reals(reals) : .integers(integers)
    },
  ]
}
