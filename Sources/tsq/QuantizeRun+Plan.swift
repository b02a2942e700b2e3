import Nodes
import Planning
import Quantization
import Reporting
import RunStore
import Tensors

extension QuantizeRun {
  /// Chooses the sets of weights and writes the choice as a recipe, beside the output and into the
  /// run folder.
  /// - Returns: the plan and the recipe that follows it.
  func plan(
    _ pipeline: QuantizationPipeline, _ folder: RunFolder
  ) throws(CommandFailure) -> (plan: WeightPlan, recipe: Recipe) {
    let plan = try CommandFailure.mapping { try pipeline.planWeights() }
    let planned = recipe.following(plan)
    let text = try RecipeFile.text(planned: planned, plan, of: recipeText)
    try CommandFailure.mapping {
      try folder.write(.plan, text)
      try writeFiles([(Array(text.utf8), OutputFiles(request.output).plan)])
    }
    return (plan, planned)
  }
}

extension PlanRecord {
  init(_ plan: WeightPlan) {
    let (unit, limit): (Unit, Double) =
      switch plan.budget.limit {
      case .averageBits(let bits): (.bits, bits)
      case .bytes(let bytes): (.bytes, Double(bytes))
      }
    self.init(
      unit: unit, limit: limit, spent: plan.spent, effect: plan.effect,
      lowerBound: plan.lowerBound, exact: plan.isExact,
      layers: plan.entries.map { entry in
        let effects = entry.sensitivity?.effects ?? []
        return Layer(
          name: entry.layer, weights: entry.chosen.name, count: entry.weightCount,
          cost: entry.cost,
          candidates: zip(plan.budget.sets, effects).enumerated().map { index, candidate in
            Candidate(
              weights: candidate.0.rawValue, error: entry.sensitivity?.errors[index],
              effect: candidate.1)
          })
      })
  }
}

extension Quantize {
  /// What a plan came to, for a person.
  func summary(_ plan: WeightPlan) -> String {
    var lines = [plan.headline]
    for entry in plan.entries {
      let reason = entry.sensitivity == nil ? " (by the recipe)" : ""
      lines.append("\(entry.layer): \(entry.chosen.name)\(reason)")
    }
    lines.append("plan: \(OutputFiles(output).plan)")
    return lines.joined(separator: "\n") + "\n"
  }
}
