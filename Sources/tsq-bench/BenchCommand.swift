internal import ArgumentParser
internal import Kernels
internal import Quantization

/// Checks kernels and solvers against their plain twins, then times them beside baselines.
@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tsq-bench",
    abstract: "Check kernels and solvers, then time them beside baselines.",
    discussion: """
      Every case is checked for exact equality first; a difference ends the program with exit \
      code 1 and nothing is timed. One thread, process CPU time, medians over rounds in which the \
      contenders take turns; a ratio above 1 is faster than the baseline, marked with *. \
      TSQ_KERNELS has no effect here: every kernel set that the machine has runs.
      """)

  @Option(help: "Run only cases whose name contains this.")
  var cases = ""

  @Option(help: "Rounds of which the median counts.")
  var rounds = 7

  @Option(help: "Least seconds of one sample.")
  var seconds = 0.05

  @Flag(help: "Small sizes, one short round: does everything run and agree?")
  var smoke = false

  @Flag(help: "One JSON object on standard output.")
  var json = false

  @Option(
    help: "Solve the ternary layer on standard input by this method, print it as JSON, time none.")
  var solve: String?

  @Option(help: "With --solve: kicks of the local search, per row.")
  var kicks = 100

  @Option(help: "With --solve: sweeps of coordinate descent, at most.")
  var sweeps = 100

  func validate() throws {
    guard solve.map({ SolverMethod(rawValue: $0) != nil }) ?? true, kicks >= 0, sweeps >= 0
    else {
      throw ValidationError("--solve takes a method of tsq, --kicks and --sweeps 0 or more")
    }
    guard rounds > 0, seconds > 0, seconds.isFinite else {
      throw ValidationError("--rounds and --seconds are greater than 0")
    }
  }

  func run() throws {
    useOneThread()
    if let method = solve.flatMap({ SolverMethod(rawValue: $0) }) {
      let settings = SolverSettings(
        method: method, admm: ADMMSettings(iterations: 300), descentSweepLimit: sweeps,
        escapeKicks: kicks, baselineRefit: .scaleAndOffset)
      return print(try PipedLayer().solutionText(settings: settings))
    }
    let chosen = allCases(smoke: smoke).filter { cases.isEmpty || $0.name.contains(cases) }
    guard !chosen.isEmpty else { throw ValidationError("no case is named '\(cases)'") }
    var measured: [MeasuredCase] = []
    if !json { print(machineLine()) }
    for make in chosen {
      let benchCase = make.make()
      for contender in benchCase.contenders where !contender.isRight() {
        print("\(benchCase.name): \(contender.name) gives other results than the plain twin")
        throw ExitCode(1)
      }
      let result = MeasuredCase(
        benchCase, rounds: smoke ? 1 : rounds, seconds: smoke ? 0.001 : seconds)
      if !json { print(result.table) }
      measured.append(result)
    }
    if json { print(jsonText(measured)) }
  }
}

/// The cases by name, each made when its turn comes, so that one set of operands lives at a time.
///
/// A file of cases adds its list here.
func allCases(smoke: Bool) -> [NamedCase] {
  productCases(smoke: smoke) + columnCases(smoke: smoke) + packingCases(smoke: smoke)
    + gramCases(smoke: smoke) + solverCases(smoke: smoke) + imageCases(smoke: smoke)
}

/// The processor's kernel sets, in words.
func machineLine() -> String {
  "kernel sets: \(KernelSet.available.map(\.rawValue).joined(separator: ", "))"
}
