internal import Tensors

/// Data that cannot be used: which file, what is wrong where, and what to do.
package struct DatasetError: Error, Equatable, CustomStringConvertible {
  /// The kinds of fault, for callers and tests that tell them apart.
  package enum Kind: Sendable, Equatable {
    /// There is no such file or folder.
    case missing
    /// A file without bytes, a folder without entries, or data without samples.
    case empty
    /// A file that ends early or has bytes left over.
    case truncated
    /// A format, type or layout that is not read.
    case unsupported
    /// A file that does not follow its format, or whose checksum does not fit.
    case damaged
    /// An array with the wrong number of axes, or files that do not go together.
    case wrongShape
    /// Labels and samples of different number.
    case wrongCount
    /// A label that names no class.
    case labelOutOfRange
    /// A sample with a value that is not a finite number.
    case notFinite
    /// The system refused to read the file.
    case unreadable
    /// Preprocessing that cannot be applied.
    case preprocessing
  }

  package let kind: Kind
  /// The file or folder, as it was given or found.
  package let file: String
  /// What is wrong, with its place in the file.
  package let problem: String
  /// What to do.
  package let remedy: String

  package init(_ kind: Kind, _ file: String, _ problem: String, remedy: String) {
    self.kind = kind
    self.file = file
    self.problem = problem
    self.remedy = remedy
  }

  package var description: String { "'\(file)': \(problem); \(remedy)" }

  init(_ error: FileError) {
    self.init(
      .unreadable, error.path, "cannot \(error.operation) it (\(error.reason))",
      remedy: "check that it is a file and that you may read it")
  }
}
