internal import Tensors

/// An index counted from the start, checked.
private func place(_ index: Int, extent: Int) throws(ShapeProblem) -> Int {
  guard (-extent..<extent).contains(index) else {
    throw ShapeProblem("index \(index) is outside an axis of extent \(extent)")
  }
  return index < 0 ? index + extent : index
}

/// Where elements that are given with an index each lie along an axis: for every element of
/// `indices` its offset in a tensor of `shape`.
private func elementPlaces(
  _ indices: TypedTensor, along axis: Int, of shape: [Int]
) throws(ShapeProblem) -> [Int] {
  let strides = rowMajorStrides(shape)
  guard indices.shape.count == shape.count, let values = indices.integers,
    shape.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= shape[$0] })
  else { throw ShapeProblem("indices of shape \(indices.shape) do not fit \(shape)") }
  var places = separableSources(
    shape.indices.map { other in
      (0..<indices.shape[other]).map { other == axis ? 0 : $0 * strides[other] }
    })
  for index in places.indices {
    places[index] += try place(values[index], extent: shape[axis]) * strides[axis]
  }
  return places
}

/// The offsets of the slices that index tuples (the last axis of `indices`) choose, after `batch`
/// leading axes, and the length of a slice.
private func slicePlaces(
  _ indices: TypedTensor, of shape: [Int], batch: Int
) throws(ShapeProblem) -> (offsets: [Int], length: Int) {
  guard let depth = indices.shape.last, let values = indices.integers,
    batch >= 0, batch < indices.shape.count, batch + depth <= shape.count,
    Array(indices.shape[..<batch]) == Array(shape[..<batch])
  else { throw ShapeProblem("indices of shape \(indices.shape) do not fit \(shape)") }
  let strides = rowMajorStrides(shape)
  let count = Array(indices.shape.dropLast()).product
  let perBatch = count / max(Array(shape[..<batch]).product, 1)
  let batchLength = Array(shape[batch...]).product
  var offsets: [Int] = []
  for tuple in 0..<count {
    var offset = batch == 0 ? 0 : tuple / max(perBatch, 1) * batchLength
    for axis in 0..<depth {
      let index = try place(values[tuple * depth + axis], extent: shape[batch + axis])
      offset += index * strides[batch + axis]
    }
    offsets.append(offset)
  }
  return (offsets, Array(shape[(batch + depth)...]).product)
}

/// How an update joins what is there.
private func joined(
  _ target: inout TypedTensor.Elements, at places: [Int], with updates: TypedTensor,
  by reduction: String, _ type: ElementType
) throws(ShapeProblem) {
  guard places.count == updates.count else {
    throw ShapeProblem("\(updates.count) updates for \(places.count) places")
  }
  switch (target, updates.elements) {
  case (.reals(var values), .reals(let news)):
    for (index, place) in places.enumerated() {
      let (old, new) = (values[place], news[index])
      values[place] =
        switch reduction {
        case "add": old + new
        case "mul": old * new
        case "max": max(old, new)
        case "min": min(old, new)
        default: new
        }
    }
    target = .reals(values)
  case (.integers(var values), .integers(let news)):
    for (index, place) in places.enumerated() {
      let (old, new) = (values[place], news[index])
      let joined =
        switch reduction {
        case "add": old &+ new
        case "mul": old &* new
        case "max": max(old, new)
        case "min": min(old, new)
        default: new
        }
      values[place] = type.wrapping(joined)
    }
    target = .integers(values)
  default: throw ShapeProblem("the updates are of another type")
  }
}

private let scatterElements = OperatorRule(opset: 18) { operation, operands throws(ShapeProblem) in
  let shape = try operands.shape(0)
  _ = try problemAxis(operation.integer("axis", 0), rank: shape.count)
  return ResultForm(try operands.type(0), shape)
} compute: { operation, operands, form throws(ShapeProblem) in
  let axis = try problemAxis(operation.integer("axis", 0), rank: form.shape.count)
  let places = try elementPlaces(try operands.constant(1), along: axis, of: form.shape)
  var result = try operands.constant(0).elements
  try joined(
    &result, at: places, with: try operands.constant(2), by: operation.text("reduction", "none"),
    form.type)
  return result
}

