import Testing

/// Types, functions and subscripts of `package` access without a documentation comment.
///
/// Left out: properties and initialisers, whose names and types may say it all, and what a protocol
/// of the standard library already documents (`hash`, `encode`, operators).
func undocumented(_ file: SourceFile) -> [Violation] {
  file.code.indices.compactMap { index in
    guard let declared = packageDeclaration(file.code[index]) else { return nil }
    if ["let", "var", "init"].contains(declared.kind) { return nil }
    if inherited.contains(declared.name) || declared.isOperator { return nil }
    if isDocumented(index, in: file) { return nil }
    return file.violation(at: index, "\(declared.kind) \(declared.name) has no documentation")
  }
}

private let inherited: Set<String> = ["hash", "encode", "makeIterator", "next"]

private struct Declaration {
  let kind: String
  let name: String
  let isOperator: Bool
}

/// The declaration that `package` opens on this line of code; imports are none.
private func packageDeclaration(_ code: String) -> Declaration? {
  var words = code.split(separator: " ").drop { $0.hasPrefix("@") || $0 == "static" }
  guard words.first.map({ $0 == "package" || $0.hasPrefix("package(") }) == true else {
    return nil
  }
  let modifiers: Set<Substring> = [
    "static", "final", "mutating", "consuming", "borrowing", "indirect", "override", "lazy",
    "weak", "nonisolated", "private(set)", "fileprivate(set)", "internal(set)", "convenience",
    "required", "nonmutating", "unsafe", "class",
  ]
  words = words.dropFirst().drop { modifiers.contains($0) && $0 != "class" }
  if words.first == "class", let next = words.dropFirst().first, next == "func" || next == "var" {
    words = words.dropFirst()
  }
  guard let kind = words.first, kind != "import", kind != "extension" else { return nil }
  if kind.hasPrefix("init") || kind.hasPrefix("subscript") {
    return Declaration(kind: String(kind.prefix { $0.isLetter }), name: "", isOperator: false)
  }
  let rest = words.dropFirst().first ?? ""
  let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
  return Declaration(
    kind: String(kind), name: String(name), isOperator: kind == "func" && name.isEmpty)
}

/// Whether a `///` stands above line `index`, or above the overload on the line before it;
/// attributes between them are passed over.
private func isDocumented(_ index: Int, in file: SourceFile) -> Bool {
  let above = file.lines[..<index].lastIndex { !$0.drop { $0 == " " }.hasPrefix("@") }
  guard let above else { return false }
  if file.lines[above].drop(while: { $0 == " " }).hasPrefix("///") { return true }
  let overload = packageDeclaration(file.code[above])
  guard let overload, overload.name == packageDeclaration(file.code[index])?.name else {
    return false
  }
  return isDocumented(above, in: file)
}

@Suite struct `Documentation` {
  @Test func `Every package type and function is documented`() {
    let found = PackageTree.files.filter { !$0.isTest }.flatMap(undocumented)
    #expect(found.isEmpty, "\(listed(found))")
  }

  @Test(arguments: [
    "package struct A {}", "package func f() {}", "  package static func f() {}",
    "// A remark.\npackage final class A {}", "@safe\npackage enum B {}", "package protocol P {}",
    "package mutating func f() {}", "package typealias A = B", "@inlinable package func f() {}",
    "/// One.\n\npackage struct A {}",
    "/// One.\npackage func f() { g() }\npackage func h() { g() }",
    "package subscript(index: Int) -> Int {",
  ])
  func `A bare declaration is found`(text: String) {
    #expect(undocumented(SourceFile(path: "Sources/X/Y.swift", text: text)).count == 1)
  }

  @Test(arguments: [
    "package import Tensors", "/// Two.\npackage struct A {}", "/// Two.\n@safe\npackage enum B {}",
    "package static func < (a: A, b: A) -> Bool { true }", "package var description: String { a }",
    "/// One.\npackage func f(_ a: Int) { g(a) }\npackage func f(_ a: Float) { g(a) }",
    "package init(a: Int) {", "package func hash(into hasher: inout Hasher) {",
    "let a = \"package struct A\"", "// package struct A", "struct A {}",
  ])
  func `A documented or inherited declaration passes`(text: String) {
    #expect(undocumented(SourceFile(path: "Sources/X/Y.swift", text: text)) == [])
  }
}
