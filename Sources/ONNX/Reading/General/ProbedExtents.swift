internal import Network
internal import Tensors

/// Integers that come from the shape of a value with open extents, as they are for two different
/// bindings of these.
///
/// Where both are the same, nothing depends on what is open.
struct ProbedTensor {
  let first: TypedTensor
  let second: TypedTensor

  /// The tensor, where it does not depend on what is open.
  var constant: TypedTensor? { first == second ? first : nil }

  func probe(_ index: Int) -> TypedTensor { index == 0 ? first : second }
}

/// What open extents are bound to for the two probes: the batch, and any other.
private let probes = [(batch: 2, other: 64), (batch: 3, other: 96)]

extension GraphReader {
  /// The shapes of an input for both probes.
  static func probedShapes(_ declared: [Dimension]) -> [[Int]] {
    probes.map { probe in
      declared.enumerated().map { axis, dimension in
        switch dimension {
        case .fixed(let extent): extent
        case .symbolic: axis == 0 ? probe.batch : probe.other
        }
      }
    }
  }

  /// The shapes of a value for both probes, where they could be inferred.
  func probedShapes(of value: ValueID) -> [[Int]]? {
    if let constant = network.constants[value] { return [constant.shape, constant.shape] }
    return shapes[value]
  }

  /// Infers the shapes of what the last node computes; they stay unknown where its operands' are,
  /// or where the probes are no extents that the network can take.
  mutating func probeLastNode() {
    guard let node = network.nodes.last else { return }
    var results: [[Int]] = []
    for probe in probes.indices {
      var operands: [[Int]?] = []
      for input in node.inputs {
        guard let input else {
          operands.append(nil)
          continue
        }
        guard let known = probedShapes(of: input) else { return }
        operands.append(known[probe])
      }
      do throws(NetworkError) {
        results.append(try network.shape(of: node, operands: operands))
      } catch {
        return
      }
    }
    shapes[node.outputs[0]] = results
  }

  /// A target shape in which extents that depend on what is open are told by the input's: 0 where
  /// they are the input's along the same axis, else −1 once.
  func openTarget(_ target: ProbedTensor, of value: ValueID) -> [Int]? {
    guard let first = target.first.integers, let second = target.second.integers,
      first.count == second.count
    else { return nil }
    let input = probedShapes(of: value)
    var inferred = first.contains(-1)
    var result: [Int] = []
    for axis in first.indices {
      if first[axis] == second[axis] {
        result.append(first[axis])
      } else if let input, axis < input[0].count, input[0][axis] == first[axis],
        input[1][axis] == second[axis]
      {
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
