/// A JSON value whose objects keep the order of their keys, so that equal values give equal text.
///
/// Numbers that are not finite become `null`: JSON has no other way to say so.
package indirect enum JSONText: Sendable, Equatable {
  case null
  case boolean(Bool)
  case integer(Int)
  case unsigned(UInt64)
  case number(Double)
  case text(String)
  case list([JSONText])
  case object([Member])

  /// A key and its value.
  package struct Member: Sendable, Equatable {
    let key: String
    let value: JSONText
  }

  /// An object with keys in the order written.
  package static func members(_ pairs: KeyValuePairs<String, JSONText>) -> JSONText {
    .object(pairs.map { Member(key: $0.key, value: $0.value) })
  }

  /// An object with keys in the order given.
  package static func members(_ pairs: [(String, JSONText)]) -> JSONText {
    .object(pairs.map { Member(key: $0.0, value: $0.1) })
  }

  static func optional(_ value: Double?) -> JSONText { value.map { .number($0) } ?? .null }
  static func optional(_ value: Int?) -> JSONText { value.map { .integer($0) } ?? .null }
  static func optional(_ value: String?) -> JSONText { value.map { .text($0) } ?? .null }

  /// The text on one line.
  package var compact: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .unsigned(let value): String(value)
    case .number(let value): value.isFinite ? "\(value)" : "null"
    case .text(let value): Self.quoted(value)
    case .list(let items): "[" + items.map(\.compact).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.key)): \($0.value.compact)" }.joined(separator: ", ")
        + "}"
    }
  }

  /// The text over several indented lines, lists of plain values on one; ends without a newline.
  package var indented: String { indented(by: "") }

  private func indented(by margin: String) -> String {
    let inner = margin + "  "
    switch self {
    case .list(let items) where items.contains(where: \.isNested):
      let lines = items.map { inner + $0.indented(by: inner) }
      return "[\n" + lines.joined(separator: ",\n") + "\n" + margin + "]"
    case .object(let members) where !members.isEmpty:
      let lines = members.map {
        inner + Self.quoted($0.key) + ": " + $0.value.indented(by: inner)
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + margin + "}"
    default:
      return compact
    }
  }

  private var isNested: Bool {
    switch self {
    case .list, .object: true
    default: false
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
