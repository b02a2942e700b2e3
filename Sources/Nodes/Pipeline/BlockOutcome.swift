/// What the refinement of a block came to.
package struct BlockOutcome: Sendable, Equatable {
  /// The layers that were learned together.
  package let layers: [String]
  /// Unexplained share of the output's variance as the layers were solved one by one, on images
  /// that nothing was learned from.
  package let errorBefore: Double
  /// The same with what was learned.
  package let errorAfter: Double
  /// Whether what was learned took the place of the solutions: when its error is lower.
  package let isAccepted: Bool
  /// Codes that differ.
  package let changedCodes: Int
  /// Seconds of work in all its tasks.
  package let seconds: Double
}
