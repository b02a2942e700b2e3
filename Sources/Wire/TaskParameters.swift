package import Quantization
internal import SwiftProtobuf
internal import WireSchema

/// The parameters of a task, by kind. Their bytes are part of the task's key.
package enum TaskParameters: Sendable, Equatable {
  /// Distribution of the values that become codes, over one shard.
  case calibrate(sites: [String])
  /// One layer's regression statistics over some shards.
  case statistics(StatisticsParameters)
  /// Some rows of one group of one layer.
  case solve(SolveParameters)
  /// A round of learning a block on some shards.
  case refine(RefineParameters)
  /// The error of states of a block on some shards.
  case compare(CompareParameters)
  /// Right answers of a network on one shard.
  case evaluate(ranks: Int)
  /// The gradient of one shard of a mini-batch.
  case gradient(GradientParameters)
  /// Means and variances inside a network on one shard of images, parts normalized by themselves.
  case moments(GradientParameters)
  /// The same in the network as it is deployed.
  case deployedMoments(GradientParameters)

  /// The name of the kind, as it stands in the journal.
  package var kind: String {
    switch self {
    case .calibrate: "calibrate"
    case .statistics: "statistics"
    case .solve: "solve"
    case .refine: "refine"
    case .compare: "compare"
    case .evaluate: "evaluate"
    case .gradient: "gradient"
    case .moments: "moments"
    case .deployedMoments: "deployed-moments"
    }
  }
}

/// What a `statistics` task is asked.
package struct StatisticsParameters: Sendable, Equatable {
  package var layer: String
  /// Columns kept of each shard; 0 for none.
  package var sampleColumns: Int
  /// Shards that are measured; at least one.
  package var shardCount: Int
  /// Whether the columns are all that the regression rests on.
  package var samplesOnly: Bool

  package init(
    layer: String, sampleColumns: Int = 0, shardCount: Int = 1, samplesOnly: Bool = false
  ) {
    self.layer = layer
    self.sampleColumns = sampleColumns
    self.shardCount = shardCount
    self.samplesOnly = samplesOnly
  }
}

/// What a `solve` task is asked, besides its problem.
package struct SolveParameters: Sendable, Equatable {
  package var layer: String
  package var group: Int
  package var rows: Range<Int>
  package var weights: WeightSet
  package var granularity: ScaleGranularity
  package var settings: SolverSettings
  /// The quantizer that alone sees the layer's output, if the code error is to be lowered.
  package var output: CodeQuantizerParameters?
  /// The value of one unit of the sampled input codes.
  package var inputStep: Float

  package init(
    layer: String, group: Int, rows: Range<Int>, weights: WeightSet,
    granularity: ScaleGranularity, settings: SolverSettings, output: CodeQuantizerParameters?,
    inputStep: Float
  ) {
    self.layer = layer
    self.group = group
    self.rows = rows
    self.weights = weights
    self.granularity = granularity
    self.settings = settings
    self.output = output
    self.inputStep = inputStep
  }
}

/// A quantizer of activations in numbers.
package struct CodeQuantizerParameters: Sendable, Equatable {
  package var bits: Int
  package var step: Float
  package var lowestCode: Int
  package var threshold: Float?

  package init(bits: Int, step: Float, lowestCode: Int, threshold: Float?) {
    self.bits = bits
    self.step = step
    self.lowestCode = lowestCode
    self.threshold = threshold
  }
}

extension TaskParameters {
  /// The canonical bytes: equal parameters give equal bytes.
  package func encoded() throws(WireError) -> [UInt8] {
    do {
      switch self {
      case .calibrate(let sites):
        return try Tsq_Tasks_Calibrate.with { $0.sites = sites }.serializedBytes()
      case .statistics(let parameters):
        return try Tsq_Tasks_Statistics.with {
          $0.layer = parameters.layer
          $0.sampleColumns = UInt32(parameters.sampleColumns)
          $0.shardCount = UInt32(parameters.shardCount)
          $0.samplesOnly = parameters.samplesOnly
        }.serializedBytes()
      case .solve(let parameters):
        return try parameters.message.serializedBytes()
      case .refine(let parameters):
        return try parameters.message.serializedBytes()
      case .compare(let parameters):
        return try parameters.message.serializedBytes()
      case .evaluate(let ranks):
        return try Tsq_Tasks_Evaluate.with { $0.ranks = UInt32(ranks) }.serializedBytes()
      case .gradient(let parameters), .moments(let parameters),
        .deployedMoments(let parameters):
        return try parameters.message.serializedBytes()
      }
    } catch {
      throw WireError("parameters of '\(kind)'", .malformed("\(error)"))
    }
  }

  /// - Throws: `WireError` for an unknown kind, damaged bytes or values out of range.
  package init(kind: String, bytes: [UInt8]) throws(WireError) {
    do {
      switch kind {
      case "calibrate":
        self = .calibrate(sites: try Tsq_Tasks_Calibrate(serializedBytes: bytes).sites)
      case "statistics":
        let message = try Tsq_Tasks_Statistics(serializedBytes: bytes)
        guard message.shardCount > 0, !message.samplesOnly || message.sampleColumns > 0 else {
          throw WireError("parameters of 'statistics'", .malformed("nothing is to be measured"))
        }
        self = .statistics(
          StatisticsParameters(
            layer: message.layer, sampleColumns: Int(message.sampleColumns),
            shardCount: Int(message.shardCount), samplesOnly: message.samplesOnly))
      case "solve":
        self = .solve(try SolveParameters(Tsq_Tasks_Solve(serializedBytes: bytes)))
      case "refine":
        self = .refine(try RefineParameters(Tsq_Tasks_Refine(serializedBytes: bytes)))
      case "compare":
        self = .compare(try CompareParameters(Tsq_Tasks_Compare(serializedBytes: bytes)))
      case "evaluate":
        let message = try Tsq_Tasks_Evaluate(serializedBytes: bytes)
        self = .evaluate(ranks: Int(message.ranks))
      case "gradient":
        self = .gradient(try GradientParameters(Tsq_Tasks_Gradient(serializedBytes: bytes)))
      case "moments":
        self = .moments(try GradientParameters(Tsq_Tasks_Gradient(serializedBytes: bytes)))
      case "deployed-moments":
        self = .deployedMoments(
          try GradientParameters(Tsq_Tasks_Gradient(serializedBytes: bytes)))
      default:
        throw WireError("task", .malformed("kind '\(kind)' is not known here"))
      }
    } catch let error as WireError {
      throw error
    } catch {
      throw WireError("parameters of '\(kind)'", .malformed("\(error)"))
    }
  }
}
