import ArgumentParser

/// What layers become, and how it is found.
struct LowBitOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "ternary (default), binary, shift1, shift2, shift3, int8 or float.")
  var weights: String?

  @Option(
    name: .long,
    help: "Choose the weights of each layer so that their codes have so many bits on average.")
  var bitsBudget: Double?

  @Option(
    name: .long,
    help: "Choose the weights of each layer so that all of them take so many bytes at most.")
  var maxSize: Int?

  @Option(name: .long, help: "Bits of the activation codes: 2 (default), 1, 3, 4, 8 or float.")
  var activations: String?

  @Option(
    name: .long,
    help: "tsq (default), admm, descent, projection; baselines: gptq, twn, bwn, round.")
  var method: String?

  @Option(
    name: .long,
    help: "The first and the last layer: int8 (default), float, or same as the others.")
  var firstLast: String?

  @Option(
    name: .long,
    help: "asymmetric (default: inputs from the quantized prefix) or concurrent.")
  var order: String?

  @Option(name: .long, help: "One scale per output channel (default) or per layer.")
  var scale: String?

  @Option(
    name: .long,
    help: "block (default of method tsq): learns the layers of a block together; or none.")
  var refine: String?

  @Option(
    name: .long,
    help:
      "What round, twn and bwn may take from data: scaleAndOffset (default), offset or none."
  )
  var refit: String?

  func validate() throws {
    if bitsBudget != nil && maxSize != nil {
      throw ValidationError("'--bits-budget' and '--max-size' are two budgets: give one")
    }
    if weights != nil && (bitsBudget != nil || maxSize != nil) {
      throw ValidationError("a budget chooses the weights: leave '--weights' out")
    }
  }

  /// Nil where no budget was given here.
  var budget: RecipeFile.BudgetEntry? {
    bitsBudget == nil && maxSize == nil
      ? nil : RecipeFile.BudgetEntry(bits: bitsBudget, bytes: maxSize)
  }
}
