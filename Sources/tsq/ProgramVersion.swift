import Nodes
import Tensors

/// What this build is called, and what decides whether two processes may work on one run.
enum ProgramVersion {
  static let current = "0.1.0"
  /// Raised whenever the same task would give other bits; part of every task's key.
  static let solver = "4"

  /// The identity that coordinator and workers compare: this very executable.
  static func identity() throws(CommandFailure) -> ProgramIdentity {
    do throws(FileError) {
      let file = try MappedFile(path: "/proc/self/exe")
      var hash = SHA256()
      file.withBytes { hash.update($0) }
      let build = current + "+" + hash.finish().hexadecimal.prefix(16)
      return ProgramIdentity(build: build, solverVersion: solver, kernel: LayerWork.kernelID)
    } catch {
      throw CommandFailure(.fault, "\(error)")
    }
  }
}
