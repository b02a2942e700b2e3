import ArgumentParser
import Glibc

/// The program: `tsq SUBCOMMAND …`.
@main
struct TSQ: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tsq",
    abstract: "Quantizes trained ONNX networks to extremely low-bit weights and activation codes.",
    discussion: """
      tsq quantize model.onnx --data DATA --output out.onnx   gives the low-bit network
      tsq evaluate out.onnx --data DATA                       measures its accuracy

      Exit codes: 0 success; 64 wrong usage; 65 a model or data file is not usable; 66 a file is \
      missing; 69 no worker, or for a worker no coordinator; 70 a fault of tsq itself; 73 output \
      cannot be written; 74 reading or writing failed, a full disk for one; 75 unfinished, \
      --resume continues; 76 a worker of another version, or whose key was withdrawn; 77 key \
      files cannot be used, or are not those of the other end; 78 a recipe is wrong or \
      contradicts itself, or its fine-tune diverges; 130 interrupted.
      """,
    version: ProgramVersion.current,
    subcommands: [
      Quantize.self, Compare.self, Evaluate.self, Inspect.self, Worker.self, Keys.self, Report.self,
      Status.self, Check.self, Compute.self, Fuzz.self, MeasureExecution.self,
      MeasureFineTuning.self, MeasureCoordinator.self, MeasureTransfer.self,
    ])

  /// When the program began.
  static let began = ContinuousClock.now

  static func main() {
    // Read here, because it is set by the first reading.
    _ = began
    // A reader of our output that goes away must not end a run.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as CommandFailure {
      StandardStreams.error("tsq: \(failure.message)\n")
      exit(withError: failure.status.exitCode)
    } catch {
      exit(withError: error)
    }
  }
}
