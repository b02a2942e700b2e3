internal import Tensors

extension Operation {
  /// The shape of the output for these input shapes, by ONNX's rules.
  func outputShape(_ operand: Operands) throws(ShapeProblem) -> [Int] {
    switch self {
    case .convolution(let convolution): return try convolution.outputShape(operand)
    case .batchNormalization: return try normalizedShape(operand)
    case .relu, .leakyRelu, .clip, .unary, .identity, .quantize: return try operand(0)
    case .general(let operation):
      let types = operand.shapes.map { $0 == nil ? nil : ElementType.float32 }
      let none = operand.shapes.map { _ in TypedTensor?.none }
      return try operation.result(
        GeneralOperands(shapes: operand.shapes, types: types, constants: none)
      ).shape
    case .gemm(let gemm): return try gemm.outputShape(operand)
    case .matMul: return try productShape(try operand(0), try operand(1))
    case .add, .multiply:
      guard let shape = broadcast(try operand(0), try operand(1)) else {
        throw ShapeProblem("the shapes cannot be broadcast to each other")
      }
      return shape
    case .binary(let function): return try function.outputShape(operand)
    case .localResponseNormalization:
      let x = try operand(0)
      guard x.count >= 2 else { throw ShapeProblem("needs a channel axis") }
      return x
    case .maxPool(let pooling), .averagePool(let pooling, _):
      let x = try operand(0)
      guard x.count > 2 else { throw ShapeProblem("pooling needs a spatial axis") }
      return x[0..<2] + (try pooling.resolvedGeometry(input: x)).output
    case .globalAveragePool:
      let x = try operand(0)
      guard x.count > 2 else { throw ShapeProblem("pooling needs a spatial axis") }
      guard x.count <= 5 else {
        throw ShapeProblem("has \(x.count - 2) spatial axes; up to 3 are supported")
      }
      guard x.dropFirst(2).allSatisfy((1...attributeLimit).contains) else {
        throw ShapeProblem("a spatial axis is empty or longer than \(attributeLimit)")
      }
      return x[0..<2] + x.dropFirst(2).map { _ in 1 }
    case .concatenate(let axis): return try concatenatedShape(try operand.all(), axis: axis)
    case .flatten(let axis): return try flattenedShape(try operand(0), axis: axis)
    case .reshape(let reshape): return try reshape.resolved(input: try operand(0))
    case .unsqueeze(let axes): return try unsqueezedShape(try operand(0), axes)
    case .squeeze(let axes): return try squeezedShape(try operand(0), axes)
    case .transpose(let permutation):
      let x = try operand(0)
      guard permutation.sorted() == Array(x.indices) else {
        throw ShapeProblem("\(permutation) does not permute \(x.count) axes")
      }
      return permutation.map { x[$0] }
    case .slice(let axes): return try slicedShape(try operand(0), axes)
    case .pad(let padding): return try padding.outputShape(try operand(0))
    case .resize(let resize): return try resize.outputShape(try operand(0))
    case .softmax(let axis, _):
      let x = try operand(0)
      guard normalizedAxis(axis, rank: x.count) != nil else {
        throw ShapeProblem("axis \(axis) is outside the rank")
      }
      return x
    }
  }
}

extension Convolution {
  fileprivate func outputShape(_ operand: Operands) throws(ShapeProblem) -> [Int] {
    let x = try operand(0)
    let weights = try operand(1)
    guard x.count >= 3, weights.count == x.count else {
      throw ShapeProblem("input and weights need the same rank, at least 3")
    }
    guard Array(weights.dropFirst(2)) == kernel else {
      throw ShapeProblem("the kernel is declared as \(kernel)")
    }
    guard groups > 0, x[1] % groups == 0, weights[0] % groups == 0,
      weights[1] == x[1] / groups, weights[0] > 0, weights[1] > 0
    else {
      throw ShapeProblem("\(x[1]) channels in \(groups) groups do not fit the weights")
    }
    if let bias = operand.optional(2), bias != [weights[0]] {
      throw ShapeProblem("the bias needs one value per output channel (\(weights[0]))")
    }
    return [x[0], weights[0]] + (try resolvedGeometry(input: x)).output
  }
}

extension Gemm {
  fileprivate func outputShape(_ operand: Operands) throws(ShapeProblem) -> [Int] {
    let a = try operand(0)
    let b = try operand(1)
    guard a.count == 2, b.count == 2 else { throw ShapeProblem("A and B need two axes") }
    let (m, k) = transposesA ? (a[1], a[0]) : (a[0], a[1])
    let (inner, n) = transposesB ? (b[1], b[0]) : (b[0], b[1])
    guard k == inner else { throw ShapeProblem("the inner extents \(k) and \(inner) differ") }
    if let c = operand.optional(2), broadcast(c, [m, n]) != [m, n] {
      throw ShapeProblem("C cannot be broadcast to \([m, n])")
    }
    return [m, n]
  }
}

