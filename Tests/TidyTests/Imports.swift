/// An import declaration.
struct Import: Equatable, Sendable {
  let module: String
  /// Counted from 0.
  let line: Int
}

extension SourceFile {
  /// The modules the file imports, submodules and single declarations counted as their module.
  var imports: [Import] {
    let kinds: Set<Substring> = [
      "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
    ]
    return code.indices.compactMap { line in
      let words = code[line].split { $0 == " " || $0 == ";" }
      guard let keyword = words.firstIndex(of: "import") else { return nil }
      let before: Set<Substring> = ["package", "internal", "public", "private", "fileprivate"]
      guard words[..<keyword].allSatisfy({ before.contains($0) || $0.hasPrefix("@") }) else {
        return nil
      }
      let named = words[(keyword + 1)...].drop { kinds.contains($0) }.first ?? ""
      return Import(module: String(named.prefix { $0 != "." }), line: line)
    }
  }
}
