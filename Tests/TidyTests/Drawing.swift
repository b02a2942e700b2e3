/// The drawing of `ARCHITECTURE.md` as a table: which target may import what.
///
/// Targets stand from the ground to the shell; a row names only rows above it, so imports go one
/// way.
struct Drawing: Sendable {
  struct Row: Sendable {
    let target: String
    /// Modules of this package and of its dependencies.
    let modules: Set<String>
    /// Modules of the toolchain.
    let system: Set<String>

    init(_ target: String, _ modules: Set<String> = [], system: Set<String> = []) {
      self.target = target
      self.modules = modules
      self.system = system
    }
  }

  let rows: [Row]

  func row(_ target: String) -> Row? { rows.first { $0.target == target } }

  /// What the program is made of.
  static let ours = Drawing(rows: [
    Row("CLAPACK"), Row("CLinux"), Row("COneDNN"), Row("COpenSSL"), Row("CPNG"),
    Row("CTurboJPEG"), Row("CWebP"), Row("CZeroMQ"), Row("CZlib"),
    Row("ONNXSchema", ["SwiftProtobuf"], system: ["Foundation", "FoundationEssentials"]),
    Row("WireSchema", ["SwiftProtobuf"], system: ["Foundation", "FoundationEssentials"]),

    Row("Tensors", ["COpenSSL"], system: ["Glibc", "Synchronization"]),
    Row("CKernels"),
    Row("Kernels", ["Tensors", "CKernels", "COneDNN"], system: ["Glibc", "Synchronization"]),
    Row("Network", ["Tensors"], system: ["Glibc"]),
    // Bytes in messages of SwiftProtobuf are Foundation's Data.
    Row(
      "ONNX", ["Network", "Tensors", "ONNXSchema", "SwiftProtobuf"],
      system: ["Foundation", "FoundationEssentials", "Glibc"]),
    Row(
      "Datasets", ["Tensors", "Kernels", "CZlib", "CTurboJPEG", "CPNG", "CWebP"],
      system: ["Glibc"]),

    Row(
      "Execution", ["Network", "Kernels", "Tensors", "COneDNN"],
      system: ["Glibc", "Synchronization"]),
    Row("Quantization", ["Tensors", "Kernels", "CLAPACK"], system: ["Glibc"]),
    Row(
      "Planning", ["Network", "Execution", "Quantization", "Kernels", "Tensors"],
      system: ["Glibc"]),

    Row(
      "FineTuning", ["Network", "Execution", "Quantization", "Planning", "Tensors"],
      system: ["Glibc"]),

    Row("Coordination"),
    Row(
      "Wire", ["Coordination", "Quantization", "Tensors", "WireSchema", "SwiftProtobuf"],
      system: ["Foundation", "FoundationEssentials"]),
    Row("Messaging", ["CZeroMQ"], system: ["Glibc", "Synchronization"]),
    Row("RunStore", ["Tensors", "GRDB"], system: ["Foundation", "Glibc", "Synchronization"]),

    Row(
      "Nodes",
      [
        "Tensors", "Network", "ONNX", "Datasets", "Execution", "Quantization", "Planning",
        "FineTuning", "Coordination", "Wire", "Messaging", "RunStore", "CLinux", "Logging",
      ], system: ["Dispatch", "Foundation", "Glibc", "Synchronization"]),
    Row("Reporting", ["RunStore", "Network", "Tensors"], system: ["Foundation", "Glibc"]),
    Row(
      "tsq",
      [
        "Nodes", "Reporting", "RunStore", "Planning", "Quantization", "Execution", "Network",
        "ONNX", "Datasets", "Tensors", "Messaging", "FineTuning", "ArgumentParser", "Logging",
        // For `tsq fuzz` alone.
        "Wire", "Yams",
      ], system: ["Dispatch", "Foundation", "Glibc", "Synchronization"]),
    // Baselines of oneDNN are called as they are, beside the kernels.
    Row(
      "tsq-bench",
      [
        "Kernels", "Quantization", "Datasets", "Tensors", "COneDNN", "CTurboJPEG",
        "ArgumentParser",
      ], system: ["Glibc"]),
    // A worker for the tests of Nodes, which need real processes.
    Row(
      "tsq-testworker", ["Nodes", "Messaging", "Coordination", "RunStore", "Tensors"],
      system: ["Glibc"]),
    Row(
      "tsq-conformance",
      [
        "ONNX", "ONNXSchema", "Network", "Execution", "Tensors", "ArgumentParser", "SwiftProtobuf",
      ], system: ["Foundation", "Glibc"]),
    Row("TestSupport", ["Tensors"], system: ["Foundation", "Glibc", "Synchronization", "Testing"]),
  ])

  /// Modules that come from outside the package.
  static let dependencies: Set<String> = [
    "ArgumentParser", "GRDB", "Logging", "SwiftProtobuf", "Yams",
  ]

  /// What any test may import beside the targets it declares.
  static let testing: Set<String> = [
    "Dispatch", "Foundation", "FoundationXML", "Glibc", "Synchronization", "Testing",
  ]

  /// The rows that name a target at their own place or below.
  var arrowsBack: [String] {
    var above = Self.dependencies
    return rows.flatMap { row -> [String] in
      defer { above.insert(row.target) }
      return row.modules.subtracting(above).sorted().map { "\(row.target) → \($0)" }
    }
  }
}
