import Network
import Nodes
import Planning
import Quantization
import Tensors
import TestSupport
import Testing
import Wire

/// Rounded layers, which leave much to learn, and enough steps for a hundred images.
private func thorough(_ recipe: inout Recipe) {
  recipe.method = .twn
  recipe.baselineRefit = .none
  recipe.refinement = .block
  recipe.ownRefinementSettings = RefinementSettings(epochs: 60, rounds: 2, weightRate: 0.01)
}

@Suite(.timeLimit(.minutes(10))) struct `the refinement of blocks` {
  @Test(arguments: [2, 8])
  func `gives the same bytes whoever works`(bits: Int) throws {
    let change: (inout Recipe) -> Void = {
      thorough(&$0)
      $0.activations = .bits(bits)
    }
    let one = try SmallRun(.single, recipe: change)
    for plan: LocalPool.Plan in [.turns(3), .shuffled(2, seed: 5), .cold] {
      #expect(one.outcome.blocks.contains { $0.isAccepted })
      let other = try SmallRun(plan, recipe: change)
      #expect(Set(other.pool.blobs.keys) == Set(one.pool.blobs.keys), "\(plan)")
      #expect(other.outcome.blocks.map(\.errorAfter) == one.outcome.blocks.map(\.errorAfter))
    }
  }

  @Test func `accounts for every block whose layers were learned`() throws {
    let run = try SmallRun(recipe: thorough)
    #expect(
      run.outcome.blocks.map(\.layers) == [["depthwise", "pointwise"], ["strided"], ["grouped"]])
    for block in run.outcome.blocks {
      #expect(block.isAccepted == (block.errorAfter < block.errorBefore))
      #expect(block.errorBefore > 0 && block.errorBefore < 1)
    }
    #expect(run.outcome.blocks.contains { $0.isAccepted })
    // One share of all shards: a task per round, and one to compare.
    #expect(run.pool.taskCounts["compare"] == 3)
  }

  @Test func `changes the network only where it was accepted`() throws {
    let refined = try SmallRun(recipe: thorough)
    let solved = try SmallRun {
      thorough(&$0)
      $0.refinement = Recipe.Refinement.none
    }
    #expect(solved.outcome.blocks.isEmpty)
    #expect(solved.pool.taskCounts["refine"] == nil)
    // Until the first accepted block both runs are one.
    let first = try #require(refined.outcome.blocks.first { $0.isAccepted })
    for (left, right) in zip(refined.outcome.layers, solved.outcome.layers) {
      if first.layers.contains(left.name) {
        #expect(left.solution != right.solution)
        #expect(left.error == right.error)
        break
      }
      #expect(left.solution == right.solution)
    }
    let network = refined.outcome.network
    for outcome in refined.outcome.layers {
      #expect(network.quantizer(before: outcome.name) == outcome.quantizer)
    }
  }

  @Test func `belongs to the method tsq in the asymmetric order`() {
    var recipe = Recipe()
    #expect(recipe.refinesBlocks)
    recipe.order = .concurrent
    #expect(!recipe.refinesBlocks)
    recipe.order = .asymmetric
    recipe.method = .admm
    #expect(!recipe.refinesBlocks)
    recipe.refinement = .block
    #expect(recipe.refinesBlocks)
    recipe.method = .tsq
    recipe.refinement = Recipe.Refinement.none
    #expect(!recipe.refinesBlocks)
  }

  @Test(arguments: ["latent 0", "log scales 0", "log steps", "layer 0"])
  func `refuses a state of another block`(name: String) throws {
    #expect(throws: PipelineError.self) {
      try SmallRun(tamper: { task, outputs in
        guard task.kind == "refine" else { return outputs }
        return outputs.map { without(name, $0) }
      })
    }
  }

  /// The bundle with one array cut short by one element.
  private func without(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    var result = TensorBundle()
    do {
      for entry in try TensorBundle(decoding: bytes).entries {
        switch entry.elements {
        case .float32(let values) where entry.name == name:
          result.append(entry.name, .float32(values.dropLast()))
        case .uint8(let values) where entry.name == name:
          result.append(entry.name, .uint8(values.dropLast()))
        default: result.append(entry.name, shape: entry.shape, entry.elements)
        }
      }
    } catch { Issue.record("\(error)") }
    return result.encoded()
  }
}
