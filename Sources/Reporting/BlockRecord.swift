/// What learning the layers of a block together came to.
package struct BlockRecord: Sendable, Equatable, Decodable {
  /// The names of the layers.
  package var layers: [String]
  /// Unexplained share of the block's output on images that nothing was learned from, with the
  /// layers as they were solved one by one.
  package var errorBefore: Double?
  /// The same with what was learned.
  package var errorAfter: Double?
  /// Whether what was learned was taken.
  package var accepted: Bool
  /// Codes that differ.
  package var changedCodes: Int
  /// Time of all its tasks together, in worker seconds.
  package var seconds: Double

  package init(
    layers: [String], errorBefore: Double?, errorAfter: Double?, accepted: Bool,
    changedCodes: Int, seconds: Double
  ) {
    self.layers = layers
    self.errorBefore = errorBefore.finite
    self.errorAfter = errorAfter.finite
    self.accepted = accepted
    self.changedCodes = changedCodes
    self.seconds = seconds
  }

  /// The record as JSON, keys in a fixed order.
  package var json: JSONText {
    .members([
      "layers": .list(layers.map { .text($0) }), "errorBefore": .optional(errorBefore),
      "errorAfter": .optional(errorAfter), "accepted": .boolean(accepted),
      "changedCodes": .integer(changedCodes), "seconds": .number(seconds),
    ])
  }
}
