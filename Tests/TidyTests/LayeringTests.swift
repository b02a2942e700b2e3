import Testing

/// Imports that neither the drawing nor the manifest allows.
func undrawnImports(
  of file: SourceFile, drawing: Drawing, declared: [String: Set<String>]
) -> [Violation] {
  let own = declared[file.target] ?? []
  let row = drawing.row(file.target)
  let system = file.isTest ? Drawing.testing : row?.system ?? []
  return file.imports.compactMap { found in
    if system.contains(found.module) { return nil }
    if !file.isTest, let row, !row.modules.contains(found.module) {
      return file.violation(at: found.line, "the drawing has no \(row.target) → \(found.module)")
    }
    if own.contains(found.module) { return nil }
    return file.violation(
      at: found.line, "\(file.target) does not declare \(found.module) in Package.swift")
  }
}

/// Dependencies in the manifest that the drawing lacks, and targets it does not know.
func undrawnDependencies(declared: [String: Set<String>], drawing: Drawing) -> [String] {
  declared.filter { !$0.key.hasSuffix("Tests") }.flatMap { target, modules -> [String] in
    guard let row = drawing.row(target) else { return ["\(target) is not in the drawing"] }
    return modules.subtracting(row.modules).map { "\(target) → \($0) is not in the drawing" }
  }.sorted()
}

@Suite struct `Layering` {
  static let manifest = Manifest(text: PackageTree.text("Package.swift"))

  @Test func `Every file imports only what the drawing and the manifest allow`() {
    let found = PackageTree.written.flatMap {
      undrawnImports(of: $0, drawing: .ours, declared: Self.manifest.dependencies)
    }
    #expect(found.isEmpty, "\(listed(found))")
  }

  @Test func `The manifest declares only arrows of the drawing`() {
    let declared = Self.manifest.dependencies
    let found = undrawnDependencies(declared: declared, drawing: .ours)
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    #expect(declared["Nodes"]?.contains("Logging") == true, "the manifest was not understood")
    #expect(declared["TidyTests"] != nil && declared["tsq"]?.contains("Yams") == true)
  }

  @Test func `The drawing has no arrow back`() {
    #expect(Drawing.ours.arrowsBack == [])
  }

  @Test func `Every target of the package is in the drawing`() {
    let sources = PackageTree.written.filter { !$0.isTest }
    for target in Set(sources.map(\.target)) {
      #expect(Drawing.ours.row(target) != nil, "\(target) is not in the drawing")
    }
  }

  @Test func `Every target has its paragraph on the map`() {
    let headings = PackageTree.text("ARCHITECTURE.md").split(separator: "\n")
      .filter { $0.hasPrefix("**`") }.joined()
    for row in Drawing.ours.rows {
      #expect(headings.contains("`\(row.target)`"), "\(row.target) is not in ARCHITECTURE.md")
    }
  }

  @Test(arguments: [
    "import Network", "package import struct Network.Node", "internal import Foundation",
    "@preconcurrency import Glibc", "private import Wire",
  ])
  func `An import against the drawing is found`(line: String) {
    let file = SourceFile(path: "Sources/Coordination/Bad.swift", text: "// why\n\(line)\n")
    let found = undrawnImports(
      of: file, drawing: .ours, declared: ["Coordination": ["Network", "Wire"]])
    #expect(found.map(\.place) == ["Sources/Coordination/Bad.swift:2"])
  }

  @Test func `A module that the target does not declare is found`() {
    let path = "Tests/WireTests/Bad.swift"
    let file = SourceFile(path: path, text: "import Testing\nimport Nodes\n")
    let found = undrawnImports(of: file, drawing: .ours, declared: ["WireTests": ["Wire"]])
    #expect(found.map(\.place) == ["\(path):2"])
    let drawn = SourceFile(path: "Sources/Network/Bad.swift", text: "import Tensors")
    #expect(undrawnImports(of: drawn, drawing: .ours, declared: [:]).count == 1)
  }

  @Test func `An import in a comment or a string is no import`() {
    let text = "// import Nodes\nlet x = \"\"\"\n  import Nodes\n  \"\"\"\n"
    #expect(SourceFile(path: "Sources/Wire/Fine.swift", text: text).imports == [])
  }

  @Test func `An arrow that the drawing lacks is found in a manifest`() {
    let text = """
      let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
      let package = Package(targets: [
          target("Tensors", ["COpenSSL"]),
          target("Kernels", ["Tensors", grdb]),
          .executableTarget(
            name: "tsq", dependencies: ["Nodes", "CZeroMQ"], swiftSettings: house),
      ])
      """
    let declared = Manifest(text: text).dependencies
    #expect(declared["Tensors"] == ["COpenSSL"])
    #expect(
      undrawnDependencies(declared: declared, drawing: .ours) == [
        "Kernels → GRDB is not in the drawing", "tsq → CZeroMQ is not in the drawing",
      ])
  }

  @Test func `An arrow back is found in a drawing`() {
    let drawing = Drawing(rows: [.init("Wire", ["Nodes"]), .init("Nodes", ["Wire"])])
    #expect(drawing.arrowsBack == ["Wire → Nodes"])
  }
}
