/// What `Package.swift` declares: for each target the modules it depends on.
struct Manifest {
  private(set) var dependencies: [String: Set<String>] = [:]

  /// Reads the calls that declare targets, in the manifest's own style: `target("Name", [...])`,
  /// `tests("Name", [...])` and `.executableTarget(name: "Name", dependencies: [...])`, where an
  /// element is a string or the name of a constant holding a `.product(name: ...)`.
  init(text: String) {
    let products = Self.products(in: text)
    for call in ["target(", "tests(", ".target(", ".executableTarget(", ".systemLibrary("] {
      for arguments in Self.arguments(of: call, in: text) {
        let strings = Self.strings(in: arguments)
        guard let name = strings.first else { continue }
        let list = Self.list(in: arguments)
        let words = Self.words(in: list)
        dependencies[name] = Set(Self.strings(in: list) + words.compactMap { products[$0] })
        if call == ".systemLibrary(" { dependencies[name] = [] }
      }
    }
  }

  /// Constant to product, from `let grdb: Target.Dependency = .product(name: "GRDB", …)`.
  private static func products(in text: String) -> [String: String] {
    var products: [String: String] = [:]
    let pieces = ("\n" + text).split(separator: "\nlet ")
    for piece in pieces where piece.contains(": Target.Dependency") {
      products[String(piece.prefix { $0 != ":" })] = strings(in: piece).first
    }
    return products
  }

  /// The text between the parentheses of each call that starts a line with `call`.
  private static func arguments(of call: String, in text: String) -> [Substring] {
    let lines = text.split(separator: "\n")
    return lines.compactMap { line in
      let trimmed = line.drop { $0 == " " }
      guard trimmed.hasPrefix(call) else { return nil }
      let start = trimmed.index(trimmed.startIndex, offsetBy: call.count)
      return balanced(text[start...], opening: "(", closing: ")")
    }
  }

  /// The first list in square brackets.
  private static func list(in text: Substring) -> Substring {
    guard let open = text.firstIndex(of: "[") else { return "" }
    return balanced(text[text.index(after: open)...], opening: "[", closing: "]")
  }

  /// `text` up to the bracket that closes the one before it.
  private static func balanced(
    _ text: Substring, opening: Character, closing: Character
  ) -> Substring {
    var depth = 1
    return text.prefix { character in
      if character == opening { depth += 1 }
      if character == closing { depth -= 1 }
      return depth > 0
    }
  }

  private static func strings(in text: Substring) -> [String] {
    let pieces = text.split(separator: "\"", omittingEmptySubsequences: false)
    return pieces.indices.filter { !$0.isMultiple(of: 2) }.map { String(pieces[$0]) }
  }

  /// Identifiers outside of string literals.
  private static func words(in text: Substring) -> [String] {
    let pieces = text.split(separator: "\"", omittingEmptySubsequences: false)
    let outside = pieces.indices.filter { $0.isMultiple(of: 2) }.map { pieces[$0] }
    return outside.flatMap { $0.split { !$0.isLetter } }.map(String.init)
  }
}
