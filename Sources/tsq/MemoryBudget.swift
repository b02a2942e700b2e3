import ArgumentParser
import Network
import Nodes
import Planning

/// What processes may take of memory, as options give it: in GiB.
enum MemoryBudget {
  private static let mostGibibytes = 1_048_576.0

  static func check(_ gibibytes: Double?) throws(ValidationError) {
    guard let gibibytes, !(gibibytes > 0 && gibibytes <= mostGibibytes) else { return }
    throw ValidationError("'--memory' is in GiB, more than 0")
  }

  static func bytes(_ gibibytes: Double?) -> Int? {
    gibibytes.map { Int(($0 * Double(1 << 30)).rounded()) }
  }

  /// The options of a process with the same budget.
  static func arguments(_ gibibytes: Double?) -> [String] {
    gibibytes.map { ["--memory", "\($0)"] } ?? []
  }

  /// Checks that coordinator and workers keep to a budget, before there is any work.
  ///
  /// - Parameter sampleShape: of one image.
  /// - Throws: naming the layer and the budget that it needs.
  static func require(
    _ gibibytes: Double?, _ recipe: Recipe, _ prepared: Network, sampleShape: [Int]
  ) throws(CommandFailure) {
    guard let gibibytes, let budget = bytes(gibibytes) else { return }
    let memory = try CommandFailure.mapping {
      try RunMemory(recipe, prepared: prepared, sampleShape: sampleShape)
    }
    let worker = RunMemory.budget(forWorker: memory.worker.bytes)
    for (process, need, needed) in [
      ("a worker", memory.worker, worker),
      ("the coordinator", memory.coordinator, memory.coordinator.bytes),
    ] where needed > budget {
      throw refusal(
        "layer '\(need.layer)' needs \(text(needed)) of memory in \(process), to be "
          + need.step, max(worker, memory.coordinator.bytes), gibibytes,
        need.step == "measured"
          ? "give smaller images"
          : "keep the layer float by an entry under 'layers' in the recipe, or have it solved from "
            + "samples by a smaller 'solver: memory' there")
    }
  }

  /// Checks that workers can take a shard of a fine-tune.
  static func require(
    _ gibibytes: Double?, _ fineTune: FineTuneSetup?
  ) throws(CommandFailure) {
    guard let gibibytes, let budget = bytes(gibibytes), let needed = fineTune?.memoryBytes,
      needed > budget
    else { return }
    throw refusal(
      "a shard of the fine-tune needs \(text(needed)) of memory in a worker", needed,
      gibibytes, "make shards smaller by more 'shards' or a smaller 'batch' in the recipe")
  }

  private static func refusal(
    _ what: String, _ needed: Int, _ allowed: Double, _ remedy: String
  ) -> CommandFailure {
    CommandFailure(
      .badInput,
      "\(what), and '--memory' allows \(allowed) GiB; give '--memory "
        + "\(text(needed).dropLast(4))', or \(remedy)")
  }

  /// In GiB to two digits behind the point, rounded up so that what is needed is enough.
  private static func text(_ bytes: Int) -> String {
    "\((Double(bytes) / Double(1 << 30) * 100).rounded(.up) / 100) GiB"
  }
}
