import Network
import Planning
import Quantization
import Tensors
import Testing

@Suite struct `A plan of weights` {
  private let network = residualNetwork()

  private func recipe(_ limit: WeightBudget.Limit, sets: [WeightSet]? = nil) -> Recipe {
    var recipe = Recipe()
    recipe.budget = WeightBudget(limit: limit, sets: sets)
    return recipe
  }

  /// Sensitivities that fall from layer to layer.
  private func sensitivities(_ recipe: Recipe) throws -> [LayerSensitivity] {
    try recipe.policies(for: network).filter(recipe.isFree).enumerated().map {
      LayerSensitivity(
        layer: $1.layer.name,
        errors: Array([0.1, 0.02, 0.01, 0.0001].prefix(recipe.budget?.sets.count ?? 0)),
        outputError: 1 / Double($0 + 1))
    }
  }

  @Test(
    arguments: [
      (WeightSet.binary, 1), (.ternary, 2), (.shift1, 3), (.shift2, 3), (.shift3, 4), (.int8, 8),
    ])
  func `counts the bits that tell levels apart`(set: WeightSet, bits: Int) {
    #expect(set.codeBits == bits)
  }

  @Test func `leaves first and last layers, and exceptions, as the recipe says`() throws {
    var recipe = recipe(.averageBits(8))
    recipe.overrides = [
      Recipe.Override(pattern: "two.a", weights: .set(.binary), activations: nil),
      Recipe.Override(pattern: "two.b", weights: nil, activations: .bits(4)),
    ]
    let policies = try recipe.policies(for: network)
    let free = policies.filter(recipe.isFree).map(\.layer.name)
    #expect(Set(free) == ["one.a", "one.b", "two.b", "two.down"])
    let plan = try recipe.weightPlan(policies, sensitivities(recipe))
    // With room for everything the widest set is best.
    for entry in plan.entries {
      #expect(entry.chosen == .set(entry.layer == "two.a" ? .binary : .int8))
    }
    let planned = recipe.following(plan)
    #expect(planned.budget == nil)
    let after = try planned.policies(for: network)
    #expect(after.map(\.weights) == plan.entries.map(\.chosen))
    #expect(after.map(\.activations) == policies.map(\.activations))
  }

  @Test(arguments: [2.6, 3, 4.5]) func `keeps the average of bits`(bits: Double) throws {
    let recipe = recipe(.averageBits(bits))
    let policies = try recipe.policies(for: network)
    let plan = try recipe.weightPlan(policies, sensitivities(recipe))
    let planned = try recipe.following(plan).policies(for: network)
    var (sum, count) = (0, 0)
    for policy in planned {
      guard case .set(let set) = policy.weights else { continue }
      sum += set.codeBits * policy.layer.weightCount
      count += policy.layer.weightCount
    }
    #expect(Double(sum) / Double(count) <= bits)
    #expect(abs(plan.spent - Double(sum) / Double(count)) < 1e-12)
  }

  @Test func `that nothing keeps is refused with the smallest possible`() throws {
    let tooLittle = recipe(.averageBits(1.5))
    let error = try #require(throws: PlanningError.self) {
      try tooLittle.policies(for: network)
    }
    guard case .budgetTooSmall(_, let smallest) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(smallest > 2 && "\(error)".contains("the smallest possible is"))
    // What is named suffices, rounded as it is printed.
    let printed = (smallest * 10_000).rounded(.up) / 10_000
    #expect(throws: Never.self) { try recipe(.averageBits(printed)).policies(for: network) }
    let bytes = try #require(throws: PlanningError.self) {
      try recipe(.bytes(100)).policies(for: network)
    }
    guard case .budgetTooSmall(_, let least) = bytes else {
      Issue.record("\(bytes)")
      return
    }
    #expect(throws: Never.self) { try recipe(.bytes(Int(least))).policies(for: network) }
    #expect(throws: PlanningError.self) {
      try recipe(.bytes(Int(least) - 1)).policies(for: network)
    }
  }

  @Test func `weights a layer's own errors by what one of them did to the output`() {
    let sensitivity = LayerSensitivity(layer: "a", errors: [0.1, 0.05, 0.001], outputError: 0.4)
    for (found, expected) in zip(sensitivity.effects, [0.4, 0.2, 0.004]) {
      #expect(abs(found - expected) < 1e-12)
    }
    #expect(LayerSensitivity(layer: "a", errors: [0, 0], outputError: 0).effects == [0, 0])
  }

  @Test func `measures an output's error in shares of its variance, over shards`() {
    var first = OutputError()
    first.add(Tensor(shape: [2], values: [1, 3]), Tensor(shape: [2], values: [1, 4]))
    var second = OutputError()
    second.add(Tensor(shape: [2], values: [5, 7]), Tensor(shape: [2], values: [3, 7]))
    first += second
    // Errors 1 and 4, variance of 1, 3, 5, 7 around 4: 20.
    #expect(abs(first.share - 0.25) < 1e-12)
    #expect(OutputError(squaredError: 0, sum: 4, squares: 16, count: 1).share == 0)
    #expect(OutputError(squaredError: .nan, sum: 1, squares: 4, count: 2).share.isNaN)
  }
}
