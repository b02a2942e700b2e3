import Testing

/// Words that do not occur in the sources.
func bannedWords(in file: SourceFile) -> [Violation] {
  // Joined here so that this file does not ban itself.
  let everywhere = ["try" + "?", "try" + "!", "fatal" + "Error"]
  let comments = ["TO" + "DO", "FIX" + "ME"]
  let mayPrint = file.isTest || ["tsq", "tsq-bench", "tsq-conformance"].contains(file.target)
  var found: [Violation] = []
  for index in file.lines.indices {
    for word in everywhere where uses(word, in: file.code[index]) {
      found.append(file.violation(at: index, "\(word) is not used here"))
    }
    for word in comments where file.lines[index].contains(word) {
      found.append(file.violation(at: index, "\(word): do it, or write an issue"))
    }
    if !mayPrint, uses("print(", in: file.code[index]) {
      found.append(file.violation(at: index, "only tsq prints"))
    }
    if file.code[index].contains("@unchecked Sendable"), !statesReason(above: index, in: file) {
      found.append(
        file.violation(at: index, "a comment above must say why this is sendable, unchecked"))
    }
  }
  for word in ["Utils", "Helper", "Common", "Manager", "Handler"] where file.name.contains(word) {
    found.append(file.violation(at: 0, "no file is named \(word)"))
  }
  return found
}

/// Whether `word` occurs in `code` where an identifier begins, and not as a member.
private func uses(_ word: String, in code: String) -> Bool {
  code.ranges(of: word).contains { range in
    guard range.lowerBound > code.startIndex else { return true }
    let before = code[code.index(before: range.lowerBound)]
    return !before.isLetter && !before.isNumber && before != "_" && before != "."
  }
}

/// Whether the comment directly above line `index` speaks of why the type may be sent.
private func statesReason(above index: Int, in file: SourceFile) -> Bool {
  let above = file.lines[..<index].reversed().map { $0.drop { $0 == " " } }
    .prefix { $0.hasPrefix("//") || $0.hasPrefix("@") }
  return above.contains { line in
    let words = line.lowercased()
    return line.hasPrefix("//")
      && ["sendable", "unchecked", "thread", "lock"].contains { words.contains($0) }
  }
}

@Suite struct `Words` {
  @Test func `No banned word occurs`() {
    let found = PackageTree.files.flatMap(bannedWords)
    #expect(found.isEmpty, "\(listed(found))")
  }

  @Test(arguments: [
    "let a = try" + "? f()", "let a = try" + "! f()", "fatal" + "Error(message)",
    "let a = 1  // TO" + "DO: two", "/// FIX" + "ME", "  print(a)", "if a { print(b) }",
    "final class A: @unchecked Sendable {}",
    "// A class.\nfinal class A: @unchecked Sendable {}",
  ])
  func `A banned word is found`(text: String) {
    #expect(bannedWords(in: SourceFile(path: "Sources/X/Y.swift", text: text)).count == 1)
  }

  @Test(arguments: [
    "// never try" + "? here", "let a = \"print(a)\"", "a.print(b)", "func blueprint() {}",
    "self.retry?.run()",
    "// One thread owns it at a time.\n@safe\nfinal class A: @unchecked Sendable {}",
    "let a = \"\\(b[\"print(\"]) fatal" + "Error\"",
  ])
  func `A harmless line passes`(text: String) {
    #expect(bannedWords(in: SourceFile(path: "Sources/X/Y.swift", text: text)) == [])
  }

  @Test func `Only the program prints`() {
    let text = "print(a)\n"
    #expect(bannedWords(in: SourceFile(path: "Sources/tsq/Y.swift", text: text)) == [])
    #expect(bannedWords(in: SourceFile(path: "Sources/Nodes/Y.swift", text: text)).count == 1)
  }

  @Test(arguments: ["StringUtils", "RequestHandler", "TestHelpers", "CommonTypes", "RunManager"])
  func `A file named for nothing is found`(name: String) {
    let file = SourceFile(path: "Sources/X/\(name).swift", text: "let a = 1\n")
    #expect(bannedWords(in: file).count == 1)
  }
}
