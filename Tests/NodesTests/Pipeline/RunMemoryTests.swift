import Network
import Nodes
import Planning
import TestSupport
import Testing

/// Estimates of what the processes of a run take.
@Suite struct `the memory of a run` {
  private let network = SmallNetwork().network.prepared()

  private func memory(_ change: (inout Recipe) -> Void = { _ in }) throws -> RunMemory {
    var recipe = Recipe()
    change(&recipe)
    return try RunMemory(recipe, prepared: network, sampleShape: [3, 8, 8])
  }

  @Test func `grows with images, and with layers that are measured together`() throws {
    let usual = try memory()
    let larger = try memory { $0.shardSize = 1 << 16 }
    // 1.5 kB come out of the first layers for each image, and are read by the next.
    #expect(larger.worker.bytes > usual.worker.bytes + 2 << 16 * 1_536)
    #expect(larger.worker.step == "measured" && larger.coordinator == usual.coordinator)
    let together = try memory { $0.order = .concurrent }
    #expect(together.coordinator.bytes > usual.coordinator.bytes)
  }

  @Test func `names the layer that takes most`() throws {
    // The widest: 6 · 9 inputs.
    #expect(try memory().coordinator.layer == "strided")
    let float = try memory { recipe in
      recipe.overrides = SmallNetwork.layers.filter { $0 != "pointwise" }.map {
        Recipe.Override(pattern: $0, weights: .float, activations: nil)
      }
    }
    #expect(float.coordinator.layer == "pointwise" && float.coordinator.step == "summed up")
  }

  @Test(arguments: [1, 384 << 20, 385 << 20, 700 << 20, 1 << 30, 1_920 << 20, 1_921 << 20, 9 << 30])
  func `fits the least budget, with the frontiers that it allows`(bytes: Int) {
    let budget = RunMemory.budget(forWorker: bytes)
    #expect(bytes + RunMemory.frontierBytes(budget: budget) <= budget)
    // No task is given to a worker with less.
    #expect(budget >= RunMemory.leastWorkerBytes)
    #expect(
      budget == RunMemory.leastWorkerBytes
        || bytes + RunMemory.frontierBytes(budget: budget - 4) > budget - 4)
  }
}
