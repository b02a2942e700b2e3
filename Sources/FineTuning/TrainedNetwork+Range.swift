internal import Network
internal import Planning

extension TrainedNetwork {
  /// Whether arrays have the sizes of this network's parameters.
  package func fits(_ parameters: ParameterArrays) -> Bool {
    let roles = ParameterArrays.Role.allCases
    guard parameters.arrays.count == layers.count * roles.count + 1,
      parameters.arrays[parameters.arrays.count - 1].count == sites.count
    else { return false }
    return layers.enumerated().allSatisfy { index, learned in
      let rows = learned.layer.outputs
      let moments = learned.gain == nil ? 0 : rows
      return roles.map { parameters[$0, index].count }
        == [
          learned.layer.weightCount, rows, learned.bias == nil ? 0 : rows, moments, moments,
        ]
    }
  }

  /// What of the parameters is no number, or a scale or code step that fp32 cannot hold.
  ///
  /// - Returns: the name of the layer, or of the value that the code step is for.
  package func outOfRange(_ parameters: ParameterArrays) -> String? {
    for (index, values) in parameters.arrays.enumerated() {
      let place = parameters.role(at: index)
      // Written so that NaN is found.
      guard place == nil || place!.role == .logScale else {
        if !(largestMagnitude(values) < .infinity) { return layers[place!.layer].layer.name }
        continue
      }
      guard let bad = values.firstIndex(where: { !(abs($0) < Self.largestLogarithm) }) else {
        continue
      }
      return place.map { layers[$0.layer].layer.name } ?? network[sites[bad]].name
    }
    return nil
  }

  /// e to it is far from overflow, also squared times the numbers of a layer.
  private static let largestLogarithm: Float = 40
}
