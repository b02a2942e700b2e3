import ArgumentParser
import Nodes
import Planning
import Reporting

/// `tsq quantize`: the main job.
struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Quantizes a trained ONNX network to low-bit weights and activation codes.",
    discussion: """
      Progress goes to standard error; the result, with --json as one JSON object, to standard \
      output. Beside OUTPUT.onnx (2-bit storage) OUTPUT.float.onnx is written: the same network \
      with fp32 tensors and standard operators. An option given here overrides the recipe's.
      """)

  @Argument(help: "The trained network.")
  var model: String

  @OptionGroup var data: DataOptions

  @Option(name: .long, help: "Where the quantized network goes.")
  var output: String

  @OptionGroup var measured: ValidationOptions
  @OptionGroup var lowBit: LowBitOptions

  @Flag(
    name: .long,
    help: "Write the choice of a budget as a recipe, OUTPUT.plan.yaml, and stop.")
  var planOnly = false

  @OptionGroup var learning: LearningOptions
  @OptionGroup var calibrated: CalibrationOptions
  @OptionGroup var workers: WorkerOptions

  @Option(
    name: .long,
    help:
      """
      GiB of memory that the coordinator and each local worker may take; what needs more is \
      refused before any work.
      """)
  var memory: Double?

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

  @Flag(name: .long, help: "Continue the run in the run folder.")
  var resume = false

  @Flag(name: .long, help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    if resume && runFolder == nil {
      throw ValidationError("'--resume' continues a run: name its folder with '--run-folder'")
    }
    if output == runFolder {
      throw ValidationError("'--output' is a file and '--run-folder' a folder: name two places")
    }
    try MemoryBudget.check(memory)
  }

  func run() throws {
    let options = optionRecipe
    try options.checkAsOptions()
    let file = try calibrated.recipe.map { (path) throws(CommandFailure) in
      try RecipeFile.read(path: path)
    }
    let chosen = (file ?? RecipeFile()).overridden(by: options)
    if planOnly && chosen.budget == nil {
      throw CommandFailure(
        .usage, "'--plan-only' plans for a budget: give '--bits-budget' or '--max-size'")
    }
    let run = try QuantizeRun(request, file: chosen)
    let cancellation = try CommandFailure.mapping { try Cancellation.bySignals() }
    switch try run.run(cancellation, since: TSQ.began) {
    case .plan(let plan):
      try StandardStreams.output(
        json ? PlanRecord(plan).json.compact + "\n" : summary(plan))
    case .network(let record):
      try StandardStreams.output(json ? record.json.compact + "\n" : summary(record))
    }
  }

  private var request: QuantizeRequest {
    QuantizeRequest(
      model: model, data: data.data, skipImages: data.skipImages, validation: measured.validation,
      validationLabels: measured.validationLabels, recipePath: calibrated.recipe, output: output,
      learning: learning.sources, planOnly: planOnly, workers: workers.source,
      memory: memory, copiesStragglers: copyStragglers, runFolder: runFolder, resume: resume)
  }

  /// The options that decide the result, as far as they were given.
  private var optionRecipe: RecipeFile {
    RecipeFile(
      weights: lowBit.weights, activations: lowBit.activations, method: lowBit.method,
      firstLast: lowBit.firstLast, order: lowBit.order, scale: lowBit.scale,
      refine: lowBit.refine, refit: lowBit.refit, calibration: calibrated.calibration,
      seed: calibrated.seed, preprocess: data.preprocess.map { .preset($0) },
      budget: lowBit.budget,
      learnCodes: learning.learnCodes.map { RecipeFile.FineTuneEntry(epochs: $0) },
      fineTune: learning.fineTune == nil && learning.fineTuneMode == nil
        ? nil
        : RecipeFile.FineTuneEntry(epochs: learning.fineTune, mode: learning.fineTuneMode))
  }
}
