import Glibc
import Tensors

/// Standard output for results, standard error for everything said on the way.
enum StandardStreams {
  /// Writes a result.
  /// - Throws: where it cannot be written; a reader that went away wants no more and is no error.
  static func output(_ text: String) throws(CommandFailure) {
    do throws(FileError) {
      try writeAll(Array(text.utf8), to: STDOUT_FILENO, path: "standard output")
    } catch  where error.code == EPIPE {
    } catch {
      throw CommandFailure(.inputOutput, "\(error); free some space, or send it elsewhere")
    }
  }

  /// Writes something said on the way; where that cannot be written, work goes on.
  static func error(_ text: String) {
    do throws(FileError) {
      try writeAll(Array(text.utf8), to: STDERR_FILENO, path: "standard error")
    } catch {}
  }

  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
