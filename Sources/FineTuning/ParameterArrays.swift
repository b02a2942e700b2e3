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

  /// Multiplies everything.
  mutating func scale(by factor: Float) {
    for index in arrays.indices { multiply(&arrays[index], factor) }
  }

  private func multiply(_ target: inout [Float], _ factor: Float) {
    unsafe target.withUnsafeMutableBufferPointer { target in
      for index in 0..<target.count { unsafe target[index] *= factor }
    }
  }

  /// The largest magnitude in each array, NaN where one of its numbers is NaN.
  var largest: [Float] { arrays.map { largestMagnitude($0) } }

  private func sum(_ target: inout [Float], _ addend: [Float]) {
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe addend.withUnsafeBufferPointer { addend in
        for index in 0..<target.count { unsafe target[index] += addend[index] }
      }
    }
  }
}

/// The largest magnitude of numbers, NaN where one of them is NaN, 0 of none.
func largestMagnitude(_ values: [Float]) -> Float {
  // Bit patterns of magnitudes order as these do, infinity and NaN above all.
  let largest = unsafe values.withUnsafeBufferPointer { values in
    var largest: UInt32 = 0
    for index in 0..<values.count {
      unsafe largest = max(largest, values[index].bitPattern & 0x7FFF_FFFF)
    }
    return largest
  }
  return Float(bitPattern: largest)
}
