/// Parameters or their gradients: five arrays per layer (`Role`), then logarithms of code steps.
package struct ParameterArrays: Sendable, Equatable {
  /// What an array of a layer holds.
  package enum Role: Int, CaseIterable {
    /// Weights `[outputs, inputs]` before they become levels.
    case latent
    /// Per row: logarithm of the scale or, of a normalized layer, of the gain γ.
    case logScale
    /// Per row: offset or, of a normalized layer, β.
    case offset
    /// Per row, of a normalized layer, else empty: running mean and variance of its outputs.
    /// They are measured, not learned; a gradient has the mean and the second moment that were
    /// measured, times images.
    case mean
    case variance
  }

  package var arrays: [[Float]]

  package init(arrays: [[Float]]) { self.arrays = arrays }

  package var layerCount: Int { (arrays.count - 1) / Role.allCases.count }

  /// Where the arrays of a layer stand.
  static func place(_ role: Role, of layer: Int) -> Int {
    layer * Role.allCases.count + role.rawValue
  }

  /// What the array at `index` is of; nil for the code steps.
  func role(at index: Int) -> (layer: Int, role: Role)? {
    guard index < arrays.count - 1 else { return nil }
    let count = Role.allCases.count
    return (index / count, Role(rawValue: index % count)!)
  }

  subscript(role: Role, layer: Int) -> [Float] {
    get { arrays[Self.place(role, of: layer)] }
    set { arrays[Self.place(role, of: layer)] = newValue }
  }

  /// Logarithms of code steps.
  var logSteps: [Float] {
    get { arrays[arrays.count - 1] }
    set { arrays[arrays.count - 1] = newValue }
  }

  /// Arrays of the same sizes, all zero.
  package var zeros: ParameterArrays {
    ParameterArrays(arrays: arrays.map { [Float](repeating: 0, count: $0.count) })
  }

  /// Adds arrays of the same sizes.
  package mutating func add(_ other: ParameterArrays) {
    precondition(arrays.map(\.count) == other.arrays.map(\.count), "sums of one kind")
    for index in arrays.indices { sum(&arrays[index], other.arrays[index]) }
  }

  private func sum(_ target: inout [Float], _ addend: [Float]) {
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe addend.withUnsafeBufferPointer { addend in
        for index in 0..<target.count { unsafe target[index] += addend[index] }
      }
    }
  }
}

/// The gradient of a shard of a mini-batch: sums over its images.
package struct ShardGradient: Sendable, Equatable {
  package var loss: Double
  package var images: Int
  package var gradients: ParameterArrays

  package init(loss: Double, images: Int, gradients: ParameterArrays) {
    self.loss = loss
    self.images = images
    self.gradients = gradients
  }

  /// The sum of the shards in a fixed tree: neighbours first, then neighbours of these, so that it
  /// does not depend on who computed which shard, or on the order in which they came.
  ///
  /// - Precondition: at least one shard, all of one network.
  package static func reduced(_ shards: [ShardGradient]) -> ShardGradient {
    summedInPairs(shards) { sum, shard in
      sum.loss += shard.loss
      sum.images += shard.images
      sum.gradients.add(shard.gradients)
    }
  }
}

/// A sum in a fixed tree: neighbours first, then neighbours of these.
///
/// - Precondition: at least one part.
func summedInPairs<Part>(_ parts: [Part], _ add: (inout Part, Part) -> Void) -> Part {
  precondition(!parts.isEmpty, "a sum of no shards")
  var level = parts
  while level.count > 1 {
    level = stride(from: 0, to: level.count, by: 2).map { index in
      var sum = level[index]
      if index + 1 < level.count { add(&sum, level[index + 1]) }
      return sum
    }
  }
  return level[0]
}
