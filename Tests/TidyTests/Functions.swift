extension SourceFile {
  /// The lines (counted from 0) of each function, initialiser, deinitialiser and subscript that has
  /// a body, from its keyword to its closing brace.
  var functions: [ClosedRange<Int>] {
    let words = tokens
    return words.indices.compactMap { index in
      guard Self.keywords.contains(words[index].text), index == 0 || words[index - 1].text != "."
      else { return nil }
      guard let open = bodyStart(after: index, in: words) else { return nil }
      guard let close = closingBrace(of: open, in: words) else { return nil }
      return words[index].line...words[close].line
    }
  }

  private static let keywords: Set<Substring> = ["func", "init", "deinit", "subscript"]
  /// What can follow a requirement without a body.
  private static let nextDeclaration: Set<Substring> = [
    "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "enum", "class",
    "static", "associatedtype", "typealias", "package", "mutating", "}", "@",
  ]

  private struct Token {
    let text: Substring
    let line: Int
  }

  /// Identifiers and single signs of the code.
  private var tokens: [Token] {
    var found: [Token] = []
    for (line, text) in code.enumerated() {
      var rest = text[...]
      while let first = rest.first {
        let isWord = first.isLetter || first == "_"
        let length = isWord ? rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }.count : 1
        if first != " " { found.append(Token(text: rest.prefix(length), line: line)) }
        rest = rest.dropFirst(length)
      }
    }
    return found
  }

  /// The brace that opens the body of the declaration at `index`.
  private func bodyStart(after index: Int, in words: [Token]) -> Int? {
    var depth = 0
    for place in words.indices[(index + 1)...] {
      switch words[place].text {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "{" where depth == 0: return place
      case let text where depth == 0 && Self.nextDeclaration.contains(text): return nil
      default: break
      }
      if depth < 0 { return nil }
    }
    return nil
  }

  private func closingBrace(of open: Int, in words: [Token]) -> Int? {
    var depth = 0
    for place in words.indices[open...] {
      if words[place].text == "{" { depth += 1 }
      if words[place].text == "}" { depth -= 1 }
      if depth == 0 { return place }
    }
    return nil
  }
}
