import Testing

/// The limits that keep a file one aspect and a function one thought.
enum SizeLimit {
  static let fileLines = 400
  static let lineColumns = 100
  static let functionLines = 60
}

func oversized(_ file: SourceFile) -> [Violation] {
  let lines = file.lines.last == "" ? file.lines.dropLast() : file.lines[...]
  var found: [Violation] = []
  if lines.count > SizeLimit.fileLines {
    found.append(
      file.violation(
        at: SizeLimit.fileLines, "\(lines.count) lines, at most \(SizeLimit.fileLines)"))
  }
  for (index, line) in lines.enumerated() where line.count > SizeLimit.lineColumns {
    found.append(
      file.violation(at: index, "\(line.count) columns, at most \(SizeLimit.lineColumns)"))
  }
  for span in file.functions where span.count > SizeLimit.functionLines {
    let message = "function of \(span.count) lines, at most \(SizeLimit.functionLines)"
    found.append(file.violation(at: span.lowerBound, message))
  }
  return found
}

@Suite struct `Sizes` {
  @Test func `Files, lines and functions are short`() {
    let found = PackageTree.files.flatMap(oversized)
    #expect(found.isEmpty, "\(listed(found))")
  }

  @Test func `A long line is found`() {
    let text = "let a = 1\n" + String(repeating: "é", count: 101) + "\n"
    #expect(oversized(SourceFile(path: "Sources/X/Y.swift", text: text)).count == 1)
    let fits = String(repeating: "é", count: 100) + "\n"
    #expect(oversized(SourceFile(path: "Sources/X/Y.swift", text: fits)) == [])
  }

  @Test func `A long file is found`() {
    let fits = String(repeating: "let a = 1\n", count: 400)
    #expect(oversized(SourceFile(path: "Sources/X/Y.swift", text: fits)) == [])
    let long = SourceFile(path: "Sources/X/Y.swift", text: fits + "let b = 1\n")
    #expect(oversized(long).map(\.place) == ["Sources/X/Y.swift:401"])
  }

  @Test(arguments: [
    "func long(a: Int = { 1 }()) -> [Int] {", "package init?(a: Int) throws(E) {", "deinit {",
    "static func < (left: A, right: A) -> Bool {", "subscript(row: Int) -> Int {",
    "func `a sentence with { in it`() {", "func f<T>(_ x: T) -> (Int) -> Int where T: P\n{",
  ])
  func `A long function is found`(head: String) {
    let body = String(repeating: "  let a = \"}\" // }\n", count: 58)
    let fits = "protocol P { func f() }\n\(head)\n\(body)}\n"
    let short = SourceFile(path: "Sources/X/Y.swift", text: fits)
    #expect(short.functions.contains { (60...61).contains($0.count) })
    let long = "struct S {\n\(head)\n\(body)  if a { b() }\n  self.init(c)\n}\n}\n"
    let found = oversized(SourceFile(path: "Sources/X/Y.swift", text: long))
    #expect(found.map(\.place) == ["Sources/X/Y.swift:2"])
  }
}
