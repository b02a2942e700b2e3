internal import ArgumentParser
internal import Foundation

/// Runs ONNX's backend test cases through the reader and the executor.
@main
struct ConformanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tsq-conformance",
    abstract: "Run ONNX's backend test cases through the reader and the executor.",
    discussion: """
      A case is a folder with model.onnx and test_data_set_*/{input,output}_*.pb, or a file \
      NAME.onnx beside NAME_output_0.pb, whose input element i of n is i / n. It is out of scope \
      when the reader says that it does not support something in the model; everything else has \
      to run and give the expected values. Exits with 1 when a case fails.
      """)

  @Argument(help: "A folder that holds test cases at any depth.")
  var folder: String

  @Flag(name: .shortAndLong, help: "Print every case, with the reason where it did not run.")
  var verbose = false

  @Option(help: "Fail when fewer cases pass, so that nothing slips out of scope unseen.")
  var minimumPassed = 0

  func run() throws {
    let cases = try findCases(folder)
    guard !cases.isEmpty else {
      throw ValidationError("there is no model.onnx below '\(folder)'")
    }
    var passed = 0
    var bound = 0
    var failed = 0
    var outOfScope: [String: Int] = [:]
    for testCase in cases {
      switch testCase.verdict() {
      case .passed(let withInputsBound):
        passed += 1
        if withInputsBound { bound += 1 }
        if verbose {
          print("passed        \(testCase.name)\(withInputsBound ? ", inputs bound" : "")")
        }
      case .failed(let reason):
        failed += 1
        print("FAILED        \(testCase.name): \(reason)")
      case .outOfScope(let category, let reason):
        outOfScope[category, default: 0] += 1
        if verbose { print("out of scope  \(testCase.name): \(reason)") }
      }
    }
    let left = outOfScope.values.reduce(0, +)
    print("\(passed) passed, \(failed) failed, \(left) out of scope")
    print("  \(bound) of those that passed have inputs that were made constants")
    for (category, count) in outOfScope.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      print("  \(count) \(category)")
    }
    if passed < minimumPassed { print("at least \(minimumPassed) should pass") }
    if failed > 0 || passed < minimumPassed { throw ExitCode(1) }
  }
}

/// All cases below a folder, in the order of their names.
private func findCases(_ folder: String) throws -> [ConformanceCase] {
  let manager = FileManager.default
  var paths: [String] = []
  var files: Set<String> = []
  for path in try manager.subpathsOfDirectory(atPath: folder) {
    files.insert(path)
    if path.split(separator: "/").last == "model.onnx" {
      paths.append(String(path.dropLast("/model.onnx".count)))
    }
  }
  let bare = files.filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(".onnx".count)) }
    .filter { files.contains($0 + "_output_0.pb") }.sorted()
  let lone = bare.map { name in
    let outputs = (0..<files.count).map { "\(name)_output_\($0).pb" }.prefix(while: files.contains)
    return ConformanceCase(
      name: name, model: "\(folder)/\(name).onnx",
      dataSets: [
        DataSet(inputs: [], outputs: outputs.map { "\(folder)/\($0)" }, hasRampInputs: true)
      ])
  }
  return try lone
    + paths.sorted().map { name in
      let path = folder + "/" + name
      let sets = try manager.contentsOfDirectory(atPath: path)
        .filter { $0.hasPrefix("test_data_set_") }.sorted()
      return try ConformanceCase(
        name: name, model: path + "/model.onnx",
        dataSets: sets.map { set in
          let files = try manager.contentsOfDirectory(atPath: "\(path)/\(set)")
          func numbered(_ kind: String) -> [String] {
            (0..<files.count).map { "\(kind)_\($0).pb" }.prefix(while: files.contains)
              .map { "\(path)/\(set)/\($0)" }
          }
          return DataSet(inputs: numbered("input"), outputs: numbered("output"))
        })
    }
}
