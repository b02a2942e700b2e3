/// HTML or SVG text. Plain text enters only through `escaping`, so nothing that a user names can
/// become markup.
struct Markup: Equatable {
  private(set) var text: String

  /// Trusted text: literals of this target.
  init(literal: StaticString) { text = "\(literal)" }

  private init(raw: String) { text = raw }

  static let empty = Markup(raw: "")

  /// Plain text; characters that HTML cannot carry become U+FFFD.
  static func escaping(_ plain: String) -> Markup {
    var text = ""
    for scalar in plain.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      case "\n", "\t": text.unicodeScalars.append(scalar)
      default:
        let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        text.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
      }
    }
    return Markup(raw: text)
  }

  /// An element; attribute values are escaped.
  static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:],
    _ content: [Markup] = []
  ) -> Markup {
    var text = "<\(name)"
    for (key, value) in attributes { text += " \(key)=\"\(escaping(value).text)\"" }
    return Markup(raw: text + ">" + content.map(\.text).joined() + "</\(name)>")
  }

  static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ plain: String
  ) -> Markup {
    element(name, attributes, [escaping(plain)])
  }

  static func + (left: Markup, right: Markup) -> Markup { Markup(raw: left.text + right.text) }

  static func joined(_ parts: [Markup]) -> Markup {
    Markup(raw: parts.map(\.text).joined(separator: "\n"))
  }
}
