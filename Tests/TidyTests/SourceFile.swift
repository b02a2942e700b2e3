import Foundation

/// A Swift file of the package, as written and as code alone.
struct SourceFile: Sendable {
  /// The path from the package's root, for example `Sources/Tensors/Digest.swift`.
  let path: String
  /// The lines as written.
  let lines: [String]
  /// The same lines with comments, string literals and raw identifiers blanked out.
  let code: [String]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    code = codeAlone(text).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
  }

  /// The target whose folder the file lies in.
  var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

  /// The file's name without its extension.
  var name: String {
    let last = path.split(separator: "/").last ?? ""
    return last.hasSuffix(".swift") ? String(last.dropLast(6)) : String(last)
  }

  var isTest: Bool { path.hasPrefix("Tests/") }

  /// A violation at line `index` (counted from 0) of this file.
  func violation(at index: Int, _ message: String) -> Violation {
    Violation(place: "\(path):\(index + 1)", message: message)
  }
}

/// A place in the sources that breaks a rule.
struct Violation: Equatable, Sendable, CustomStringConvertible {
  let place: String
  let message: String

  var description: String { "\(place): \(message)" }
}

/// One violation a line, for a test's comment.
func listed(_ violations: [Violation]) -> String {
  violations.map(\.description).joined(separator: "\n")
}

/// The package on disk, found from this file's own place in it.
enum PackageTree {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Every Swift file below `Sources` and `Tests` that people wrote, sorted by path; generated
  /// protobuf code is left out.
  static let files: [SourceFile] = written.filter { !$0.path.hasSuffix(".pb.swift") }

  /// Every Swift file below `Sources` and `Tests`, generated ones included.
  static let written: [SourceFile] = ["Sources", "Tests"].flatMap { files(below: $0) }

  static func text(_ path: String) -> String {
    let bytes = FileManager.default.contents(atPath: root.appending(path: path).path())
    precondition(bytes != nil, "cannot read \(path) below \(root.path())")
    return String(decoding: bytes ?? Data(), as: UTF8.self)
  }

  private static func files(below folder: String) -> [SourceFile] {
    let below = FileManager.default.enumerator(atPath: root.appending(path: folder).path())
    let paths = (below?.allObjects ?? []).compactMap { $0 as? String }
    return paths.filter { $0.hasSuffix(".swift") }.sorted()
      .map { SourceFile(path: "\(folder)/\($0)", text: text("\(folder)/\($0)")) }
  }
}
