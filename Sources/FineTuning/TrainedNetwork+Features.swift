internal import Execution
package import Network
internal import Planning

extension TrainedNetwork {
  /// Values of the graph that learns with those of `reference` that they stand for: the outputs of
  /// blocks of the same layers, but those that are outputs of the network, or not one part per
  /// image.
  ///
  /// Codes belong to the block that reads them, so each value is one that no code has rounded yet.
  ///
  /// - Throws: `.execution` where a network has no shapes.
  package func features(
    in reference: Network, batch: Int
  ) throws(FineTuningError) -> [(learning: ValueID, reference: ValueID)] {
    let shapes: [ValueID: [Int]]
    do throws(NetworkError) {
      shapes = try network.inferShapes(batch: batch)
    } catch {
      throw .execution(.network(error))
    }
    let wanted = Dictionary(
      reference.blocks.map { ($0.layers, $0.output) }, uniquingKeysWith: { first, _ in first })
    return network.blocks.compactMap { block in
      guard let other = wanted[block.layers], !network.outputs.contains(block.output),
        !reference.outputs.contains(other), shapes[block.output]?.first == batch
      else { return nil }
      return (block.output, other)
    }
  }
}
