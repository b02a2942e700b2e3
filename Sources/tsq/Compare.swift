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

  @OptionGroup var measured: ValidationOptions

  @Option(name: .long, help: "As of 'tsq quantize'.")
  var weights: String?

  @Option(name: .long, help: "As of 'tsq quantize'.")
  var activations: String?

  @OptionGroup var calibrated: CalibrationOptions

  @Option(name: .long, help: "Local worker processes; by default one per core.")
  var workers: Int?

  @Option(
    name: .long,
    help: "Keeps each method's network METHOD.onnx and run folder METHOD.run in this folder.")
  var outputFolder: String?

  @Flag(name: .long, help: "Print one JSON object on standard output, at the end.")
  var json = false

  func validate() throws {
    guard workers ?? 1 > 0 else { throw ValidationError("'--workers' is at least 1") }
    try WorkerOptions.check(localWorkers: workers)
    _ = try chosenMethods()
  }

  func run() throws {
    let cancellation = try CommandFailure.mapping { try Cancellation.bySignals() }
    let folder = try ComparisonFolder(outputFolder)
    defer { folder.removeIfTemporary() }
    // All are opened first: what one of them refuses is known before any of them works.
    let file = try calibrated.recipe.map { (path) throws(CommandFailure) in
      try RecipeFile.read(path: path)
    }
    let runs = try chosenMethods().map { method in
      let options = options(method)
      try options.checkAsOptions()
      let chosen = (file ?? RecipeFile()).overridden(by: options)
      return (method: method, run: try QuantizeRun(request(method, in: folder), file: chosen))
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
        preconditionFailure("only a request for the plan alone ends with one")
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

  /// What a method is tried with, as far as options say it.
  private func options(_ method: SolverMethod) -> RecipeFile {
    RecipeFile(
      weights: weights, activations: activations, method: method.rawValue,
      calibration: calibrated.calibration, seed: calibrated.seed,
      preprocess: data.preprocess.map { .preset($0) })
  }

  private func request(_ method: SolverMethod, in folder: ComparisonFolder) -> QuantizeRequest {
    let name = "\(folder.path)/\(method.rawValue)"
    return QuantizeRequest(
      model: model, data: data.data, skipImages: data.skipImages, validation: measured.validation,
      validationLabels: measured.validationLabels, recipePath: calibrated.recipe,
      output: name + ".onnx",
      workers: workers.map { WorkerSource(local: $0) } ?? WorkerSource(),
      runFolder: outputFolder == nil ? nil : name + ".run")
  }
}
