package import FineTuning
package import ONNX
package import Planning
package import Wire

/// Why a network could not be quantized.
package enum PipelineError: Error, Sendable {
  /// Workers, sockets or the run folder.
  case node(NodeError)
  /// The recipe or the data does not fit the network.
  case planning(PlanningError)
  /// A network cannot be written in the form that workers read.
  case network(ONNXWriteError)
  /// A result that cannot be read.
  case result(WireError)
  /// A result that can be read and is wrong.
  case wrongResult(what: String, worker: String)
  /// The network or the data cannot be fine-tuned, or the fine-tune cannot go on.
  case fineTuning(FineTuningError, LearningStage)
}

extension PipelineError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .node(let error): error.description
    case .planning(let error): error.description
    case .network(let error): "the network cannot be sent to workers: \(error)"
    case .result(let error):
      "a task's result cannot be read: \(error); it is forgotten, continue with --resume"
    case .wrongResult(let what, let worker):
      "worker \(worker) returned a wrong result (\(what)), which is forgotten; check that machine, "
        + "remove it from the run, and continue with --resume"
    case .fineTuning(let error, let stage): "\(stage.rawValue): \(error)"
    }
  }
}
