import ArgumentParser
import Nodes
import Planning
import Quantization
import Reporting

/// `tsq compare`: what each method makes of the same network, data and bits.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Quantizes a network with several methods and shows what each of them gives.",
    discussion: """
      Each method gets the same calibration images, bits and workers. A line per method goes to \
      standard output as soon as it is known: top-1, the mean error of the low-bit layers (the \
      share of their output's variance that is lost), size of the file, seconds. Exceptions for \
      single layers and other settings come from a recipe; its method is not used.
      """)

  @Argument(help: "The trained network.")
  var model: String

  @OptionGroup var data: DataOptions

  @Option(
    name: .long,
    help: """
      Methods, separated by commas, in the order in which they run: \
      \(SolverMethod.allCases.map(\.rawValue).joined(separator: ", ")).
      """)
  var methods = "round,twn,gptq,admm,tsq"

  @Option(name: .long, help: "Labelled data to measure accuracy on; may be given several times.")
  var validation: [String] = []

  @Option(name: .long, help: "The labels of the validation data, if they lie in another file.")
  var validationLabels: String?

  @Option(name: .long, help: "As of 'tsq quantize'.")
  var weights: String?

  @Option(name: .long, help: "As of 'tsq quantize'.")
  var activations: String?

  @Option(name: .long, help: "Images used for calibration, at most (default 1024).")
  var calibration: Int?

  @Option(name: .long, help: "Chooses the calibration images (default 0).")
  var seed: UInt64?

  @Option(name: .long, help: "A YAML file with these options and exceptions for single layers.")
  var recipe: String?

  @Option(name: .long, help: "Local worker processes; by default one per core.")
  var workers: Int?

  @Option(
    name: .long,
    help: "Keeps each method's network METHOD.onnx and run folder METHOD.run in this folder.")
  var outputFolder: String?

  @Flag(name: .long, help: "Print one JSON object on standard output, at the end.")
  var json = false

  func validate() throws {
    guard !data.data.isEmpty else { throw ValidationError("Missing expected argument '--data'") }
    guard workers ?? 1 > 0 else { throw ValidationError("'--workers' is at least 1") }
    guard data.skipImages >= 0 else { throw ValidationError("'--skip-images' is not negative") }
    _ = try chosenMethods()
  }

  func run() throws {
    let cancellation = try CommandFailure.mapping { try Cancellation.bySignals() }
    let folder = try ComparisonFolder(outputFolder)
    defer { folder.removeIfTemporary() }
    // All are opened first: what one of them refuses is known before any of them works.
    let runs = try chosenMethods().map { method in
      let command = try self.command(method, in: folder)
      return (method: method, command: command, run: try command.prepared())
    }
    var rows: [ComparisonRow] = []
    if !json { try StandardStreams.output(ComparisonRow.heading) }
    for entry in runs {
      StandardStreams.error("method \(entry.method.rawValue)\n")
      let result: QuantizeRun.Result
      do throws(CommandFailure) {
        result = try entry.run.run(cancellation, since: .now)
      } catch {
        guard error.status == .interrupted else { throw error }
        throw CommandFailure(.interrupted, "interrupted at method \(entry.method.rawValue)")
      }
      guard case .network(let record) = result else {
        preconditionFailure("a comparison only plans")
      }
      let row = ComparisonRow(method: entry.method.rawValue, record: record)
      rows.append(row)
      if !json {
        if rows.count == 1 { try StandardStreams.output(row.inputLine) }
        try StandardStreams.output(row.line)
      }
    }
    if json {
      let object = JSONText.members([
        "model": .text(model), "input": rows.first?.input.map { .number($0) } ?? .null,
        "methods": .list(rows.map(\.json)),
      ])
      try StandardStreams.output(object.compact + "\n")
    }
  }

  private func chosenMethods() throws -> [SolverMethod] {
    let names = methods.split(separator: ",").map { $0.trimmingPrefix(while: \.isWhitespace) }
    let known = SolverMethod.allCases.map(\.rawValue).joined(separator: ", ")
    guard !names.isEmpty else {
      throw ValidationError("'--methods' names none of the methods \(known)")
    }
    let found = try names.map { name in
      guard let method = SolverMethod(rawValue: String(name)) else {
        throw ValidationError("'--methods': '\(name)' is none of the methods \(known)")
      }
      return method
    }
    guard Set(found).count == found.count else {
      throw ValidationError("'--methods' names a method twice")
    }
    return found
  }

  /// The `tsq quantize` that tries a method.
  private func command(_ method: SolverMethod, in folder: ComparisonFolder) throws -> Quantize {
    var arguments = [model]
    func add(_ name: String, _ values: [String]) {
      // As one word, so that a value may begin with a dash.
      arguments += values.map { "--\(name)=\($0)" }
    }
    func add(_ name: String, _ value: (some CustomStringConvertible)?) {
      add(name, value.map { ["\($0)"] } ?? [])
    }
    add("data", data.data)
    add("preprocess", data.preprocess)
    add("skip-images", data.skipImages)
    add("validation", validation)
    add("validation-labels", validationLabels)
    add("weights", weights)
    add("activations", activations)
    add("calibration", calibration)
    add("seed", seed)
    add("recipe", recipe)
    add("workers", workers)
    add("method", method.rawValue)
    add("output", "\(folder.path)/\(method.rawValue).onnx")
    add("run-folder", outputFolder == nil ? nil : "\(folder.path)/\(method.rawValue).run")
    return try Quantize.parse(arguments)
  }
}
