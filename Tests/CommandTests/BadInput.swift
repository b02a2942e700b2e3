import Foundation
import TestSupport
import Testing

/// Expects that a run was refused: with this code, with a message that holds all of `words`, with
/// nothing on standard output and nothing left in `scratch`.
func expectRefusal(
  _ ending: Program.Ending, _ code: Int32, _ words: String...,
  leavingNothingIn scratch: ScratchFolder,
  except kept: Set<String> = [], sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(ending.signal == 0, sourceLocation: sourceLocation)
  #expect(ending.code == code, "\(ending.error)", sourceLocation: sourceLocation)
  for word in words {
    #expect(ending.error.contains(word), "\(ending.error)", sourceLocation: sourceLocation)
  }
  // An error of ours is one sentence; errors of usage are followed by the usage.
  if code != 64 {
    #expect(
      ending.error.split(separator: "\n").count { $0.hasPrefix("tsq: ") } == 1,
      sourceLocation: sourceLocation)
  }
  #expect(ending.output.isEmpty, sourceLocation: sourceLocation)
  for name in ["out.onnx", "out.float.onnx", "run"] where !kept.contains(name) {
    #expect(!exists(scratch.file(name)), "\(name) is left", sourceLocation: sourceLocation)
  }
  let left = try entries(scratch.path).filter { $0.contains(".tmp-") || $0.hasPrefix(".tsq-") }
  #expect(left.isEmpty, sourceLocation: sourceLocation)
}
