import Datasets
import Execution
import FineTuning
import Network
import Nodes
import ONNX
import Planning
import Reporting
import RunStore
import Tensors

/// The exit status of each kind of error; the message is the error's own sentence.
extension CommandFailure {
  init(_ error: ONNXError) {
    if case .file(let file) = error.problem {
      self.init(file.isMissing ? .missingInput : .badInput, "\(error)")
    } else {
      self.init(.badInput, "\(error)")
    }
  }

  init(_ error: ONNXWriteError) { self.init(.badInput, "\(error)") }

  init(_ error: DatasetError) {
    self.init(error.kind == .missing ? .missingInput : .badInput, "data \(error)")
  }

  init(_ error: NetworkError) { self.init(.badInput, "\(error)") }

  init(_ error: ExecutionError) { self.init(.badInput, "\(error)") }

  /// - Parameter option: named the folder.
  init(_ error: RunStoreError, option: String = "--run-folder") {
    switch error {
    case .fingerprintDiffers, .runExists, .notEmpty, .newerSchema:
      self.init(.badRecipe, "\(error)")
    case .notARunFolder: self.init(.missingInput, "\(error)")
    case .locked: self.init(.unfinished, "\(error)")
    case .diskFull, .journal: self.init(.inputOutput, "\(error)")
    case .file: self.init(.cannotWrite, "\(error); choose another \(option)")
    }
  }

  init(_ error: NodeError) {
    switch error {
    case .store(let error): self.init(error)
    case .keys(let error): self.init(error)
    case .interrupted: self.init(.interrupted, "\(error)")
    case .noWorkers, .workersKeepEnding, .noSourceOfWorkers, .messaging, .spawn:
      self.init(.noWorker, "\(error)")
    case .localWorkerRejected: self.init(.otherVersion, "\(error)")
    case .tasksFailed: self.init(.unfinished, "\(error)")
    case .missingBlob: self.init(.inputOutput, "\(error)")
    }
  }

  init(_ error: KeyError) {
    switch error {
    case .name: self.init(.usage, "\(error)")
    case .file(let file): self.init(writing: file)
    case .taken, .missing, .openToOthers, .noKey, .unreadable, .messaging:
      self.init(.keysRefused, "\(error)")
    }
  }

  init(_ error: StatusQueryError) {
    switch error {
    case .silent, .messaging: self.init(.noWorker, "\(error)")
    case .rejected: self.init(.otherVersion, "\(error)")
    case .keysRefused: self.init(.keysRefused, "\(error)")
    }
  }

  init(_ error: PipelineError) {
    switch error {
    case .node(let error): self.init(error)
    case .planning(.unknownPattern), .planning(.budgetTooSmall): self.init(.badRecipe, "\(error)")
    case .planning, .network: self.init(.badInput, "\(error)")
    case .result, .wrongResult: self.init(.unfinished, "\(error)")
    case .fineTuning(.diverged, _): self.init(.badRecipe, "\(error)")
    case .fineTuning: self.init(.badInput, "\(error)")
    }
  }

  /// A file of the program's own that cannot be written.
  init(writing error: FileError) {
    self.init(error.isDiskFull ? .inputOutput : .cannotWrite, "\(error)")
  }

  /// Runs `work` and gives its error an exit status.
  static func mapping<Value>(
    _ work: () throws -> Value
  ) throws(CommandFailure) -> Value {
    do {
      return try work()
    } catch let failure as CommandFailure {
      throw failure
    } catch let error as ONNXError {
      throw CommandFailure(error)
    } catch let error as ONNXWriteError {
      throw CommandFailure(error)
    } catch let error as DatasetError {
      throw CommandFailure(error)
    } catch let error as NetworkError {
      throw CommandFailure(error)
    } catch let error as ExecutionError {
      throw CommandFailure(error)
    } catch let error as RunStoreError {
      throw CommandFailure(error)
    } catch let error as NodeError {
      throw CommandFailure(error)
    } catch let error as PipelineError {
      throw CommandFailure(error)
    } catch let error as PlanningError {
      throw CommandFailure(.badInput, "\(error)")
    } catch let error as FineTuningError {
      throw CommandFailure(.badInput, "\(error)")
    } catch let error as ReportingError {
      throw CommandFailure(.badInput, "\(error)")
    } catch let error as FileError {
      throw CommandFailure(writing: error)
    } catch {
      throw CommandFailure(.fault, "\(error)")
    }
  }
}
