import ArgumentParser
import Messaging
import Nodes
import Planning
import Reporting

/// `tsq quantize`: the main job.
struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Quantizes a trained ONNX network to low-bit weights and activation codes.",
    discussion: """
      Progress goes to standard error; the result, with --json as one JSON object, to standard
      output. Beside OUTPUT.onnx (2-bit storage) OUTPUT.float.onnx is written: the same network
      with fp32 tensors and standard operators. An option given here overrides the recipe's.
      """)

  @Argument(help: "The trained network.")
  var model: String

  @OptionGroup var data: DataOptions

  @Option(name: .long, help: "Where the quantized network goes.")
  var output: String

  @Option(name: .long, help: "Labelled data to measure accuracy on; may be given several times.")
  var validation: [String] = []

  @Option(name: .long, help: "The labels of the validation data, if they lie in another file.")
  var validationLabels: String?

  @Option(
    name: .long,
    help: "ternary (default), binary, shift1, shift2, shift3, int8 or float.")
  var weights: String?

  @Option(
    name: .long,
    help: "Choose the weights of each layer so that their codes have so many bits on average.")
  var bitsBudget: Double?

  @Option(
    name: .long,
    help: "Choose the weights of each layer so that all of them take so many bytes at most.")
  var maxSize: Int?

  @Flag(
    name: .long,
    help: "Write the choice of a budget as a recipe, OUTPUT.plan.yaml, and stop.")
  var planOnly = false

  @Option(name: .long, help: "Bits of the activation codes: 2 (default), 1, 3, 4, 8 or float.")
  var activations: String?

  @Option(
    name: .long,
    help: "tsq (default), admm, descent, projection; baselines: gptq, twn, bwn, round.")
  var method: String?

  @Option(
    name: .long,
    help: "The first and the last layer: int8 (default), float, or same as the others.")
  var firstLast: String?

  @Option(
    name: .long,
    help: "asymmetric (default: inputs from the quantized prefix) or concurrent.")
  var order: String?

  @Option(name: .long, help: "One scale per output channel (default) or per layer.")
  var scale: String?

  @Option(
    name: .long,
    help: "block (default of method tsq): learns the layers of a block together; or none.")
  var refine: String?

  @Option(
    name: .long,
    help:
      "What round, twn and bwn may take from data: scaleAndOffset (default), offset or none."
  )
  var refit: String?

  @Option(
    name: .long,
    help: "Learn the activation codes first, for so many passes over the images.")
  var learnCodes: Int?

  @Option(
    name: .long,
    help: "Learn all layers together afterwards, for so many passes over the images.")
  var fineTune: Int?

  @Option(
    name: .long,
    help: "What that learns: full (default), scales (weights keep their codes) or admm.")
  var fineTuneMode: String?

  @Option(
    name: .long,
    help: "What is learned from (default: all of --data); may be given several times.")
  var fineTuneData: [String] = []

  @Flag(
    name: .long,
    help: "Learn from the images' labels too, beside the full-precision network's outputs.")
  var labels = false

  @Option(name: .long, help: "Images used for calibration, at most (default 1024).")
  var calibration: Int?

  @Option(name: .long, help: "Chooses the calibration images (default 0).")
  var seed: UInt64?

  @Option(name: .long, help: "A YAML file with these options and exceptions for single layers.")
  var recipe: String?

  @Option(
    name: .long, help: "Local worker processes; by default one per core, and none with --listen.")
  var workers: Int?

  @Option(
    name: .long,
    help:
      """
      Take workers at this endpoint, for example tcp://0.0.0.0:5555; blobs travel over the next \
      port. No worker is started here unless --workers says so.
      """)
  var listen: String?

  @Option(
    name: .long,
    help:
      """
      The folder of 'tsq keys': whom to take at a TCP endpoint; all that travels is encrypted.
      """)
  var keys: String?

  @Flag(name: .long, help: "Take anybody at a TCP endpoint, unencrypted.")
  var insecure = false

  @Option(name: .long, help: "Wait for so many workers before work begins (default 1).")
  var minWorkers: Int?

  @Option(
    name: .long,
    help: "Give up after so many seconds without enough workers (default 600).")
  var workerDeadline: Int?

  @Flag(
    name: .long, inversion: .prefixedNo,
    help:
      """
      Have a worker without work begin a task too that takes another far too long; the first \
      result counts, and the bytes are the same.
      """)
  var copyStragglers = true

  @Option(name: .long, help: "Where the run's journal, results and report go.")
  var runFolder: String?

  @Option(
    name: .long,
    help: "Steps of the fine-tune from one checkpoint to the next (default 100).")
  var checkpointSteps: Int?

  @Option(
    help: """
      Shards of a step that one task covers, a power of two: less travels over slow networks, with \
      fewer tasks for the workers. The result stays the same.
      """)
  var shardsPerTask: Int?

  @Flag(name: .long, help: "Continue the run in the run folder.")
  var resume = false

  @Flag(name: .long, help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    guard !data.data.isEmpty else { throw ValidationError("Missing expected argument '--data'") }
    if resume && runFolder == nil {
      throw ValidationError("'--resume' continues a run: name its folder with '--run-folder'")
    }
    if let workers, workers < 0 { throw ValidationError("'--workers' is not negative") }
    if workers == 0 && listen == nil {
      throw ValidationError(
        "'--workers 0' leaves no worker: give '--listen ENDPOINT' for workers started by hand")
    }
    if minWorkers != nil && listen == nil {
      throw ValidationError("'--min-workers' waits for workers at '--listen ENDPOINT': give one")
    }
    try NetworkTrust.checkListening(at: listen, keys: keys, insecure: insecure)
    if output == runFolder {
      throw ValidationError("'--output' is a file and '--run-folder' a folder: name two places")
    }
    if let minWorkers, minWorkers < 1 { throw ValidationError("'--min-workers' is at least 1") }
    if let workerDeadline, workerDeadline < 1 {
      throw ValidationError("'--worker-deadline' is at least 1 second")
    }
    if let workerDeadline, workerDeadline > 31_536_000 {
      throw ValidationError("'--worker-deadline' is at most 31536000 seconds, a year")
    }
    if let checkpointSteps, checkpointSteps < 1 {
      throw ValidationError("'--checkpoint-steps' is at least 1")
    }
    if let shardsPerTask, shardsPerTask < 1 || shardsPerTask & (shardsPerTask - 1) != 0 {
      throw ValidationError("'--shards-per-task' is a power of two: 1, 2, 4, …")
    }
    if let learnCodes, learnCodes < 0 {
      throw ValidationError("'--learn-codes' is not negative")
    }
    if bitsBudget != nil && maxSize != nil {
      throw ValidationError("'--bits-budget' and '--max-size' are two budgets: give one")
    }
    if weights != nil && (bitsBudget != nil || maxSize != nil) {
      throw ValidationError("a budget chooses the weights: leave '--weights' out")
    }
    if let fineTune, fineTune < 0 { throw ValidationError("'--fine-tune' is not negative") }
  }

  func run() throws {
    let run = try prepared()
    let cancellation = try CommandFailure.mapping { try Cancellation.bySignals() }
    let record: RunRecord
    switch try run.run(cancellation, since: TSQ.began) {
    case .plan(let plan):
      try StandardStreams.output(
        json ? PlanRecord(plan).json.compact + "\n" : summary(plan))
      return
    case .network(let found): record = found
    }
    try StandardStreams.output(json ? record.json.compact + "\n" : summary(record))
  }

  /// The run that the options ask for, with everything opened and checked.
  func prepared() throws(CommandFailure) -> QuantizeRun {
    let file = try recipe.map { (path) throws(CommandFailure) in try RecipeFile.read(path: path) }
    let chosen = (file ?? RecipeFile()).overridden(by: optionRecipe)
    if planOnly && chosen.budget == nil {
      throw CommandFailure(
        .usage, "'--plan-only' plans for a budget: give '--bits-budget' or '--max-size'")
    }
    return try QuantizeRun(command: self, file: chosen)
  }

  /// The options that decide the result, as far as they were given.
  private var optionRecipe: RecipeFile {
    RecipeFile(
      weights: weights, activations: activations, method: method, firstLast: firstLast,
      order: order, scale: scale, refine: refine, refit: refit, calibration: calibration,
      seed: seed, preprocess: data.preprocess.map { .preset($0) },
      budget: bitsBudget == nil && maxSize == nil
        ? nil : RecipeFile.BudgetEntry(bits: bitsBudget, bytes: maxSize),
      learnCodes: learnCodes.map { RecipeFile.FineTuneEntry(epochs: $0) },
      fineTune: fineTune == nil && fineTuneMode == nil
        ? nil : RecipeFile.FineTuneEntry(epochs: fineTune, mode: fineTuneMode))
  }

  /// Workers that are started on this machine: with an endpoint to listen on, none unless asked,
  /// since whoever listens on a login node computes elsewhere.
  var localWorkers: Int { workers ?? (listen == nil ? usableCores() : 0) }
}
