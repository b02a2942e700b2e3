import ArgumentParser
import Datasets
import Execution
import Network
import Nodes
import ONNX
import Planning
import RunStore
import Tensors

/// Why the program ended, as the shell sees it (the numbers of sysexits.h).
enum ExitStatus: Int32 {
  case usage = 64
  case badInput = 65
  case missingInput = 66
  case noWorker = 69
  case fault = 70
  case cannotWrite = 73
  case inputOutput = 74
  case unfinished = 75
  case otherVersion = 76
  case keysRefused = 77
  case badRecipe = 78
  case interrupted = 130

  var exitCode: ExitCode { ExitCode(rawValue) }
}

/// One sentence for the person at the terminal, and the exit status.
struct CommandFailure: Error {
  let status: ExitStatus
  let message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }
}
