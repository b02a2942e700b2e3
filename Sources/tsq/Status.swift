import ArgumentParser
import Foundation
import Nodes
import Reporting
import RunStore

/// `tsq status`: where a run stands, while it runs and after it.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows workers, tasks, and what waits for what, of a run with a run folder.",
    discussion: """
      Read from RUNFOLDER/status.json, which the coordinator writes about once a second; \
      RUNFOLDER/events.jsonl tells what happened, a JSON object a line.

      Exit codes: 0 the run goes on or is finished; 75 it ended unfinished, --resume continues it;
      66 there is no such run.
      """)

  @Argument(help: "The run folder, as given to --run-folder.")
  var runFolder: String

  @Flag(name: .long, help: "Print one JSON object.")
  var json = false

  func run() throws {
    let (status, isAlive) = try CommandFailure.mapping { try read() }
    if json {
      try StandardStreams.output(status.json + "\n")
    } else {
      let text = StatusText(status: status, isAlive: isAlive, now: Date().timeIntervalSince1970)
      try StandardStreams.output(text.lines.joined(separator: "\n") + "\n")
    }
    if status.state != .finished && !isAlive { throw ExitStatus.unfinished.exitCode }
  }

  /// The status, with a state that is true even if the coordinator could not write it any more.
  private func read() throws -> (RunStatus, isAlive: Bool) {
    let folder = try RunFolder.open(path: runFolder)
    let isAlive = try RunFolder.writer(ofFolder: runFolder) != nil
    guard let text = try folder.read(.status) else {
      guard isAlive else {
        throw CommandFailure(
          .missingInput,
          "run folder '\(runFolder)' has no status.json: its run ended before any work began")
      }
      return (RunStatus(host: "", process: 0, startedAt: 0), true)
    }
    var status = try RunStatus(json: text, place: runFolder + "/status.json")
    if status.state == .running && !isAlive {
      status.state = .failed
      status.message = "the coordinator ended without a word: killed, or its machine went down"
      for index in status.workers.indices { status.workers[index].task = nil }
    }
    return (status, isAlive)
  }
}
