/// What differs between two values of a fingerprint, in words.
///
/// Of values with several lines, such as a recipe, only the lines that differ are told.
enum FingerprintDifference {
  /// Lines that are told at most.
  private static let limit = 4

  static func text(stored: String?, given: String?) -> String {
    guard let stored, let given, stored.contains("\n") || given.contains("\n") else {
      return "the run was begun with \(quoted(stored)), now it is \(quoted(given))"
    }
    let changes = changes(from: lines(stored), to: lines(given))
    let rest = changes.count - limit
    return changes.prefix(limit).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }

  private static func quoted(_ text: String?) -> String { text.map { "'\($0)'" } ?? "none" }

  private static func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n").map { line in
      line.drop { $0 == " " }
    }
  }

  /// `key: old → new` where a key changed its value; otherwise the line that is gone or new.
  private static func changes(from old: [Substring], to new: [Substring]) -> [String] {
    let difference = new.difference(from: old)
    var added = difference.insertions.map(element)
    var changes: [String] = []
    for line in difference.removals.map(element) {
      let key = key(line)
      if let key, let index = added.firstIndex(where: { Self.key($0) == key }) {
        let value = added.remove(at: index).dropFirst(key.count)
        changes.append("\(line) →\(value)")
      } else {
        changes.append("'\(line)' is gone")
      }
    }
    return changes + added.map { "'\($0)' is new" }
  }

  private static func element(_ change: CollectionDifference<Substring>.Change) -> Substring {
    switch change {
    case .insert(_, let element, _), .remove(_, let element, _): element
    }
  }

  /// The key of `key: value`, with its colon; nil for other lines.
  private static func key(_ line: Substring) -> Substring? {
    line.firstIndex(of: ":").map { line[...$0] }
  }
}
