import Foundation
import TestSupport
import Testing

/// A result that nobody gets is a failure, unless whoever reads it has seen enough.
@Suite(.timeLimit(.minutes(10)))
struct `standard output` {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func shell(_ command: String) throws -> Program.Ending {
    try Program(["-c", command, Program.path, Example.model], in: scratch, executable: "/bin/sh")
      .wait()
  }

  @Test func `on a full disk is an error`() throws {
    let evaluate = "\"$0\" evaluate \"$1\" --data '\(Example.test)' --preprocess unit --json"
    let ending = try shell("exec \(evaluate) > /dev/full")
    #expect(ending.code == 74)
    #expect(ending.error.contains("cannot write 'standard output': No space left on device"))
    #expect(try shell("exec \"$0\" inspect \"$1\" > /dev/full").code == 74)
  }

  @Test func `whose reader went away is none`() throws {
    let ending = try shell("{ \"$0\" inspect \"$1\" --all; echo \"code $?\" >&2; } | true")
    #expect(ending.error.contains("code 0"), "\(ending.error)")
  }
}
