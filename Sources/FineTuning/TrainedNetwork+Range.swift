internal import Network
internal import Planning

extension TrainedNetwork {
  /// What has parameters that no network can have, the first of them: numbers that are none, or
  /// scales and code steps that leave the range of fp32. Nil where all are as they must be.
  ///
  /// - Returns: the name of the layer, or of the value that the code step is for.
  package func outOfRange(_ parameters: ParameterArrays) -> String? {
    let last = layers.count * 3
    for (index, values) in parameters.arrays.enumerated() {
      // Written so that NaN is found.
      guard index % 3 == 1 || index == last else {
        if !values.allSatisfy(\.isFinite) { return layers[index / 3].layer.name }
        continue
      }
      guard let bad = values.firstIndex(where: { !(abs($0) < Self.largestLogarithm) }) else {
        continue
      }
      return index == last ? network[sites[bad]].name : layers[index / 3].layer.name
    }
    return nil
  }

  /// e to it is far from overflow, also squared times the numbers of a layer.
  private static let largestLogarithm: Float = 40
}
