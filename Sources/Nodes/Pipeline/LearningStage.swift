/// When a run learns the whole network at once.
package enum LearningStage: String, Sendable, CaseIterable {
  /// Step 1: activation codes with float weights, before the layers are solved.
  case codes = "learn-codes"
  /// Step 3: low-bit weights, after they are solved.
  case weights = "fine-tune"
}
