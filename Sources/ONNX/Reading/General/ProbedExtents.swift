internal import Network
internal import Tensors

extension GraphReader {
  /// The shapes of a value for the probes, where they could be inferred.
  func probedShapes(of value: ValueID) -> ProbedShapes? {
    if let constant = network.constants[value] { return ProbedShapes(constant: constant.shape) }
    return shapes[value]
  }

  /// Infers the shapes of what the last node computes; they stay unknown where its operands' are,
  /// or where the needed probes are no extents that the network can take.
  mutating func probeLastNode() {
    guard let node = network.nodes.last else { return }
    var operands: [ProbedShapes?] = []
    for input in node.inputs {
      let known = input.flatMap(probedShapes)
      guard input == nil || known != nil else { return }
      operands.append(known)
    }
    var results: [[Int]?] = []
    for probe in probes.indices {
      let shapes = operands.map { $0?.all[probe] }
      if probe > 0, operands.allSatisfy({ $0.map { $0.all[probe] == $0.first } ?? true }) {
        results.append(results[0])
        continue
      }
      guard zip(operands, shapes).allSatisfy({ $0 == nil || $1 != nil }) else {
        results.append(nil)
        continue
      }
      do throws(NetworkError) {
        results.append(try network.shape(of: node, operands: shapes))
      } catch {
        if probe < neededProbes { return }
        results.append(nil)
      }
    }
    shapes[node.outputs[0]] = ProbedShapes(results)
  }

  /// The shape of a value as a tensor.
  mutating func shapeTensor(_ shapes: ProbedShapes) -> ProbedTensor {
    let tensors = shapes.all.map { $0.map { TypedTensor(shape: [$0.count], integers: $0) } }
    var forms: [ElementForm] = []
    for axis in shapes.first.indices { forms.append(extents.form(shapes.extents(axis))) }
    return ProbedTensor(
      first: TypedTensor(shape: [shapes.first.count], integers: shapes.first),
      others: Array(tensors.dropFirst()), forms: .each(forms))
  }

  /// Whether an element of a shape is, whatever is open, the extent of a value along an axis.
  mutating func isExtent(
    _ element: Int, of shape: ProbedTensor, along axis: Int, of shapes: ProbedShapes
  ) -> Bool {
    guard shapes.first.indices.contains(axis), let polynomial = shape.polynomial(element) else {
      return false
    }
    let own = shapeTensor(shapes)
    return own.polynomial(axis) == polynomial
  }

  /// A target shape in which extents that depend on what is open are told by the input's: 0 where
  /// they are the input's along the same axis, else −1 once.
  mutating func openTarget(_ target: ProbedTensor, of value: ValueID) -> [Int]? {
    if case .open = target.forms { return nil }
    guard let first = target.first.integers else { return nil }
    let input = probedShapes(of: value)
    var inferred = first.indices.contains { first[$0] == -1 && target.form($0) == .fixed }
    var result: [Int] = []
    for axis in first.indices {
      if target.form(axis) == .fixed {
        result.append(first[axis])
      } else if let input, isExtent(axis, of: target, along: axis, of: input) {
        result.append(0)
      } else if !inferred {
        inferred = true
        result.append(-1)
      } else {
        return nil
      }
    }
    return result
  }
}
