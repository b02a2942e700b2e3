package import Network
package import Planning
internal import Quantization

/// What the processes of a run hold at their largest, estimated from shapes before any work.
package struct RunMemory: Sendable {
  /// The step of a process that holds most.
  package struct Need: Sendable, Equatable {
    /// The layer.
    package var layer: String
    /// What is done with it.
    package var step: String
    package var bytes: Int
  }

  /// Of a worker without the frontiers that it may keep (`frontierBytes`).
  package private(set) var worker = Need(layer: "", step: "", bytes: 0)
  package private(set) var coordinator = Need(layer: "", step: "", bytes: 0)

  /// The program, its libraries and its cache of blobs.
  private static let programBytes = 256 << 20

  /// - Parameters:
  ///   - prepared: the network in the form that is quantized.
  ///   - sampleShape: of one image.
  /// - Throws: `PlanningError` where the recipe does not fit the network.
  package init(
    _ recipe: Recipe, prepared: Network, sampleShape: [Int]
  ) throws(PlanningError) {
    let pass: PassMemory
    do throws(NetworkError) {
      pass = try PassMemory(prepared, sampleShape: sampleShape)
    } catch {
      throw .network(error)
    }
    let policies = try recipe.policies(for: prepared)
    let weights = 4 * prepared.layers.reduce(0) { $0 + $1.weightCount }
    let calibrated = min(recipe.calibration, 1 << 30)
    // In the concurrent order all layers are measured before any is solved.
    var together = 0
    for policy in policies {
      let layer = policy.layer
      // As many samples as there are positions in all images, or fewer.
      let positions = max(1, (pass.outputs[layer.name] ?? 0) / (4 * layer.outputs))
      let columns =
        recipe.solvesFromSamples(layer)
        ? min(SampledMemory.columns(inputs: layer.inputs) ?? 0, calibrated * positions)
        : nil
      let measured =
        policy.weights == .float
        ? 0 : columns.map { Self.sampleBytes(layer, columns: $0) } ?? Self.statisticsBytes(layer)
      // What stands before the layer, of inputs and of targets; the targets, and what a step on the
      // way to them made.
      let frontiers = 2 * (pass.frontiers[layer.name] ?? 0)
      let images =
        recipe.shardSize * (frontiers + (pass.outputs[layer.name] ?? 0) + pass.largest)
      // Two networks, and one in the layout that is computed with.
      let shared = Self.programBytes + 3 * weights
      worker.raise(to: shared + images + 2 * measured, layer.name, "measured")
      guard policy.weights != .float else { continue }
      let size = SolveSize(layer, granularity: recipe.scale, isSampled: columns != nil)
      let iterates = recipe.method == .tsq || recipe.method == .admm
      worker.raise(
        to: shared + size.bytes(columns: columns, iterates: iterates), layer.name, "solved")
      together = recipe.order == .concurrent ? together + measured : measured
      // What is summed, what is added to it and the bytes it came in; four states of the network.
      coordinator.raise(
        to: Self.programBytes + 4 * weights + together + 2 * measured, layer.name, "summed up")
    }
  }

  /// Moments of the inputs, and their products with the targets, in double precision.
  private static func statisticsBytes(_ layer: Layer) -> Int {
    let (square, overflows) = layer.inputs.multipliedReportingOverflow(by: layer.inputs)
    let (bytes, alsoOverflows) = square.multipliedReportingOverflow(by: 8 * layer.groups)
    return overflows || alsoOverflows ? 1 << 60 : min(bytes + 8 * layer.weightCount, 1 << 60)
  }

  /// Columns of inputs and targets.
  private static func sampleBytes(_ layer: Layer, columns: Int) -> Int {
    4 * columns * (layer.inputs + layer.rowsPerGroup) * layer.groups
  }
}

extension RunMemory.Need {
  fileprivate mutating func raise(to bytes: Int, _ layer: String, _ step: String) {
    if bytes > self.bytes { self = Self(layer: layer, step: step, bytes: bytes) }
  }
}

extension RunMemory {
  /// What a worker may keep of frontiers within a budget; nothing depends on it but time.
  package static func frontierBytes(budget: Int) -> Int {
    min(FrontierCache.mostBytes, budget / 4)
  }

  /// What tasks ask for that pass a shard through the network, and take no more.
  package static let leastWorkerBytes = 512 << 20

  /// The least budget that a worker with this need keeps to.
  package static func budget(forWorker bytes: Int) -> Int {
    max(leastWorkerBytes, min(bytes + bytes / 3 + 1, bytes + FrontierCache.mostBytes))
  }
}

/// How a layer is cut into tasks, and what they take.
struct SolveSize {
  private let layer: Layer
  private let granularity: ScaleGranularity
  private let isSampled: Bool

  init(_ layer: Layer, granularity: ScaleGranularity, isSampled: Bool) {
    self.layer = layer
    self.granularity = granularity
    self.isSampled = isSampled
  }

  /// Rows per `solve` task: fixed by the layer's size alone, so that the split is the same however
  /// many workers there are.
  var rowsPerTask: Int {
    guard granularity == .row else { return layer.rowsPerGroup }
    // The products of all samples are made once per task.
    if isSampled { return 256 }
    let perRow = 300 * layer.inputs * layer.inputs
    // Rows are computed 16 or 32 at a time, and each task factorises the covariance once.
    let fewest = layer.inputs > 600 ? 64 : 16
    let rows = max(fewest, 3_000_000_000 / max(perRow, 1))
    let blocks = (layer.rowsPerGroup + rows - 1) / rows
    return ((layer.rowsPerGroup + blocks - 1) / blocks + 15) / 16 * 16
  }

  /// Bytes that the solver takes for as many rows.
  ///
  /// - Parameters:
  ///   - rows: nil for a whole task.
  ///   - columns: of a layer that is solved from samples.
  ///   - iterates: whether ADMM runs.
  func bytes(rows: Int? = nil, columns: Int?, iterates: Bool) -> Int {
    let rows = rows ?? min(rowsPerTask, layer.rowsPerGroup)
    let rowBytes = rows * layer.inputs * 60 + (64 << 20)
    if let columns {
      return SampledMemory.bytes(inputs: layer.inputs, columns: columns) + rowBytes
    }
    let factors = SolverMemory.bytes(inputs: layer.inputs, iterates: iterates)
    return min(factors, SolverMemory.limit) + rowBytes
  }
}