/// The block that DepthToSpace and SpaceToDepth move, or the reason that it does not fit.
private func block(
  _ operation: GeneralOperation, _ shape: [Int], divides: (Int, [Int]) -> Bool
) throws(ShapeProblem) -> Int {
  let size = operation.integer("blocksize", 0)
  guard shape.count == 4, (1...4096).contains(size), divides(size, shape) else {
    throw ShapeProblem("blocks of \(size) do not fit the shape")
  }
  return size
}

private let depthToSpace = rearrangement { operation, operands throws(ShapeProblem) in
  let x = try operands.shape(0)
  let size = try block(operation, x) { $1[1] % ($0 * $0) == 0 }
  return [x[0], x[1] / (size * size), x[2] * size, x[3] * size]
} sources: { operation, operands, shape throws(ShapeProblem) in
  let x = try operands.shape(0)
  let size = try block(operation, x) { $1[1] % ($0 * $0) == 0 }
  let isDepthFirst = operation.text("mode", "DCR") == "DCR"
  let plane = x[2] * x[3]
  // An element's place is a sum of what its channel, row and column say.
  let (channelStep, blockStep) = isDepthFirst ? (1, shape[1]) : (size * size, 1)
  return separableSources([
    (0..<shape[0]).map { $0 * x[1] * plane },
    (0..<shape[1]).map { $0 * channelStep * plane },
    (0..<shape[2]).map { $0 % size * size * blockStep * plane + $0 / size * x[3] },
    (0..<shape[3]).map { $0 % size * blockStep * plane + $0 / size },
  ])
}

private let spaceToDepth = rearrangement { operation, operands throws(ShapeProblem) in
  let x = try operands.shape(0)
  let size = try block(operation, x) { $1[2] % $0 == 0 && $1[3] % $0 == 0 }
  return [x[0], x[1] * size * size, x[2] / size, x[3] / size]
} sources: { operation, operands, shape throws(ShapeProblem) in
  let x = try operands.shape(0)
  let size = try block(operation, x) { $1[2] % $0 == 0 && $1[3] % $0 == 0 }
  return separableSources([
    (0..<shape[0]).map { $0 * x[1] * x[2] * x[3] },
    (0..<shape[1]).map { channel in
      let (place, source) = (channel / max(x[1], 1), channel % max(x[1], 1))
      return (source * x[2] + place / size) * x[3] + place % size
    },
    (0..<shape[2]).map { $0 * size * x[3] },
    (0..<shape[3]).map { $0 * size },
  ])
}

