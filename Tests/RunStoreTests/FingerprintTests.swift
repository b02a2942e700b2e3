import RunStore
import Testing

@Suite struct `a fingerprint that differs` {
  private func text(_ stored: String?, _ given: String?) -> String {
    RunStoreError.fingerprintDiffers(
      folder: "run", field: "recipe", stored: stored, given: given
    ).description
  }

  private let recipe = """
    weights: ternary
    activations: 2
    method: tsq
    layers:
    - layer: a
      weights: shift2
    """

  @Test(
    arguments: [
      ("weights: ternary\n", "weights: binary\n", ": weights: ternary → binary; restore"),
      ("  weights: shift2", "  weights: shift3", ": weights: shift2 → shift3; restore"),
      ("method: tsq\n", "", ": 'method: tsq' is gone; restore"),
      ("method: tsq\n", "method: tsq\nseed: 1\n", ": 'seed: 1' is new; restore"),
      (
        "weights: ternary\nactivations: 2\n", "weights: binary\nactivations: 4\n",
        ": weights: ternary → binary, activations: 2 → 4; restore"
      ),
    ])
  func `names the lines that differ`(old: String, new: String, expected: String) throws {
    let range = try #require(recipe.firstRange(of: old))
    var changed = recipe
    changed.replaceSubrange(range, with: new)
    let found = text(recipe, changed)
    #expect(found.contains("cannot resume 'run': recipe differs" + expected), "\(found)")
  }

  @Test func `names few lines`() {
    let found = text("a: 1\n", (0..<9).map { "b\($0): 1\n" }.joined())
    #expect(found.contains("'a: 1' is gone, 'b0: 1' is new"))
    #expect(found.contains(" and 6 more; restore"))
  }

  @Test func `names values of one line whole`() {
    #expect(text("1a", nil).contains("begun with '1a', now it is none;"))
    #expect(text("1a", "2b").contains("begun with '1a', now it is '2b';"))
  }
}
