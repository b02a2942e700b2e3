internal import Planning
internal import Quantization
internal import Tensors
internal import Wire

/// Puts solved row blocks together to a layer.
struct LayerAssembly {
  private let measured: MeasuredLayer
  private var codes: [Int8]
  private var scales: [Float]
  private var offsets: [Float]
  private var residual = 0.0
  private var energy = 0.0
  private var stages: [StageReport] = []
  private var accepted = 0
  private var tried = 0
  private var seconds: Double
  private var workers: Set<String>

  init(_ measured: MeasuredLayer) {
    self.measured = measured
    let layer = measured.job.layer
    codes = [Int8](repeating: 0, count: layer.weightCount)
    scales = [Float](repeating: 0, count: layer.outputs)
    offsets = scales
    seconds = measured.seconds
    workers = measured.workers
  }

  /// Takes the solution of some rows of a group; each row is placed once.
  mutating func place(_ solution: Solution, group: Int, rows: Range<Int>, result: TaskResult) {
    let layer = measured.job.layer
    let first = group * layer.rowsPerGroup + rows.lowerBound
    let target = first..<first + rows.count
    codes.replaceSubrange(
      target.lowerBound * layer.inputs..<target.upperBound * layer.inputs, with: solution.codes)
    scales.replaceSubrange(target, with: solution.scales)
    offsets.replaceSubrange(target, with: solution.offsets)
    residual += solution.report.residual
    energy += solution.report.energy
    for row in solution.report.rows {
      guard let nonlinear = row.nonlinear else { continue }
      tried += 1
      if nonlinear.accepted { accepted += 1 }
    }
    for stage in solution.report.stages {
      if let index = stages.firstIndex(where: { $0.stage == stage.stage }) {
        stages[index].residual += stage.residual
      } else {
        stages.append(stage)
      }
    }
    seconds += result.seconds
    workers.insert(result.worker)
  }

  /// The layer, once every block is placed.
  var outcome: LayerOutcome {
    let job = measured.job
    guard let set = job.set else { preconditionFailure("a float layer is not assembled") }
    // One scale for the layer is stored once.
    let shared = job.granularity == .layer && Set(scales).count == 1
    return LayerOutcome(
      name: job.layer.name, weights: job.policy.weights, activations: job.policy.activations,
      solution: LayerSolution(
        layer: job.layer.name, weights: set, codes: codes,
        scales: shared ? [scales[0]] : scales, offsets: offsets),
      error: energy > 0 ? residual / energy : 0, stages: stages,
      nonlinearRows: (accepted, tried), seconds: seconds, workers: workers.sorted(),
      quantizer: job.quantizer, sampleCount: measured.columns.first?.columns)
  }
}