extension GeneralOperation {
  static let indexingRules: [String: OperatorRule] = [
    "Gather": OperatorRule { operation, operands throws(ShapeProblem) in
      let shape = try operands.shape(0)
      let axis = try problemAxis(operation.integer("axis", 0), rank: shape.count)
      return ResultForm(
        try operands.type(0),
        shape[..<axis] + (try operands.shape(1)) + shape[(axis + 1)...])
    } compute: { operation, operands, form throws(ShapeProblem) in
      let x = try operands.constant(0)
      let axis = try problemAxis(operation.integer("axis", 0), rank: x.shape.count)
      let stride = rowMajorStrides(x.shape)[axis]
      var offsets: [Int] = []
      for index in try operands.integers(1) {
        offsets.append(try place(index, extent: x.shape[axis]) * stride)
      }
      let outer = Array(x.shape[..<axis]).product
      return x.elements.picked(
        separableSources([
          (0..<outer).map { $0 * stride * x.shape[axis] }, offsets,
          Array(0..<Array(x.shape[(axis + 1)...]).product),
        ]))
    },
    "GatherElements": OperatorRule { operation, operands throws(ShapeProblem) in
      _ = try problemAxis(operation.integer("axis", 0), rank: try operands.shape(0).count)
      return ResultForm(try operands.type(0), try operands.shape(1))
    } compute: { operation, operands, _ throws(ShapeProblem) in
      let x = try operands.constant(0)
      let axis = try problemAxis(operation.integer("axis", 0), rank: x.shape.count)
      return x.elements.picked(
        try elementPlaces(try operands.constant(1), along: axis, of: x.shape))
    },
    "GatherND": OperatorRule { operation, operands throws(ShapeProblem) in
      let (x, indices) = (try operands.shape(0), try operands.shape(1))
      let batch = operation.integer("batch_dims", 0)
      guard let depth = indices.last, batch >= 0, depth >= 0, batch < indices.count,
        batch + depth <= x.count
      else { throw ShapeProblem("indices of shape \(indices) do not fit \(x)") }
      return ResultForm(try operands.type(0), indices.dropLast() + x[(batch + depth)...])
    } compute: { operation, operands, _ throws(ShapeProblem) in
      let x = try operands.constant(0)
      let (offsets, length) = try slicePlaces(
        try operands.constant(1), of: x.shape, batch: operation.integer("batch_dims", 0))
      return x.elements.picked(separableSources([offsets, Array(0..<length)]))
    },
    "ScatterElements": scatterElements,
    "ScatterND": OperatorRule(opset: 18) { _, operands throws(ShapeProblem) in
      ResultForm(try operands.type(0), try operands.shape(0))
    } compute: { operation, operands, form throws(ShapeProblem) in
      let (offsets, length) = try slicePlaces(
        try operands.constant(1), of: form.shape, batch: 0)
      guard
        offsets.count.multipliedReportingOverflow(by: length)
          == (try operands.constant(2).count, false)
      else { throw ShapeProblem("the updates do not fit") }
      var result = try operands.constant(0).elements
      try joined(
        &result, at: separableSources([offsets, Array(0..<length)]),
        with: try operands.constant(2), by: operation.text("reduction", "none"), form.type)
      return result
    },
    "DepthToSpace": depthToSpace,
    "SpaceToDepth": spaceToDepth,
    "ReverseSequence": rearrangement { _, operands throws(ShapeProblem) in
      try operands.shape(0)
    } sources: { operation, operands, shape throws(ShapeProblem) in
      let time = try problemAxis(operation.integer("time_axis", 0), rank: shape.count)
      let batch = try problemAxis(operation.integer("batch_axis", 1), rank: shape.count)
      let lengths = try operands.integers(1)
      guard shape.count >= 2, time != batch, lengths.count == shape[batch],
        lengths.allSatisfy((0...shape[time]).contains)
      else { throw ShapeProblem("the lengths \(lengths) do not fit") }
      let strides = rowMajorStrides(shape)
      return (0..<shape.product).map { index in
        let length = lengths[index / strides[batch] % shape[batch]]
        let step = index / strides[time] % shape[time]
        return step < length ? index + (length - 1 - 2 * step) * strides[time] : index
      }
    },
    "Trilu": rearrangement(opset: 14) { _, operands throws(ShapeProblem) in
      try operands.shape(0)
    } sources: { operation, operands, shape throws(ShapeProblem) in
      guard shape.count >= 2 else { throw ShapeProblem("needs a matrix") }
      let (rows, columns) = (max(shape[shape.count - 2], 1), max(shape[shape.count - 1], 1))
      let diagonal = operands.has(1) ? max(min(try operands.integer(1), 1 << 40), -1 << 40) : 0
      let isUpper = operation.flag("upper", true)
      return (0..<shape.product).map { index in
        let distance = index % columns - index / columns % rows
        return (isUpper ? distance >= diagonal : distance <= diagonal) ? index : noSource
      }
    },
    "CenterCropPad": rearrangement(opset: 18) { operation, operands throws(ShapeProblem) in
      var shape = try operands.shape(0)
      let axes = try problemAxes(
        operation.integers("axes") ?? Array(shape.indices), rank: shape.count)
      let sizes = try operands.integers(1)
      guard sizes.count == axes.count, sizes.allSatisfy((0...attributeLimit).contains) else {
        throw ShapeProblem("the sizes \(sizes) do not fit")
      }
      for (axis, size) in zip(axes, sizes) { shape[axis] = size }
      return shape
    } sources: { _, operands, shape throws(ShapeProblem) in
      let x = try operands.shape(0)
      let strides = rowMajorStrides(x)
      return separableSources(
        shape.indices.map { axis in
          let cropped = max(0, (x[axis] - shape[axis])) / 2
          let padded = max(0, (shape[axis] - x[axis])) / 2
          return (0..<shape[axis]).map { index in
            let source = index - padded + cropped
            return (0..<x[axis]).contains(source) ? source * strides[axis] : noSource
          }
        })
    },
  ]
}