extension Padding {
  fileprivate func outputShape(_ x: [Int]) throws(ShapeProblem) -> [Int] {
    guard before.count == x.count, after.count == x.count else {
      throw ShapeProblem("needs one padding before and after each of \(x.count) axes")
    }
    var shape: [Int] = []
    for axis in x.indices {
      let range = -attributeLimit...attributeLimit
      guard range.contains(before[axis]), range.contains(after[axis]) else {
        throw ShapeProblem("the padding of axis \(axis) is out of range")
      }
      let kept = x[axis] + min(before[axis], 0) + min(after[axis], 0)
      let extent = x[axis] + before[axis] + after[axis]
      guard extent >= 0, kept >= 0 else {
        throw ShapeProblem("the padding removes more than axis \(axis) has")
      }
      if case .constant = mode {
      } else if kept == 0, extent > 0 {
        throw ShapeProblem("axis \(axis) has no element to repeat")
      }
      shape.append(extent)
    }
    return shape
  }
}

private func normalizedShape(_ operand: Operands) throws(ShapeProblem) -> [Int] {
  let x = try operand(0)
  guard x.count >= 2 else { throw ShapeProblem("needs a channel axis") }
  for index in 1...4 where try operand(index) != [x[1]] {
    throw ShapeProblem("input \(index) needs one value per channel (\(x[1]))")
  }
  return x
}

private func productShape(_ a: [Int], _ b: [Int]) throws(ShapeProblem) -> [Int] {
  guard !a.isEmpty, !b.isEmpty else { throw ShapeProblem("a scalar is no matrix") }
  let left = a.count == 1 ? [1] + a : a
  let right = b.count == 1 ? b + [1] : b
  guard left[left.count - 1] == right[right.count - 2] else {
    throw ShapeProblem("the inner extents differ")
  }
  guard let batch = broadcast(Array(left.dropLast(2)), Array(right.dropLast(2))) else {
    throw ShapeProblem("the batch axes cannot be broadcast to each other")
  }
  let rows = a.count == 1 ? [] : [left[left.count - 2]]
  let columns = b.count == 1 ? [] : [right[right.count - 1]]
  return batch + rows + columns
}

private func concatenatedShape(_ parts: [[Int]], axis: Int) throws(ShapeProblem) -> [Int] {
  guard let first = parts.first, let axis = normalizedAxis(axis, rank: first.count) else {
    throw ShapeProblem("axis \(axis) is outside the rank")
  }
  var shape = first
  for part in parts.dropFirst() {
    guard part.count == first.count,
      first.indices.allSatisfy({ $0 == axis || part[$0] == first[$0] })
    else { throw ShapeProblem("the inputs differ along another axis than \(axis)") }
    shape[axis] += part[axis]
  }
  return shape
}

private func flattenedShape(_ x: [Int], axis: Int) throws(ShapeProblem) -> [Int] {
  let split = axis < 0 ? axis + x.count : axis
  guard (0...x.count).contains(split) else {
    throw ShapeProblem("axis \(axis) is outside the rank")
  }
  return [Array(x[..<split]).product, Array(x[split...]).product]
}

private func unsqueezedShape(_ x: [Int], _ axes: [Int]) throws(ShapeProblem) -> [Int] {
  var shape = x
  for axis in axes {
    guard (0...shape.count).contains(axis) else {
      throw ShapeProblem("axis \(axis) is outside the rank")
    }
    shape.insert(1, at: axis)
  }
  return shape
}

private func squeezedShape(_ x: [Int], _ axes: [Int]) throws(ShapeProblem) -> [Int] {
  guard axes.allSatisfy({ x.indices.contains($0) && x[$0] == 1 }) else {
    throw ShapeProblem("not all of the axes \(axes) have extent 1")
  }
  return x.indices.filter { !axes.contains($0) }.map { x[$0] }
}

private func slicedShape(_ x: [Int], _ axes: [SliceAxis]) throws(ShapeProblem) -> [Int] {
  var shape = x
  var seen: Set<Int> = []
  for slice in axes {
    guard let axis = normalizedAxis(slice.axis, rank: x.count) else {
      throw ShapeProblem("axis \(slice.axis) is outside the rank")
    }
    guard seen.insert(axis).inserted else { throw ShapeProblem("axis \(axis) is sliced twice") }
    guard slice.step != 0 else { throw ShapeProblem("axis \(axis) is sliced with step 0") }
    shape[axis] = slice.resolved(extent: x[axis]).count
  }
  return shape
}
